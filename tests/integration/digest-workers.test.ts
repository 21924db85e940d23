import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mailFigures } from '#db/mail-figures'
import { saveBatch } from '#db/save-batch'
import { testDatabase } from '#tests/support/database'
import { origin, subscribed } from '#tests/support/digest'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { headersOf, type SmtpStandIn, serveSmtp } from '#tests/support/smtp-server'

/** Real workers, real jobs, a real relay: killed at any moment, two at once, hung up on after DATA. */
const database = testDatabase()
const SUBSCRIBERS = 40
const DAY_MS = 86_400_000
let relay: SmtpStandIn

beforeAll(async () => {
  relay = await serveSmtp()
  const now = new Date()
  const dayAgo = new Date(now.getTime() - DAY_MS)
  const { source, holder } = await heldSource('Sky', { platform: 'bluesky', firstReadAt: new Date(now.getTime() - 5 * DAY_MS) })
  // The slot that was due last began an hour ago at most, and ended a day after.
  const said = new Date(now.getTime() - DAY_MS / 2)
  await saveBatch(source, holder, aBatch([aPost('one', { publishedAt: said })]), said)
  const hour = new Date(now.getTime() - 120_000).getUTCHours()
  for (let index = 0; index < SUBSCRIBERS; index++) {
    await subscribed(`reader-${index}@example.org`, dayAgo, { hour })
  }
})

afterAll(() => relay?.close())

async function startWorker() {
  const child = fork(join(import.meta.dirname, '../support/digest-worker.ts'), {
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'silent', DATABASE_URL: database.url, SMTP_URL: relay.url },
      ...{ MODE: 'community', PUBLIC_URL: origin, MAIL_FROM: 'digest@example.org' },
    },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  await once(child, 'message')
  return { child, exited }
}

test('workers that are killed while they send, and a relay that hangs up, cost nobody a mail; nobody gets a second one but the same', async () => {
  let count = 0
  // Each tenth is taken without a word.
  relay.relay.data = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60))
    return ++count % 10 === 0 ? 'drop' : 'take'
  }
  const first = await startWorker()
  await expect.poll(() => relay.seen.length, { timeout: 60_000 }).toBeGreaterThan(8)
  first.child.kill('SIGKILL')
  await first.exited
  const others = await Promise.all([startWorker(), startWorker()])
  try {
    await expect.poll(async () => (await mailFigures(new Date())).open, { timeout: 100_000, interval: 500 }).toBe(0)
    const figures = await mailFigures(new Date())
    expect(figures).toMatchObject({ sent: SUBSCRIBERS, failed: 0, skipped: 0 })
    const ids = Map.groupBy(relay.seen, ({ to }) => to)
    expect(ids.size).toBe(SUBSCRIBERS)
    for (const [address, mails] of ids) expect(new Set(mails.map(({ raw }) => headersOf(raw).get('message-id'))).size, address).toBe(1)
    // Only what was in the air when the first died, or was hung up on, came twice.
    expect(relay.seen.length - SUBSCRIBERS).toBeLessThanOrEqual(4 + Math.ceil(count / 10))
  } finally {
    for (const { child } of others) child.kill('SIGKILL')
    await Promise.all(others.map(({ exited }) => exited))
  }
}, 200_000)
