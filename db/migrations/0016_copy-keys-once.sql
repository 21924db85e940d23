-- A post that was just inserted has no keys here yet: each of its own once, and none looked for first, which cost as much as the insert.
CREATE OR REPLACE FUNCTION "public"."keep_new_copy_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO copy_keys SELECT told.key, p.sort_at, p.id
    FROM inserted p CROSS JOIN LATERAL (SELECT DISTINCT keys.key FROM unnest(p.copy_keys) AS keys(key)) told;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Once no posts are left, no keys are, so that a post which gets the id of an earlier one finds none.
CREATE FUNCTION "public"."keep_no_copy_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- They may have been named in the same command, which holds their table then.
  IF EXISTS (SELECT FROM "public"."copy_keys") THEN
    TRUNCATE "public"."copy_keys";
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "copy_keys_of_none" AFTER TRUNCATE ON "public"."posts" FOR EACH STATEMENT EXECUTE FUNCTION "public"."keep_no_copy_keys"();
