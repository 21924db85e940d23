CREATE TABLE "copy_keys" (
	"key" text NOT NULL,
	"sort_at" timestamp (3) with time zone NOT NULL,
	"post_id" bigint NOT NULL,
	CONSTRAINT "copy_keys_key_sort_at_post_id_pk" PRIMARY KEY("key","sort_at","post_id")
);
--> statement-breakpoint
DROP INDEX "posts_by_copy_key";--> statement-breakpoint
CREATE FUNCTION "keep_copy_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM copy_keys k USING unnest(OLD.copy_keys) AS told(key)
      WHERE k.key = told.key AND k.sort_at = OLD.sort_at AND k.post_id = OLD.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO copy_keys SELECT told.key, NEW.sort_at, NEW.id FROM unnest(NEW.copy_keys) AS told(key) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "keep_new_copy_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO copy_keys SELECT told.key, p.sort_at, p.id FROM inserted p, unnest(p.copy_keys) AS told(key) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "copy_keys_of_new" AFTER INSERT ON "posts" REFERENCING NEW TABLE AS inserted
  FOR EACH STATEMENT EXECUTE FUNCTION "keep_new_copy_keys"();
--> statement-breakpoint
CREATE TRIGGER "copy_keys_of_changed" AFTER UPDATE ON "posts" FOR EACH ROW
  WHEN (OLD.copy_keys IS DISTINCT FROM NEW.copy_keys OR OLD.sort_at IS DISTINCT FROM NEW.sort_at) EXECUTE FUNCTION "keep_copy_keys"();
--> statement-breakpoint
CREATE TRIGGER "copy_keys_of_deleted" AFTER DELETE ON "posts" FOR EACH ROW
  WHEN (OLD.copy_keys IS NOT NULL) EXECUTE FUNCTION "keep_copy_keys"();
--> statement-breakpoint
INSERT INTO copy_keys SELECT told.key, p.sort_at, p.id FROM posts p, unnest(p.copy_keys) AS told(key);
