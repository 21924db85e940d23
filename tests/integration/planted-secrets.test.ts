import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { db } from '#db/client'
import { sources } from '#db/sources-schema'
import { ConfigError, readConfig } from '#lib/config'
import { withoutHidden } from '#lib/hidden'
import { plainError } from '#lib/log'
import { writeBackup } from '#lib/postgres/backup'
import { withoutSecrets, withSecrets } from '#lib/secrets'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { builtPages } from '#tests/support/build'
import { HOST, post, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { type Program, startProgram } from '#tests/support/program'
import { serve } from '#tests/support/server'
import { get, type Web } from '#tests/support/web'

/**
 * Secrets are planted in every setting that takes one, and each platform answers with a fault that repeats all that it was
 * asked with. Then everything that the program says and keeps is searched for them.
 */
const database = testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'backplane-secrets-'))
/** Any of these anywhere is a leak. */
const NEEDLE = /pl4nted[-\w]*/i
const secret = (name: string) => `pl4nted-${name}-${'0123456789abcdef'.repeat(2)}`
let platform: Awaited<ReturnType<typeof serve>>
let program: Program
let board: Web
const answers: { [what: string]: string } = {}

const environment = {
  TEST_MASTODON: secret('mastodon'),
  TEST_SLACK: `xoxb-${secret('slack')}`,
  TEST_SLACK_APP: `xapp-${secret('slack-app')}`,
  TEST_REDDIT: secret('reddit'),
  TEST_REDDIT_REFRESH: secret('reddit-refresh'),
  TEST_REDDIT_FEED: secret('reddit-feed'),
  TEST_IRC: secret('irc'),
}
const kept = join(folder, 'kept-secret')

beforeAll(async () => {
  await builtPages()
  platform = await serve({
    // A fault that repeats it all: in its status line, its headers and its words, as text and as JSON.
    '*': ({ url, headers, body }) => ({
      status: url.pathname.length % 2 ? 401 : 500,
      headers: { 'content-type': 'application/json', 'x-asked': encodeURIComponent(`${headers.authorization}`) },
      body: JSON.stringify({
        ok: false,
        error: `not with ${url.search} ${headers.authorization} ${body}`,
        message: JSON.stringify(headers),
      }),
    }),
  })
  writeFileSync(kept, `${secret('in-a-file')}\n`, { mode: 0o600 })
  const at = platform.origin
  const declared = `
- mastodon: { server: '${at}', tag: hpc, token: env:TEST_MASTODON }
- mastodon: { server: '${at}', tag: slurm, token: 'file:${kept}' }
- slack: { api: '${at}/slack/', token: env:TEST_SLACK, appToken: env:TEST_SLACK_APP, channels: [general], permission: { by: the owners, on: 2026-11-22 } }
- reddit: { api: '${at}', subreddit: hpc, username: an_account, clientId: an-id, clientSecret: env:TEST_REDDIT, refreshToken: env:TEST_REDDIT_REFRESH }
- reddit: { api: '${at}', subreddit: SLURM, feedToken: env:TEST_REDDIT_FEED, feedUser: an_account }
- irc: { server: 127.0.0.1, port: ${platform.port}, channel: '#hpc', nick: a-nick, account: a-nick, password: env:TEST_IRC, tls: false, network: test, permission: { by: the owners, on: 2026-11-22 } }
`
  const { problems } = parseSourcesFile(declared)
  expect(problems).toEqual([])
  writeFileSync(join(folder, 'sources.yaml'), declared)
  const common = {
    ...environment,
    ...{
      DATABASE_URL: database.url,
      TRUSTED_HOSTS: '127.0.0.1',
      LOG_LEVEL: 'trace',
      AUTH_SECRET: secret('auth'),
      METRICS_TOKEN: secret('metrics'),
      DIGEST_RETURNS_TOKEN: secret('returns'),
    },
    SMTP_URL: `smtp://somebody:${secret('smtp')}@127.0.0.1:9`,
  }
  program = await startProgram({ env: { ...common, SOURCES: join(folder, 'sources.yaml') } })
  const failed = async () => (await db().select().from(sources)).filter(({ failures, error }) => failures > 0 && error)
  await vi.waitFor(async () => expect((await failed()).length).toBeGreaterThanOrEqual(5), { timeout: 120_000, interval: 200 })

  const { port } = new URL(program.address)
  const owner = { host: 'localhost', authorization: `Bearer ${program.key}` }
  for (const headers of [{ host: 'localhost' }, owner])
    for (const path of [
      '/',
      '/sources',
      '/api/sources',
      '/about',
      '/settings',
      '/activity',
      '/api/gaps',
      '/api/health',
      '/metrics',
      '/rss.xml',
      '/nonsense',
    ]) {
      const got = await get(Number(port), path, headers)
      answers[`${path} for ${'authorization' in headers ? 'the owner' : 'anybody'}`] = JSON.stringify(got.headers) + got.text
    }

  await runOwner(['olga@board.example'], common)
  board = await startCommunity({ ...common, TRUST_PROXY: '1' })
  await post(board.port, '/sign-in/send', { email: 'olga@board.example' })
  await eventually(() => expect(board.errors()).toMatch(/could not be mailed/))
  answers['the page of a community'] = (await get(board.port, '/sign-in', { host: HOST })).text
}, 400_000)

afterAll(async () => {
  await board?.stop()
  await program?.stop()
  await platform?.close()
  rmSync(folder, { recursive: true })
})

const leaks = (text: string) => NEEDLE.exec(text)?.[0] ?? null

test('the platforms were asked with them', () => {
  const asked = platform.asked.map(({ path, headers, body }) => `${path} ${JSON.stringify(headers)} ${body}`).join('\n')
  for (const name of ['mastodon', 'in-a-file', 'slack', 'reddit-feed']) expect(asked, name).toContain(secret(name))
})

test('none is in a log, or in what the program prints', () => {
  expect(program.lines.length).toBeGreaterThan(5)
  expect(leaks(program.lines.join('\n'))).toBeNull()
  expect(leaks(board.errors())).toBeNull()
  // The key is printed once, for who started it.
  expect(program.lines.filter((line) => line.includes(program.key))).toHaveLength(1)
})

test('none is in a page, an answer for programs, or a header', () => {
  expect(Object.keys(answers).length).toBeGreaterThan(20)
  expect(
    Object.entries(answers)
      .filter(([, text]) => leaks(text))
      .map(([what, text]) => `${what}: ${leaks(text)}`),
  ).toEqual([])
})

test('none is in the database: no table, no job', async () => {
  const tables = await db().$client<{ name: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname in ('public', 'pgboss', 'drizzle')`
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['public.sources', 'pgboss.job_common']))
  for (const { name } of tables) expect(leaks(JSON.stringify(await db().$client.unsafe(`select * from ${name}`))), name).toBeNull()
})

test('none is in a backup', async () => {
  const file = join(folder, 'backup.sql.gz')
  await writeBackup(db(), file, new Date())
  const text = gunzipSync(readFileSync(file)).toString()
  expect(text).toContain('env:TEST_SLACK')
  expect(leaks(text)).toBeNull()
})

test('the sentence on the page of sources still says what is wrong', async () => {
  const [row] = await db().select().from(sources).where(eq(sources.platform, 'slack'))
  expect(row?.error).toMatch(/\w+/)
})

describe('a secret in a file', () => {
  test('that others may read is refused with a sentence that does not repeat it', () => {
    const open = join(folder, 'open-secret')
    writeFileSync(open, secret('open'), { mode: 0o640 })
    const said = `${open} may be read by others (mode 640): chmod 600 ${open}`
    expect(() => withSecrets({ token: `file:${open}` })).toThrow(said)
    expect(() => readConfig({ NODE_ENV: 'test', AUTH_SECRET_FILE: open })).toThrow(new ConfigError(`AUTH_SECRET_FILE is wrong: ${said}.`))
  })

  test('for its owner only is read, for a source and for the program, and not stored', () => {
    const settings = { token: `file:${kept}`, deep: { all: [`file:${kept}`] } }
    const resolved = withSecrets(settings)
    expect(resolved).toEqual({ token: secret('in-a-file'), deep: { all: [secret('in-a-file')] } })
    expect(withoutSecrets(resolved, settings)).toEqual(settings)
    expect(readConfig({ NODE_ENV: 'test', AUTH_SECRET_FILE: kept }).AUTH_SECRET).toBe(secret('in-a-file'))
    expect(readConfig({ NODE_ENV: 'test', AUTH_SECRET_FILE: kept, AUTH_SECRET: 'x'.repeat(32) }).AUTH_SECRET).toBe('x'.repeat(32))
  })

  test('that is not there is said to be so', () => {
    expect(() => withSecrets({ token: 'file:/nowhere/secret' })).toThrow('/nowhere/secret cannot be read (ENOENT)')
    expect(() => readConfig({ NODE_ENV: 'test', SMTP_URL_FILE: '/nowhere/secret' })).toThrow('SMTP_URL_FILE is wrong')
  })

  test('in clear in the file of sources is refused', () => {
    const { problems, sources: declared } = parseSourcesFile(
      `- mastodon: { server: 'https://a.example', tag: hpc, token: ${secret('clear')} }\n`,
    )
    expect(declared).toEqual([])
    expect(JSON.stringify(problems)).toContain('stands here in clear')
    expect(leaks(JSON.stringify(problems))).toBeNull()
  })
})

test('a secret that was read once stands in no sentence from then on, however it is written', () => {
  const [plain, odd] = [secret('later'), `${secret('odd')}&"ü`]
  withSecrets({ token: 'env:A', password: 'env:B' }, { A: plain, B: odd })
  for (const said of [`refused: ${plain}`, `GET /?feed=${encodeURIComponent(odd)}`, JSON.stringify({ odd })]) {
    expect(leaks(said)).not.toBeNull()
    expect(withoutHidden(said)).toContain('(hidden)')
    expect(leaks(withoutHidden(said))).toBeNull()
  }
})

describe('an error in the log', () => {
  test('says what failed, and nothing of what people wrote', async () => {
    const error: unknown = await db()
      .insert(sources)
      .values({ key: 'k', platform: 'x', name: 'geheimtext', settings: {}, rules: {} as never, everySeconds: 'geheimtext' as never })
      .catch((failure: unknown) => failure)
    const plain = plainError(error)
    expect(JSON.stringify(plain)).not.toContain('geheimtext')
    expect(plain.message).toContain('insert into "sources"')
    expect(plain.stack).toMatch(/at /)
  })

  test('has none of what a library hung on it', () => {
    const error = Object.assign(new Error('failed'), {
      options: { headers: { authorization: secret('hung') } },
      response: { body: 'geheimtext' },
    })
    expect(plainError(error)).toEqual({ type: 'Error', message: 'failed', stack: expect.stringMatching(/^\s+at /) })
  })
})
