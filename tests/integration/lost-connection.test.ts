import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect, db } from '#db/client'
import { isLossOfTypes, isWriteToNobody } from '#lib/postgres/outlive-driver'
import { testDatabase } from '#tests/support/database'

const database = testDatabase()

const ask = (times: number) => Promise.allSettled(Array.from({ length: times }, () => db().execute(sql`select pg_sleep(0.01)`)))

/** Ends every connection to this test's database but the one that says so, as a restart does. */
async function cutAll(): Promise<void> {
  const other = connect(database.url, { max: 1 })
  await other.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await other.$client.end({ timeout: 1 })
}

test('after connections are lost, at whatever moment, what is asked is answered: nothing hangs over one that is broken', async () => {
  for (let time = 0; time < 15; time++) {
    // All connections are there, and know the types.
    await ask(12)
    await Promise.all([ask(12), cutAll()])
    await expect
      .poll(() =>
        db()
          .execute(sql`select 1 as one`)
          .then(
            ([row]) => row,
            () => null,
          ),
      )
      .toEqual({ one: 1 })
  }
  await expect.poll(async () => (await ask(30)).filter(({ status }) => status === 'fulfilled').length).toBe(30)
})

test('a pool that lost a connection is given up for another one', async () => {
  const before = db()
  await before.execute(sql`select 1`)
  await cutAll()
  await expect.poll(() => db() === before).toBe(false)
  expect(await db().execute(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('what the library fails to catch is told from other errors', () => {
  const written = new TypeError("Cannot read properties of null (reading 'write')")
  written.stack = `${written}\n    at Immediate.nextWrite (connection.js:255:22)\n    at process.processImmediate (node:internal/timers:574:21)`
  expect(isWriteToNobody(written)).toBe(true)
  expect(isWriteToNobody(new TypeError("Cannot read properties of null (reading 'length')"))).toBe(false)
  expect(isWriteToNobody(new Error('out of memory'))).toBe(false)
  const types = Object.assign(new Error('lost'), { query: '\n      select b.oid, b.typarray\n      from pg_catalog.pg_type a\n' })
  expect([isLossOfTypes(types), isLossOfTypes(new Error('lost'))]).toEqual([true, false])
})
