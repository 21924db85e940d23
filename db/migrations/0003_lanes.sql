CREATE TABLE "entry_lanes" (
	"lane" text NOT NULL,
	"audience" text NOT NULL,
	"sort_at" timestamp (3) with time zone NOT NULL,
	"entry_id" bigint NOT NULL,
	CONSTRAINT "entry_lanes_lane_audience_sort_at_entry_id_pk" PRIMARY KEY("lane","audience","sort_at","entry_id")
);
--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "lanes" text[] DEFAULT '{}' NOT NULL;
--> statement-breakpoint
-- What is here already is put into its lanes, as db/lanes.ts does for what comes.
UPDATE "entries" e SET "lanes" = filed."lanes" FROM (
  SELECT p."entry_id", array_agg(DISTINCT left(told."lane", 400) ORDER BY left(told."lane", 400)) AS "lanes"
  FROM "posts" p CROSS JOIN LATERAL (
    SELECT 'platform:' || p."platform" AS "lane"
    UNION ALL SELECT CASE WHEN p."share" IS NULL THEN 'said' ELSE 'share' END
    UNION ALL SELECT 'person:' || p."platform" || ':' || (p."author" ->> 'id') WHERE p."author" ->> 'id' <> ''
    UNION ALL SELECT 'person:' || p."platform" || ':' || (p."share" -> 'by' ->> 'id') WHERE p."share" -> 'by' ->> 'id' <> ''
    UNION ALL SELECT 'tag:' || "tag" FROM unnest(p."tags") "tag"
    UNION ALL SELECT 'flair:' || "badge" FROM unnest(p."badges") "badge"
    UNION ALL
      SELECT CASE WHEN "source"."audience" IS NULL OR "source"."audience" IN ('public', 'unindexed') THEN '' ELSE 'members ' END || "seen"."lane"
      FROM "sightings" s JOIN "sources" "source" ON "source"."id" = s."source_id"
      CROSS JOIN LATERAL (
        SELECT 'source:' || s."source_id" AS "lane"
        UNION ALL SELECT 'person:' || p."platform" || ':' || (s."share" -> 'by' ->> 'id') WHERE s."share" -> 'by' ->> 'id' <> ''
      ) "seen"
      WHERE s."post_id" = p."id"
  ) told
  WHERE p."deleted_at" IS NULL AND NOT p."author_hidden"
  GROUP BY p."entry_id"
) filed WHERE filed."entry_id" = e."id";
--> statement-breakpoint
INSERT INTO "entry_lanes" ("lane", "audience", "sort_at", "entry_id")
SELECT "lane", e."audience", e."sort_at", e."id" FROM "entries" e, unnest(e."lanes") "lane" ORDER BY 1, 2, 3, 4;
--> statement-breakpoint
CREATE INDEX "entries_by_lanes" ON "entries" USING gin ("lanes") WITH (gin_pending_list_limit=256);
