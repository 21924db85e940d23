CREATE TABLE "withdrawals" (
	"post_id" bigint NOT NULL,
	"audience" text NOT NULL,
	"entry_audience" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "withdrawals_post_id_audience_entry_audience_pk" PRIMARY KEY("post_id","audience","entry_audience")
);
--> statement-breakpoint
CREATE INDEX "withdrawals_by_time" ON "withdrawals" USING btree ("at");--> statement-breakpoint
CREATE FUNCTION "public"."withdraw_post"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "public"."withdrawals" ("post_id", "audience", "entry_audience", "at")
  SELECT OLD."id", OLD."audience", e."audience", clock_timestamp() FROM "public"."entries" e
  WHERE e."id" = OLD."entry_id" AND e."audience" <> 'withheld'
  ON CONFLICT ("post_id", "audience", "entry_audience") DO UPDATE SET "at" = excluded."at";
  PERFORM pg_notify('backplane_saved', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "public"."withdraw_entry"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "public"."withdrawals" ("post_id", "audience", "entry_audience", "at")
  SELECT p."id", p."audience", OLD."audience", clock_timestamp() FROM "public"."posts" p
  WHERE p."entry_id" = OLD."id" AND p."deleted_at" IS NULL AND NOT p."author_hidden"
  ON CONFLICT ("post_id", "audience", "entry_audience") DO UPDATE SET "at" = excluded."at";
  PERFORM pg_notify('backplane_saved', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "posts_withdrawn" AFTER UPDATE OF "audience", "deleted_at", "author_hidden" ON "public"."posts" FOR EACH ROW
WHEN (OLD."deleted_at" IS NULL AND NOT OLD."author_hidden" AND OLD."audience" <> 'withheld'
  AND (NEW."deleted_at" IS NOT NULL OR NEW."author_hidden" OR NEW."audience" <> OLD."audience"))
EXECUTE FUNCTION "public"."withdraw_post"();
--> statement-breakpoint
CREATE TRIGGER "posts_taken_away" AFTER DELETE ON "public"."posts" FOR EACH ROW
WHEN (OLD."deleted_at" IS NULL AND NOT OLD."author_hidden" AND OLD."audience" <> 'withheld')
EXECUTE FUNCTION "public"."withdraw_post"();
--> statement-breakpoint
CREATE TRIGGER "entries_withdrawn" AFTER UPDATE OF "audience" ON "public"."entries" FOR EACH ROW
WHEN (OLD."audience" <> 'withheld' AND NEW."audience" <> OLD."audience")
EXECUTE FUNCTION "public"."withdraw_entry"();
