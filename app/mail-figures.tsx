import { mailFigures } from '#db/mail-figures'
import { configuration } from '#lib/config'
import { canMail } from '#lib/digest/mail'
import { nextDigest } from '#lib/digest/next-digest'
import { ago } from '#lib/sources/source-health'
import { attempt } from './attempt.ts'
import { digestStrings } from './strings/digest.ts'
import { instantName } from './when.ts'

const say = digestStrings.figures

/** How the digests by mail fare, for their owner. */
export async function MailFigures({ now, zone }: { now: Date; zone: string }) {
  const found = await attempt(() => Promise.all([mailFigures(now), nextDigest(now)]))
  if (!found) return null
  const [figures, nextAt] = found
  const { running, ended, bounced, sent, failed, skipped, open, lastSentAt } = figures
  return (
    <section aria-labelledby="mail">
      <h2 id="mail">{say.title}</h2>
      <p className="lead">
        {!canMail(configuration()) && say.noRelay} {say.subscriptions(running, ended, bounced)} {say.day(sent, failed, skipped)}{' '}
        {lastSentAt && say.last(ago(lastSentAt, now))} {open > 0 && say.open(open)}{' '}
        {nextAt && canMail(configuration()) && say.next(instantName(nextAt, zone))}
      </p>
    </section>
  )
}
