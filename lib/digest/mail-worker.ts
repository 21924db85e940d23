import type { PgBoss } from 'pg-boss'
import { type Config, ConfigError } from '../config.ts'
import { log } from '../log.ts'
import { siteOf } from '../server/origin.ts'
import { digestPress } from './digest-press.ts'
import { startDigests } from './digest-queue.ts'
import { type Mailer, mailer } from './mail.ts'
import { keepPersonalDigest } from './personal-digest.ts'

/** Begins to send digests, where mail is set up. Returns what lets go of the relay. */
export async function startMail(boss: PgBoss, config: Config): Promise<() => void> {
  await keepPersonalDigest(config, new Date())
  const mails = made(config)
  if (!mails) return () => {}
  // Loaded where it is needed: React's server half takes memory that a worker without mail can do without.
  const form = await import('./digest-html.ts')
  const origin = siteOf(config)
  await startDigests(boss, { config, press: digestPress(origin, form), mails, origin })
  log.info('digests are sent by mail')
  return () => mails.close()
}

/** Sources are read also where mail is set up wrongly. */
function made(config: Config): Mailer | null {
  try {
    return mailer(config)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    log.error(`no mail is sent: ${error.message}`)
    return null
  }
}
