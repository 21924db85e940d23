ALTER TABLE "posts" ADD COLUMN "copy_of" text;--> statement-breakpoint
ALTER TABLE "posts" ADD COLUMN "copy_keys" text[];--> statement-breakpoint
CREATE INDEX "posts_by_copy_key" ON "posts" USING gin ("copy_keys") WHERE "posts"."copy_keys" is not null;