CREATE TABLE "indexed_posts" (
	"post_id" bigint PRIMARY KEY NOT NULL,
	"sort_at" timestamp (3) with time zone NOT NULL,
	"words" "tsvector" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "unindexed_posts" (
	"post_id" bigint PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "indexed_posts_by_word" ON "indexed_posts" USING gin ("words") WITH (fastupdate=true,gin_pending_list_limit=512);--> statement-breakpoint
ALTER TABLE "indexed_posts" ALTER COLUMN "words" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "indexed_posts" SET (toast_tuple_target = 128);--> statement-breakpoint
CREATE FUNCTION "public"."index_new_posts"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "public"."unindexed_posts" ("post_id") SELECT "id" FROM "new_posts" ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "public"."index_new_sightings"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "public"."unindexed_posts" ("post_id") SELECT DISTINCT "post_id" FROM "new_sightings" ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- The row of the list is taken first: whoever is indexing the post holds it, and what they write is deleted after them.
CREATE FUNCTION "public"."index_post_again"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "public"."unindexed_posts" ("post_id") VALUES (OLD."id")
  ON CONFLICT ("post_id") DO UPDATE SET "at" = excluded."at";
  DELETE FROM "public"."indexed_posts" WHERE "post_id" = OLD."id";
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "public"."index_entry_again"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "public"."unindexed_posts" ("post_id") SELECT "id" FROM "public"."posts" WHERE "entry_id" = OLD."id"
  ON CONFLICT ("post_id") DO UPDATE SET "at" = excluded."at";
  DELETE FROM "public"."indexed_posts" WHERE "post_id" IN (SELECT "id" FROM "public"."posts" WHERE "entry_id" = OLD."id");
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "public"."index_nothing"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE "public"."indexed_posts", "public"."unindexed_posts";
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "posts_to_index" AFTER INSERT ON "public"."posts" REFERENCING NEW TABLE AS "new_posts"
FOR EACH STATEMENT EXECUTE FUNCTION "public"."index_new_posts"();
--> statement-breakpoint
CREATE TRIGGER "sightings_to_index" AFTER INSERT ON "public"."sightings" REFERENCING NEW TABLE AS "new_sightings"
FOR EACH STATEMENT EXECUTE FUNCTION "public"."index_new_sightings"();
--> statement-breakpoint
CREATE TRIGGER "posts_to_index_again" AFTER UPDATE ON "public"."posts" FOR EACH ROW
WHEN ((OLD."entry_id", OLD."author", OLD."title", OLD."text", OLD."html", OLD."language", OLD."tags", OLD."content_warning", OLD."media", OLD."card",
  OLD."poll", OLD."quote", OLD."audience", OLD."sort_at", OLD."deleted_at", OLD."author_hidden")
  IS DISTINCT FROM (NEW."entry_id", NEW."author", NEW."title", NEW."text", NEW."html", NEW."language", NEW."tags", NEW."content_warning", NEW."media", NEW."card",
  NEW."poll", NEW."quote", NEW."audience", NEW."sort_at", NEW."deleted_at", NEW."author_hidden"))
EXECUTE FUNCTION "public"."index_post_again"();
--> statement-breakpoint
CREATE TRIGGER "posts_not_to_index" AFTER DELETE ON "public"."posts" FOR EACH ROW EXECUTE FUNCTION "public"."index_post_again"();
--> statement-breakpoint
CREATE TRIGGER "no_posts_to_index" AFTER TRUNCATE ON "public"."posts" FOR EACH STATEMENT EXECUTE FUNCTION "public"."index_nothing"();
--> statement-breakpoint
CREATE TRIGGER "entries_to_index_again" AFTER UPDATE OF "audience" ON "public"."entries" FOR EACH ROW
WHEN (OLD."audience" IS DISTINCT FROM NEW."audience") EXECUTE FUNCTION "public"."index_entry_again"();
--> statement-breakpoint
INSERT INTO "unindexed_posts" ("post_id") SELECT "id" FROM "posts" ON CONFLICT DO NOTHING;
