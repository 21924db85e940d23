CREATE TABLE "account_claims" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "account_claims_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"member_id" text NOT NULL,
	"platform" text NOT NULL,
	"author_id" text NOT NULL,
	"who" text,
	"handle" text NOT NULL,
	"url" text,
	"code" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"proven_at" timestamp (3) with time zone,
	"seen_in" text,
	"seen_at" text,
	"post" text,
	"checked_at" timestamp (3) with time zone,
	"asked_at" timestamp (3) with time zone,
	CONSTRAINT "account_claims_code" UNIQUE("code"),
	CONSTRAINT "account_claims_of_member" UNIQUE("member_id","platform","author_id")
);
--> statement-breakpoint
CREATE TABLE "account_links" (
	"one" text NOT NULL,
	"other" text NOT NULL,
	"kind" text NOT NULL,
	"seen_at" text,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_links_one_other_kind_pk" PRIMARY KEY("one","other","kind")
);
--> statement-breakpoint
ALTER TABLE "kept_apart" ADD COLUMN "by" text;--> statement-breakpoint
ALTER TABLE "account_claims" ADD CONSTRAINT "account_claims_member_id_accounts_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "account_claims_proved" ON "account_claims" USING btree ("platform","author_id") WHERE "account_claims"."proven_at" is not null;--> statement-breakpoint
CREATE INDEX "account_links_by_other" ON "account_links" USING btree ("other");
--> statement-breakpoint
-- What was proved until now: each account with the one it was proved with, and with the first of its person, as who was joined stays so.
INSERT INTO "account_links" ("one", "other", "kind", "seen_at", "at")
SELECT least(a."key" COLLATE "C", b."key" COLLATE "C"), greatest(a."key" COLLATE "C", b."key" COLLATE "C"), a."proof" ->> 'kind', a."proof" ->> 'seenAt', a."proven_at"
FROM (
  SELECT "platform" || ':' || "account_id" AS "key", "person_id", "proof", "proven_at",
    first_value("platform" || ':' || "account_id") OVER (PARTITION BY "person_id" ORDER BY "proven_at", "platform", "account_id") AS "first"
  FROM "person_accounts"
) a CROSS JOIN LATERAL (VALUES (a."first"), (a."proof" ->> 'with')) AS b("key")
WHERE b."key" <> a."key"
ON CONFLICT DO NOTHING;
--> statement-breakpoint
-- Who is identified to an IRC network's services has an id of their own from now on, apart from whoever has the nick: who was left out by either stays so.
INSERT INTO "withholdings" ("kind", "platform", "key", "address", "why", "since")
SELECT "kind", "platform", regexp_replace("key", '^([^/]+)/([^/=][^/]*)$', '\1/=\2'), "address", "why", now()
FROM "withholdings" WHERE "kind" = 'author' AND "platform" = 'irc' AND "key" ~ '^[^/]+/[^/=][^/]*$'
ON CONFLICT DO NOTHING;
