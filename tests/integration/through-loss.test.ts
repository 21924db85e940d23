import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inviteAccount } from '#db/accounts'
import { throughLoss } from '#db/again'
import { connect } from '#db/client'
import { saveBatch } from '#db/save-batch'
import { ownerKey } from '#lib/server/owner-key'
import { builtPages } from '#tests/support/build'
import { HOST, signedIn, startCommunity } from '#tests/support/community'
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
    const ask = () => get(web.port, path, { authorization, host: `127.0.0.1:${web.port}` })
    const { status, text } = await cutOff(path === '/sources' ? 'sources' : 'posts', ask)
    expect({ status, text }).toEqual({
      status: 200,
      text: expect.stringContaining(path === '/sources' ? 'A blog' : 'Said before it was'),
    })
  })
})

describe('who is signed in when a connection was lost', () => {
  const env = { AUTH_SECRET: 'a secret that is long enough for a test' }
  let web: Web
  let cookie: string
  beforeAll(async () => {
    await builtPages()
    await inviteAccount('olga@board.example', 'owner')
    web = await startCommunity({ ...env, DATABASE_URL: database.url })
    cookie = await signedIn(web, 'mia@board.example', 'member', env)
  }, 400_000)
  afterAll(() => web?.stop())

  test('is looked up once more, and known from then on', async () => {
    const ask = () => get(web.port, '/account', { cookie, host: HOST })
    for (const asked of [await cutOff('sessions', ask), await ask()])
      expect(asked).toMatchObject({ status: 200, text: expect.stringContaining('mia@board.example') })
  })
})

/** What is answered where a question had to wait for a table, and its connection was cut meanwhile. */
async function cutOff<Answer>(table: string, ask: () => Promise<Answer>): Promise<Answer> {
  const other = connect(database.url, { max: 2 })
  const [held, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = other.transaction(async (tx) => {
    await tx.execute(sql`lock table ${sql.identifier(table)} in access exclusive mode`)
    held.resolve()
    await done.promise
  })
  await held.promise
  const asked = ask()
  try {
    const waiting = sql`datname = current_database() and wait_event_type = 'Lock'`
    await expect
      .poll(async () => (await other.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where ${waiting}`)).length)
      .toBeGreaterThan(0)
  } finally {
    done.resolve()
    await holding
    await other.$client.end({ timeout: 1 })
  }
  return asked
}

test('is asked for until the database has been away for two seconds; what it refuses is not asked again', async () => {
  const nowhere = connect('postgres://nobody@127.0.0.1:1/none', { max: 1 })
  const began = performance.now()
  let times = 0
  const away = () => {
    times++
    return nowhere.execute(sql`select 1`)
  }
  await expect(throughLoss(away)).rejects.toThrow()
  expect(performance.now() - began).toBeGreaterThan(2000)
  expect(times).toBeGreaterThan(2)
  await nowhere.$client.end({ timeout: 1 })

  times = 0
  const refused = () => {
    times++
    return database.db.execute(sql`select 1 / 0`)
  }
  await expect(throughLoss(refused)).rejects.toThrow()
  expect(times).toBe(1)
})
