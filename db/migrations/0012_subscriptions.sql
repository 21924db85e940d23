CREATE TABLE "deliveries" (
	"subscription_id" uuid NOT NULL,
	"slot" text NOT NULL,
	"state" text DEFAULT 'due' NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"from" timestamp (3) with time zone NOT NULL,
	"to" timestamp (3) with time zone NOT NULL,
	"claimed_at" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"tries" integer DEFAULT 0 NOT NULL,
	"error" text,
	CONSTRAINT "deliveries_subscription_id_slot_pk" PRIMARY KEY("subscription_id","slot")
);
--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token" text NOT NULL,
	"address" text NOT NULL,
	"account_id" text,
	"every" text NOT NULL,
	"hour" integer NOT NULL,
	"zone" text NOT NULL,
	"weekday" integer DEFAULT 1 NOT NULL,
	"filter" jsonb NOT NULL,
	"word" text,
	"name" text DEFAULT '' NOT NULL,
	"format" text DEFAULT 'html' NOT NULL,
	"quiet" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"ended_why" text,
	"sent_through" timestamp (3) with time zone NOT NULL,
	"soft_bounces" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "subscriptions_token" UNIQUE("token")
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_subscription_id_subscriptions_id_fk" FOREIGN KEY ("subscription_id") REFERENCES "public"."subscriptions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deliveries_by_due" ON "deliveries" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "deliveries_open" ON "deliveries" USING btree ("due_at") WHERE "deliveries"."state" in ('due', 'sending');--> statement-breakpoint
CREATE INDEX "subscriptions_by_address" ON "subscriptions" USING btree ("address");--> statement-breakpoint
CREATE INDEX "subscriptions_by_account" ON "subscriptions" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "subscriptions_running" ON "subscriptions" USING btree ("id") WHERE "subscriptions"."confirmed_at" is not null and "subscriptions"."ended_at" is null;