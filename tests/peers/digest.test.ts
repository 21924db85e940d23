import { type ChildProcess, execFileSync, fork, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deliveries, subscriptions } from '#db/digest-schema'
import { saveBatch } from '#db/save-batch'
import { deliver, type Post } from '#lib/digest/digest-delivery'
import { planDeliveries } from '#lib/digest/digest-queue'
import { builtPages } from '#tests/support/build'
import { HOST, post as postForm, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { origin, postOver, readable, sendDue, subscribed } from '#tests/support/digest'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { headersOf } from '#tests/support/smtp-server'
import { get } from '#tests/support/web'

const peers = process.env.PEERS ?? join(homedir(), 'peers')
const here = existsSync(join(peers, 'smtp/maildev/node_modules')) && existsSync('/usr/sbin/postfix') && process.getuid?.() === 0
/** Debian's python3-dkim belongs to its own Python. */
const verifier = spawnSync('/usr/bin/python3', ['-c', 'import dkim']).status === 0
const DAY_MS = 86_400_000
const [RELAY, INBOX] = [16026, 'http://127.0.0.1:16080/api/email']
const Mails = z.array(z.object({ id: z.string(), envelope: z.object({ to: z.array(z.object({ address: z.string() })) }) }))

/** Against Postfix, which hands on to maildev. */
describe.skipIf(!here)('the digest, through a real relay', () => {
  const database = testDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'backplane-smtp-'))
  const running: ChildProcess[] = []
  let clock = new Date('2026-11-22T07:02:00Z')
  let post: Post

  beforeAll(async () => {
    // Postfix works as another user.
    chmodSync(folder, 0o755)
    cpSync(join(peers, 'smtp'), join(folder, 'smtp'), { recursive: true })
    cpSync(join(peers, 'irc/tls'), join(folder, 'irc/tls'), { recursive: true })
    start('start-maildev.sh')
    start('start-postfix.sh')
    await listening(16080)
    await listening(RELAY)
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(join(folder, 'public.der'), publicKey.export({ type: 'spki', format: 'der' }))
    post = postOver(`smtp://127.0.0.1:${RELAY}`, () => clock, {
      MAIL_FROM: 'Backplane <digest@example.org>',
      DKIM_KEY: join(folder, 'key.pem'),
    })
    const { source, holder } = await heldSource('Sky', { platform: 'bluesky', firstReadAt: new Date('2026-11-01') })
    for (const day of [21, 22, 23]) {
      const at = new Date(`2026-11-${day}T18:00:00Z`)
      await saveBatch(
        source,
        holder,
        aBatch([
          aPost(`day ${day}`, {
            publishedAt: at,
            text: `Grüße vom ${day}. – a line long enough to be broken by a relay that likes short lines, twice over`,
          }),
        ]),
        at,
      )
    }
    await fetch(`${INBOX}/all`, { method: 'DELETE' })
  }, 60_000)

  afterAll(() => {
    post?.mails.close()
    endPostfix()
    for (const child of running) end(child)
    rmSync(folder, { recursive: true, force: true })
  })

  function start(script: string): ChildProcess {
    const child = spawn('bash', [join(folder, 'smtp', script)], { stdio: 'ignore', detached: true })
    running.push(child)
    return child
  }

  /** Postfix's master leaves the group of whoever starts it. */
  function endPostfix(): void {
    spawnSync('/usr/sbin/postfix', ['-c', join(folder, 'smtp/postfix/etc'), 'stop'])
  }

  function end({ pid }: ChildProcess): void {
    try {
      if (pid) process.kill(-pid, 'SIGTERM')
    } catch {
      // It has ended.
    }
  }

  const joined = (address: string) => subscribed(address, new Date('2026-11-21T07:00:00Z'))
  const run = () => sendDue(post)

  async function inbox(address: string): Promise<string> {
    const id = await eventually(async () => {
      const all = Mails.parse(await (await fetch(INBOX)).json())
      const found = all.find(({ envelope }) => envelope.to.some((one) => one.address === address))
      if (!found) throw new Error(`nothing for ${address}`)
      return found.id
    })
    return (await fetch(`${INBOX}/${id}/source`)).text()
  }

  test('arrives with both parts and every header; its signature, which covers both headers of one-click unsubscribing, holds', async () => {
    const { id, token } = await joined('ada@example.org')
    expect(await run()).toEqual(['done'])
    const raw = (await inbox('ada@example.org')).replace(/\r?\n/g, '\r\n')
    const headers = headersOf(raw)
    expect(headers.get('message-id')).toBe(`<digest.2026-11-22.${id}@example.org>`)
    expect(`\r\n${raw}`).toContain(`\r\nList-Unsubscribe: <${origin}/unsubscribe?t=${token}>, <mailto:`)
    expect(headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
    expect(raw).toMatch(/text\/plain.*text\/html/s)
    expect(headers.get('dkim-signature')?.replace(/\s/g, '').toLowerCase()).toMatch(/h=[^;]*list-unsubscribe:list-unsubscribe-post/)
    if (!verifier) return
    writeFileSync(join(folder, 'mail.eml'), raw)
    const verify = `
import base64, dkim, sys
key = base64.b64encode(open(sys.argv[2], 'rb').read())
print(dkim.verify(open(sys.argv[1], 'rb').read(), dnsfunc=lambda name, timeout=5: b'v=DKIM1; k=rsa; p=' + key))`
    expect(String(execFileSync('/usr/bin/python3', ['-c', verify, join(folder, 'mail.eml'), join(folder, 'public.der')])).trim()).toBe(
      'True',
    )
  })

  test('a recipient that the relay rejects ends its subscription; one that it defers waits', async () => {
    const rejected = await joined('reject@example.test')
    const deferred = await joined('defer@example.test')
    const outcomes = await run()
    expect(outcomes.toSorted()).toEqual(['dead', 'later'])
    const rowOf = async (id: string) => (await database.db.select().from(subscriptions).where(eq(subscriptions.id, id)))[0]
    expect((await rowOf(rejected.id))?.endedWhy).toBe('bounced')
    expect((await rowOf(deferred.id))?.endedWhy).toBe(null)
  })

  test('a relay that is down for ten minutes costs nobody a mail', async () => {
    clock = new Date('2026-11-23T07:02:00Z')
    await joined('bob@example.org')
    endPostfix()
    await closed(RELAY)
    const due = await planDeliveries(clock)
    const bob = due.filter(({ slot }) => slot === '2026-11-23')
    expect(new Set(await Promise.all(bob.map((key) => deliver(key, post))))).toEqual(new Set(['later']))
    clock = new Date('2026-11-23T07:12:00Z')
    start('start-postfix.sh')
    await listening(RELAY)
    expect(await Promise.all(bob.map((key) => deliver(key, post)))).toContain('done')
    expect(await inbox('bob@example.org')).toContain('2026-11-23')
  })

  test('signed up for, confirmed, received with both parts, and ended by what a mail provider posts', async () => {
    await builtPages()
    await database.db.delete(subscriptions)
    const env = {
      DATABASE_URL: database.url,
      AUTH_SECRET: 'a secret that is long enough for a test',
      SMTP_URL: `smtp://127.0.0.1:${RELAY}`,
    }
    await runOwner(['olga@board.example'], env)
    const web = await startCommunity({ ...env, MAIL_FROM: 'digest@example.org' })
    const rowOf = async () => (await database.db.select().from(subscriptions))[0]
    try {
      expect((await postForm(web.port, '/digest/ask', { address: 'dora@example.org', hour: '7', zone: 'UTC' })).headers.location).toBe(
        '/digest/mail?asked=1',
      )
      const [, token = ''] = /\/digest\/subscription\?t=([\w-]+)/.exec(readable(await inbox('dora@example.org'))) ?? []
      await postForm(web.port, '/digest/change', { t: token, do: 'confirm' })
      expect((await rowOf())?.confirmedAt).not.toBe(null)
      await fetch(`${INBOX}/all`, { method: 'DELETE' })
      const begun = new Date('2026-11-21T07:00:00Z')
      await database.db.update(subscriptions).set({ confirmedAt: begun, sentThrough: begun })
      clock = new Date('2026-11-22T07:02:00Z')
      expect(await run()).toEqual(['done'])
      const raw = (await inbox('dora@example.org')).replace(/\r?\n/g, '\r\n')
      const [, boundary = ''] = /boundary="([^"]+)"/.exec(raw) ?? []
      const [, plain = '', html = ''] = raw.split(`\r\n--${boundary}`)
      for (const part of [plain, html]) expect(readable(part)).toContain('Grüße vom 21.')
      expect(plain).toContain('text/plain')
      expect(html).toContain('text/html')
      const [, unsubscribe = ''] = /<(https:[^>]+)>/.exec(headersOf(raw).get('list-unsubscribe') ?? '') ?? []
      const { pathname, search, origin: where } = new URL(unsubscribe)
      expect(where).toBe(origin)
      const [name = '', value = ''] = headersOf(raw).get('list-unsubscribe-post')?.split('=') ?? []
      const body = new URLSearchParams({ [name]: value }).toString()
      const headers = { host: HOST, 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }
      const answer = await get(web.port, pathname + search, headers, 'POST', body)
      expect([answer.status, answer.headers.location, answer.headers['set-cookie']]).toEqual([200, undefined, undefined])
      expect(await rowOf()).toMatchObject({ endedWhy: 'asked' })
    } finally {
      await web.stop()
    }
  }, 500_000)

  test('through jobs: a worker whose relay is down asks again until it is back, and the mail arrives once', async () => {
    await database.db.delete(subscriptions)
    await fetch(`${INBOX}/all`, { method: 'DELETE' })
    const now = Date.now()
    const said = new Date(now - DAY_MS / 2)
    const { source, holder } = await heldSource('Now', { platform: 'bluesky', firstReadAt: new Date(now - 5 * DAY_MS) })
    await saveBatch(source, holder, aBatch([aPost('now', { publishedAt: said })]), said)
    const hour = new Date(now - 120_000).getUTCHours()
    const { id } = await subscribed('carol@example.org', new Date(now - DAY_MS), { hour })
    endPostfix()
    await closed(RELAY)
    const worker = fork(join(import.meta.dirname, '../support/digest-worker.ts'), {
      env: {
        ...{ PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'silent', DATABASE_URL: database.url, MODE: 'community' },
        ...{ PUBLIC_URL: origin, SMTP_URL: `smtp://127.0.0.1:${RELAY}`, MAIL_FROM: 'digest@example.org' },
      },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const rowOf = async () => (await database.db.select().from(deliveries).where(eq(deliveries.subscriptionId, id)))[0]
    try {
      await expect.poll(async () => (await rowOf())?.tries, { timeout: 60_000 }).toBeGreaterThan(2)
      expect(await rowOf()).toMatchObject({ sentAt: null, error: expect.stringContaining('ECONNREFUSED') })
      start('start-postfix.sh')
      await expect.poll(async () => (await rowOf())?.state, { timeout: 60_000 }).toBe('sent')
      expect(await inbox('carol@example.org')).toContain('Post now')
      const all = Mails.parse(await (await fetch(INBOX)).json())
      expect(all.filter(({ envelope }) => envelope.to.some((one) => one.address === 'carol@example.org'))).toHaveLength(1)
    } finally {
      worker.kill('SIGKILL')
    }
  }, 180_000)
})

const reaches = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

async function listening(port: number): Promise<void> {
  await eventually(async () => {
    if (!(await reaches(port))) throw new Error(`nothing listens on ${port}`)
  })
}

async function closed(port: number): Promise<void> {
  await eventually(async () => {
    if (await reaches(port)) throw new Error(`something listens on ${port}`)
  })
}
