import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from '#connectors/irc/parse'
import { saveBatch } from '#db/save-batch'
import { startPostgres } from '#lib/postgres/postgres'
import { testDatabase } from '#tests/support/database'
import { aBatch, heldSource } from '#tests/support/post'
import { temporaryFolder } from '#tests/support/program'
import { packed, zipOf } from '#tests/support/zip'

/** `npm run import`, as a person runs it. */

const database = testDatabase()
const ROOT = join(import.meta.dirname, '../..')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backplane-import-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs it in `folder`, as npm would; `interruptAt` sends Ctrl-C at the first line that matches. */
async function run(words: string[], { env = {}, interruptAt }: { env?: { [name: string]: string }; interruptAt?: RegExp } = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'lib/commands/import.ts'), 'import', ...words], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', INIT_CWD: folder, DATABASE_URL: database.url, DATA_DIR: folder, ...env },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += data
      if (interruptAt?.test(said)) child.kill('SIGINT')
    })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}

const irssi = ['irc', 'hpc.log', '--channel', '#hpc', '--network', 'libera', '--zone', 'Europe/Berlin']
const texts = async () =>
  (await database.db.execute<{ text: string }>(sql`select text from posts where platform = 'irc' order by sort_at, id`)).map(
    ({ text }) => text,
  )

test('brings a log in once, where a live listener heard a part of it already, and a second time changes nothing', {
  timeout: 60_000,
}, async () => {
  const { source, holder } = await heldSource('live', { platform: 'irc' })
  const line = { kind: 'message' as const, nick: 'ada', text: 'heard live', time: '2026-11-22T19:42:31.250Z', msgid: 'abc' }
  const heard = parse(line, { network: 'libera', channel: '#hpc', permitted: true })
  await saveBatch(source, holder, aBatch([heard]), new Date())
  writeFileSync(
    join(folder, 'hpc.log'),
    '--- Log opened Sun Nov 22 20:41:08 2026\n20:41 < ada> before\n20:42 < ada> heard live\n20:42 < ada> heard live\n20:43  * bob nods\n',
  )
  const first = await run(irssi)
  expect(first.said).toContain('4 read, 3 new, 1 known already')
  expect(first.said).toMatch(/100 %.*posts.*\/s/)
  expect(first.code).toBe(0)
  expect(await texts()).toEqual(['before', 'heard live', 'heard live', 'nods'])
  expect((await run(irssi)).said).toContain('0 read, 0 new')
  await database.db.execute(sql`update sources set cursor = null where key like 'import:%'`)
  expect((await run(irssi)).said).toContain('4 read, 0 new, 4 known already')
  const weechat = '2026-11-22 20:41:30\tada\tbefore\n2026-11-22 20:43:05\t *\tbob nods\n'
  writeFileSync(join(folder, 'hpc.weechatlog'), weechat)
  expect((await run(irssi.with(1, 'hpc.weechatlog'))).said).toContain('2 read, 0 new, 2 known already')
  expect(await texts()).toHaveLength(4)
})

test('its source is paused, so that no worker reads it, and its posts are for members until somebody has permitted them', async () => {
  const [before] = await database.db.execute(sql`select paused_at is not null as paused, permission from sources where key like 'import:%'`)
  expect(before).toEqual({ paused: true, permission: null })
  writeFileSync(join(folder, 'other.log'), '--- Log opened Sun Nov 22 20:41:08 2026\n20:41 < ada> hello\n')
  const words = ['irc', 'other.log', '--channel', '#other', '--network', 'libera', '--zone', 'UTC']
  await run([...words, '--permission-by', 'ops', '--permission-on', '2026-11-22'])
  const audiences = await database.db.execute(
    sql`select distinct place, conversation ->> 'title' as title, audience from posts where text in ('hello', 'before')`,
  )
  expect(audiences.map(({ title, audience }) => [title, audience]).sort()).toEqual([
    ['#hpc', 'members'],
    ['#other', 'public'],
  ])
})

test('stops cleanly at Ctrl-C, and the same again goes on from there', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => `[${String(Math.floor(n / 1000)).padStart(2, '0')}:00:00] <ada> line ${n}`)
  writeFileSync(join(folder, '2026-11-01.log'), `${lines.join('\n')}\n`)
  const words = ['irc', '2026-11-01.log', '--channel', '#long', '--network', 'libera', '--zone', 'UTC']
  const stopped = await run(words, { interruptAt: /% \|/ })
  expect(stopped.said).toContain('Stopped; the same again goes on from here.')
  const done = Number(/(\d+) new/.exec(stopped.said)?.[1])
  expect(done).toBeLessThan(20_000)
  const rest = await run(words)
  expect(rest.said).toContain(`${20_000 - done} read, ${20_000 - done} new`)
})

test('asks in words for what is missing, with the way to write it', { timeout: 120_000 }, async () => {
  for (const [words, expected] of [
    [[], 'npm run import -- irc'],
    [['pigeons'], 'Nothing is imported from “pigeons”'],
    [['irc'], 'Say which files'],
    [['irc', 'hpc.log'], '--channel'],
    [['irc', 'hpc.log', '--channel'], 'argument missing'],
    [irssi.slice(0, -2), '--zone'],
    [irssi.with(1, 'absent.log'), 'absent.log'],
    [[...irssi, '--permission-by', 'ops'], '--permission-on'],
  ] as const) {
    const { code, said } = await run([...words])
    expect(said).toContain(expected)
    expect(said).not.toMatch(/^\s+at /m)
    expect(code, said).toBe(1)
  }
})

test('works on the program’s own database, running or not', async () => {
  const dataDir = temporaryFolder()
  const env = { DATABASE_URL: '', DATA_DIR: dataDir }
  const alone = await run(irssi, { env })
  expect(alone.said).toContain('4 read, 4 new')
  const running = await startPostgres(dataDir, { durable: false })
  try {
    expect((await run(irssi.with(1, 'hpc.weechatlog'), { env })).said).toContain('2 read, 0 new, 2 known already')
  } finally {
    await running.stop()
    rmSync(dataDir, { recursive: true })
  }
})

test('says how many messages of an export are older than they are kept, and keeps them where it is asked to', async () => {
  const ts = (daysAgo: number) => `${Math.floor(Date.now() / 1000) - daysAgo * 86_400}.000100`
  const said = (daysAgo: number) => ({ type: 'message', user: 'UADA', ts: ts(daysAgo), text: `${daysAgo} days ago` })
  const files = {
    'channels.json': [{ id: 'C0GENERAL', name: 'general' }],
    'users.json': [{ id: 'UADA', team_id: 'T0EXAMPLE', name: 'ada', profile: { display_name: 'Ada Example' } }],
    'general/2026-01-01.json': [said(400), said(100), said(1)],
  }
  writeFileSync(join(folder, 'export.zip'), zipOf(packed(files)))
  expect((await run(['slack', 'export.zip'])).said).toContain(
    '3 read, 1 new, 0 known already, 2 older than the 90 days for which they are kept',
  )
  await database.db.execute(sql`update sources set cursor = null where key like 'import:slack%'`)
  expect((await run(['slack', 'export.zip', '--keep', '365'])).said).toContain('3 read, 1 new, 1 known already, 1 older than the 365 days')
})

test('an archive says itself of which platform it is; a second time changes nothing, and what was deleted here stays so', {
  timeout: 120_000,
}, async () => {
  const tweet = (id: string) => ({ tweet: { id_str: id, full_text: `said ${id}`, created_at: 'Sun Nov 15 18:42:08 +0000 2026' } })
  const script = (name: string, data: unknown) => ({
    name: `data/${name}.js`,
    data: Buffer.from(`window.YTD.${name}.part0 = ${JSON.stringify(data)}`),
  })
  const account = script('account', [{ account: { username: 'ada_x', accountId: '42', accountDisplayName: 'Ada' } }])
  writeFileSync(join(folder, 'twitter.zip'), zipOf([account, script('tweets', [tweet('1'), tweet('2')])]))
  await database.db.execute(sql`insert into tombstones (platform, external_id, deleted_at) values ('x', '2', now())`)
  const first = await run(['twitter.zip'])
  expect(first.said).toContain('twitter.zip is an archive of X.')
  expect(first.said).toContain('2 read, 1 new')
  expect(first.code).toBe(0)
  expect((await run(['x', 'twitter.zip'])).said).toContain('0 read, 0 new')
  expect([...(await database.db.execute(sql`select external_id, published_at from posts where platform = 'x'`))]).toMatchObject([
    { external_id: '1' },
  ])
})
