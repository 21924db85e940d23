import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '#db/client'
import { saveBatch } from '#db/save-batch'
import { isLoss, throughLoss } from '#db/through-loss'
import { ownerKey } from '#lib/server/owner-key'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { temporaryFolder } from '#tests/support/program'
import { get, startWeb, type Web } from '#tests/support/web'

const database = testDatabase()

describe('what a reader asked for when a connection was lost', () => {
  let web: Web
  let authorization: string
  beforeAll(async () => {
    await builtPages()
    const { source, holder } = await heldSource('A blog', { platform: 'feed' })
    await saveBatch(source, holder, aBatch([aPost('one', { text: 'Said before it was lost.' })]), new Date())
    const folder = temporaryFolder()
    web = await startWeb({ DATABASE_URL: database.url, DATA_DIR: folder })
    authorization = `Bearer ${ownerKey(folder)}`
  }, 400_000)
  afterAll(() => web?.stop())

  test.each(['/', '/?platform=feed', '/api/posts', '/atom.xml', '/sources'])('%s is asked for once more', async (path) => {
    const other = connect(database.url, { max: 2 })
    const [held, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holding = other.transaction(async (tx) => {
      await tx.execute(sql`lock table ${path === '/sources' ? sql`sources` : sql`entries`}, posts in access exclusive mode`)
      held.resolve()
      await done.promise
    })
    await held.promise
    const asked = get(web.port, path, { authorization, host: `127.0.0.1:${web.port}` })
    // What it asks waits for the table, and is cut off there.
    const cut = () =>
      other.execute(sql`
          select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
    await expect.poll(async () => (await cut()).length).toBeGreaterThan(0)
    done.resolve()
    await holding
    const { status, text } = await asked
    expect({ status, text }).toEqual({
      status: 200,
      text: expect.stringContaining(path === '/sources' ? 'A blog' : 'Said before it was'),
    })
    await other.$client.end({ timeout: 1 })
  })
})

test('is asked for until the database has been away for two seconds; what it refuses is not asked again', async () => {
  const nowhere = connect('postgres://nobody@127.0.0.1:1/none', { max: 1 })
  const began = performance.now()
  let times = 0
  const away = () => {
    times++
    return nowhere.execute(sql`select 1`)
  }
  await expect(throughLoss(away)).rejects.toSatisfy(isLoss)
  expect(performance.now() - began).toBeGreaterThan(2000)
  expect(times).toBeGreaterThan(2)
  await nowhere.$client.end({ timeout: 1 })

  times = 0
  const refused = () => {
    times++
    return database.db.execute(sql`select 1 / 0`)
  }
  await expect(throughLoss(refused)).rejects.not.toSatisfy(isLoss)
  expect(times).toBe(1)
})
