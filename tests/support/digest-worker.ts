import { PgBoss } from 'pg-boss'
import { readConfig } from '#lib/config'
import * as form from '#lib/digest/digest-html'
import { digestPress } from '#lib/digest/digest-press'
import { startDigests } from '#lib/digest/digest-queue'
import { mailer } from '#lib/digest/mail'
import { siteOf } from '#lib/server/origin'

// A worker that does nothing but send digests, to be forked, and killed, by a test: it waits less than a real one.
const config = readConfig(process.env)
const boss = new PgBoss({
  connectionString: config.DATABASE_URL ?? '',
  schedule: false,
  superviseIntervalSeconds: 1,
  monitorIntervalSeconds: 1,
})
boss.on('error', () => {})
await boss.start()
const mails = mailer(config)
if (!mails) throw new Error('No relay')
const origin = siteOf(config)
await startDigests(
  boss,
  { config, press: digestPress(origin, form), mails, origin, leaseMs: Number(process.env.LEASE_MS ?? 3000) },
  { retryDelay: 1 },
)
process.send?.('ready')
process.on('disconnect', () => process.exit(0))
