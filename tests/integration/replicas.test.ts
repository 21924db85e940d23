import { rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hear } from '#db/announce'
import { db } from '#db/client'
import { forReaders, fromReplicas, LAG_MS, noteAnnounced, readReplicas } from '#db/replicas'
import { replicaReading } from '#lib/server/replica-reading'
import { newPrimary, newStandby, type Server } from '../support/postgres-servers.ts'
import { temporaryFolder } from '../support/program.ts'

const folder = temporaryFolder()
let primary: Server
let standby: Server
let end: () => Promise<void>

beforeAll(async () => {
  primary = await newPrimary(folder, 'primary')
  standby = await newStandby(folder, 'standby', primary)
  process.env.DATABASE_URL = primary.url
  await db().execute(sql`create table said (word text)`)
}, 120_000)

afterAll(async () => {
  await db().$client.end({ timeout: 1 })
  await primary.end('SIGQUIT')
  await standby.end('SIGQUIT')
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(() => {
  end = readReplicas([standby.url])
})

afterEach(async () => {
  await standby.ask('select pg_wal_replay_resume()').catch(() => {})
  await end()
})

/** Which server would answer a reader's page now. */
const answering = () => fromReplicas(() => nameOf(forReaders()))

async function nameOf(database: ReturnType<typeof forReaders>): Promise<string> {
  const [row] = await database.execute<{ standby: boolean }>(sql`select pg_is_in_recovery() as standby`)
  return row?.standby ? 'replica' : 'primary'
}

/** How many words a reader's page shows. */
const wordsShown = () =>
  fromReplicas(async () => (await forReaders().execute<{ count: number }>(sql`select count(*)::int as count from said`))[0]?.count)

describe('a reader’s page', () => {
  test('is answered by a replica that keeps up; what is no reader’s page, by the primary', async () => {
    await expect.poll(answering).toBe('replica')
    expect(await nameOf(forReaders())).toBe('primary')
    expect(await nameOf(db())).toBe('primary')
  })

  test('is answered by the primary when what was announced has not reached the replica, and by the replica once it has', async () => {
    await expect.poll(answering).toBe('replica')
    await standby.ask('select pg_wal_replay_pause()')
    const heard = Promise.withResolvers<void>()
    const hearing = hear(primary.url, (at) => at && heard.resolve())
    expect(await hearing.check()).toBe(true)
    await db().transaction(async (tx) => {
      await tx.execute(sql`insert into said values ('hello')`)
      await tx.execute(sql`select pg_notify('backplane_saved', '1')`)
    })
    await heard.promise
    expect([await answering(), await wordsShown()]).toEqual(['primary', 1])
    await standby.ask('select pg_wal_replay_resume()')
    await expect.poll(answering).toBe('replica')
    expect(await wordsShown()).toBe(1)
    await hearing.stop()
  })

  test('shows nothing that was taken back more than a second ago, announced or not', async () => {
    await db().execute(sql`insert into said values ('sorry')`)
    noteAnnounced()
    await expect.poll(answering).toBe('replica')
    const before = await wordsShown()
    await standby.ask('select pg_wal_replay_pause()')
    await db().execute(sql`delete from said where word = 'sorry'`)
    await delay(LAG_MS + 1)
    expect([await answering(), await wordsShown()]).toEqual(['primary', (before ?? 0) - 1])
  })

  test('is answered by the primary while the replica is away', async () => {
    await expect.poll(answering).toBe('replica')
    await standby.end('SIGQUIT')
    await expect.poll(async () => answering().catch(() => 'nobody')).toBe('primary')
    await standby.start()
    await expect.poll(answering).toBe('replica')
  })

  test('is answered by the primary to whoever changed something a moment ago', async () => {
    await expect.poll(answering).toBe('replica')
    const seen: string[] = []
    const pages = replicaReading(async () => {
      seen.push(await nameOf(forReaders()))
    })
    const cookies: string[] = []
    const response = { appendHeader: (_: string, cookie: string) => cookies.push(cookie) } as unknown as ServerResponse
    const ask = (method: string, cookie?: string) => pages({ method, headers: { cookie } } as IncomingMessage, response)
    await ask('GET', 'theme=dark')
    await ask('POST')
    await ask('GET', `theme=dark; ${cookies[0]?.split(';')[0]}`)
    expect(seen).toEqual(['replica', 'primary', 'primary'])
  })
})
