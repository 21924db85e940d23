CREATE TABLE "account_profiles" (
	"platform" text NOT NULL,
	"account_id" text NOT NULL,
	"addresses" text[] NOT NULL,
	"links" jsonb NOT NULL,
	"looked_up_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "account_profiles_platform_account_id_pk" PRIMARY KEY("platform","account_id")
);
--> statement-breakpoint
CREATE TABLE "breakdowns" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "breakdowns_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source_id" bigint NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"told_at" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"mailed_at" timestamp (3) with time zone,
	"end_mailed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "kept_apart" (
	"one" text NOT NULL,
	"other" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "kept_apart_one_other_pk" PRIMARY KEY("one","other")
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "people_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"slug" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "people_slug" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "person_accounts" (
	"platform" text NOT NULL,
	"account_id" text NOT NULL,
	"person_id" bigint NOT NULL,
	"proof" jsonb NOT NULL,
	"proven_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "person_accounts_platform_account_id_pk" PRIMARY KEY("platform","account_id")
);
--> statement-breakpoint
CREATE TABLE "source_runs" (
	"source_id" bigint NOT NULL,
	"hour" timestamp (3) with time zone NOT NULL,
	"runs" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"took_ms" bigint DEFAULT 0 NOT NULL,
	"told" integer DEFAULT 0 NOT NULL,
	"added" integer DEFAULT 0 NOT NULL,
	"added_shown" integer DEFAULT 0 NOT NULL,
	"delays" integer[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "source_runs_source_id_hour_pk" PRIMARY KEY("source_id","hour")
);
--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "hurried_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "breakdowns" ADD CONSTRAINT "breakdowns_source_id_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."sources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "person_accounts" ADD CONSTRAINT "person_accounts_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "source_runs" ADD CONSTRAINT "source_runs_source_id_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."sources"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_profiles_by_time" ON "account_profiles" USING btree ("looked_up_at");--> statement-breakpoint
CREATE UNIQUE INDEX "breakdowns_lasting" ON "breakdowns" USING btree ("source_id") WHERE "breakdowns"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "breakdowns_by_time" ON "breakdowns" USING btree ("told_at");--> statement-breakpoint
CREATE INDEX "person_accounts_by_person" ON "person_accounts" USING btree ("person_id");