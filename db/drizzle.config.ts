import { defineConfig } from 'drizzle-kit'

// Migrations are written with `npm run migration -- --name <what-changed>` and committed.
export default defineConfig({
  dialect: 'postgresql',
  schema: ['./db/schema.ts', './db/*-schema.ts'],
  out: './db/migrations',
  casing: 'snake_case',
})
