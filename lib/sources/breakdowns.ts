import type { PgBoss } from 'pg-boss'
import { type BreakdownNews, giveNewsBack, noticeBreakdowns, takeNews } from '#db/breakdowns'
import { sharedNow } from '#db/clock'
import { type Config, configuration } from '../config.ts'
import { MailError, type Mailer, mailer } from '../digest/mail.ts'
import { log } from '../log.ts'
import { span } from './source-health.ts'

/** Sources that could not be read for a day: noticed, told in the timeline, and mailed to the owner once, as is their recovery. */

const BREAKDOWNS = 'breakdowns'
const EVERY_SECONDS = 600
/** Who starts after days without network first reads again what can be read. */
const SETTLED_SECONDS = 300

/** One job for all workers, which plans the next. */
export async function startNoticingBreakdowns(boss: PgBoss): Promise<void> {
  await boss.createQueue(BREAKDOWNS, { policy: 'stately', retryLimit: 1_000_000, retryDelay: 60, deleteAfterSeconds: 3600 })
  const plan = (seconds: number) => boss.send(BREAKDOWNS, {}, { startAfter: new Date(sharedNow().getTime() + seconds * 1000) })
  await boss.work(BREAKDOWNS, { pollingIntervalSeconds: 60 }, async () => {
    if (process.uptime() > SETTLED_SECONDS) {
      await noticeBreakdowns(sharedNow())
      const post = mailer(configuration())
      await mailNews(post, configuration(), sharedNow()).finally(() => post?.close())
    }
    await plan(EVERY_SECONDS)
  })
  await plan(SETTLED_SECONDS)
}

/** One mail about all that broke down or is read again since the last. Without a way to send it, or somebody to get it, none. */
export async function mailNews(post: Mailer | null, config: Config, now: Date): Promise<void> {
  const to = config.DIGEST_TO
  if (!post || !to) return
  const news = await takeNews(now)
  const all = [...news.broken, ...news.mended]
  if (all.length === 0) return
  try {
    // The same breakdowns again are the same mail.
    const key = [...news.broken.map(({ id }) => `b${id}`), ...news.mended.map(({ id }) => `m${id}`)].join('.')
    await post.send({
      to,
      subject: subjectOf(news),
      text: textOf(news, config, now),
      messageId: `<sources.${key.slice(0, 200)}@backplane.invalid>`,
    })
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    log.warn({ kind: error.kind }, `the owner could not be told how sources fare: ${error.message}`)
    await giveNewsBack(news)
  }
}

type News = { broken: BreakdownNews[]; mended: BreakdownNews[] }

function subjectOf({ broken, mended }: News): string {
  const [first] = broken
  if (!first) return mended.length === 1 ? `${mended[0]?.name} is read again` : `${mended.length} sources are read again`
  return broken.length === 1 ? `${first.name} has not been read for a day` : `${broken.length} sources have not been read for a day`
}

function textOf({ broken, mended }: News, config: Config, now: Date): string {
  const origin = config.PUBLIC_URL?.replace(/\/$/, '') ?? `http://localhost:${config.PORT}`
  const told = broken.map(
    ({ sourceId, name, since, reason }) =>
      `${name} has not been read for ${span(now.getTime() - since.getTime())}.\n${stopped(reason)}\n${origin}/sources/${sourceId}`,
  )
  const over = mended.map(
    ({ sourceId, name, since, endedAt }) =>
      `${name} is read again, after ${span((endedAt ?? now).getTime() - since.getTime())}.\n${origin}/sources/${sourceId}`,
  )
  return `${[...told, ...over].join('\n\n')}\n\nYou are told once when a source could not be read for a day, and once when it can be again.\n`
}

function stopped(sentence: string): string {
  return `${sentence.trim().replace(/\.$/, '')}.`
}
