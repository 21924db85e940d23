import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { db } from '#db/client'
import { testDatabase } from '../support/database.ts'

const database = testDatabase()

test('a test file has a migrated, empty database of its own, which db() finds', async () => {
  expect(database.db).toBe(db())
  const [row] = await db().execute<{ count: string }>(sql`select count(*) from posts`)
  expect(row?.count).toBe('0')
})
