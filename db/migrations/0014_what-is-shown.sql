-- Pages show sources and people, too: whoever keeps pages hears, by the way of withdrawals, that they changed.
CREATE FUNCTION "public"."tell_what_is_shown"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('backplane_saved', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "sources_shown" AFTER INSERT OR DELETE ON "public"."sources" FOR EACH ROW EXECUTE FUNCTION "public"."tell_what_is_shown"();
--> statement-breakpoint
CREATE TRIGGER "sources_shown_otherwise" AFTER UPDATE OF "name", "audience", "permission", "off", "paused_at", "keep_days" ON "public"."sources" FOR EACH ROW
WHEN ((OLD."name", OLD."audience", OLD."permission", OLD."off", OLD."paused_at", OLD."keep_days")
  IS DISTINCT FROM (NEW."name", NEW."audience", NEW."permission", NEW."off", NEW."paused_at", NEW."keep_days"))
EXECUTE FUNCTION "public"."tell_what_is_shown"();
--> statement-breakpoint
CREATE TRIGGER "people_shown" AFTER INSERT OR UPDATE OR DELETE ON "public"."person_accounts" FOR EACH ROW EXECUTE FUNCTION "public"."tell_what_is_shown"();
