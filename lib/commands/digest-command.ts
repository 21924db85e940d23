import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { ConfigError, configuration } from '../config.ts'
import { dayDigest } from '../digest/day-digest.ts'
import { canMail, MailError, mailer } from '../digest/mail.ts'
import { takeReturned } from '../digest/returned-mail.ts'
import { PostgresError } from '../postgres/postgres.ts'
import { dayBounds } from '../reading/day-bounds.ts'
import { filterFrom } from '../reading/filter-address.ts'
import { siteOf } from '../server/origin.ts'
import { withDatabase } from './with-database.ts'

// `npm run digest`: the digest of a day, sent to somebody or, without --to, printed. It prints for people.

const USAGE = `npm run digest -- [--date 2026-11-22] [--to me@example.org] [--view '?platform=feed'] [--html] [--members]
  --date     the day, in TIME_ZONE; today where it is not said
  --to       sends it there; without it, it is printed
  --view     what of the timeline, as its address says it
  --html     prints the HTML part
  --members  with what members read, for somebody who is one (in personal mode it always is)
npm run digest -- --returned < mail
  takes a bounce, a complaint or a wish to be sent no more, as the mailbox MAIL_BOUNCES gets it`

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
process.on('disconnect', () => stopping.abort())

try {
  const wanted = wantedBy(process.argv.slice(process.argv[2] === 'digest' ? 3 : 2))
  if (typeof wanted === 'string') {
    process.stderr.write(`${wanted}\n`)
    process.exitCode = 1
  } else await withDatabase({ say: (sentence) => process.stderr.write(`${sentence}\n`), signal: stopping.signal }, () => run(wanted))
} catch (error) {
  const foreseen = error instanceof ConfigError || error instanceof PostgresError || error instanceof MailError
  process.stderr.write(`${foreseen ? error.message : error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
}
// A pool that is not needed any more keeps nobody waiting.
process.exit()

type Wanted = { returned: boolean; date: string; to: string | null; view: string; html: boolean; members: boolean }

function wantedBy(words: string[]): Wanted | string {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        date: { type: 'string' },
        to: { type: 'string' },
        view: { type: 'string', default: '' },
        html: { type: 'boolean', default: false },
        members: { type: 'boolean', default: false },
        returned: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    })
    if (values.help) return USAGE
    const date = values.date ?? Temporal.Now.plainDateISO(configuration().TIME_ZONE).toString()
    if (!dayBounds(date, 'UTC')) return `--date ${date} is no day: write it as 2026-11-22.`
    if (values.to !== undefined && !z.email().safeParse(values.to).success) return `--to ${values.to} is no address.`
    if (values.to !== undefined && !canMail(configuration()))
      return 'Mail is not set up: set SMTP_URL and MAIL_FROM. Without --to the digest is printed.'
    return { returned: values.returned, date, to: values.to ?? null, view: values.view, html: values.html, members: values.members }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    return `${error instanceof Error ? error.message.split('\n')[0] : error}\n${USAGE}`
  }
}

async function run({ returned, date, to, view, html, members }: Wanted): Promise<void> {
  if (returned) {
    process.stdout.write(`${await takeReturned(await text(process.stdin), new Date())}\n`)
    return
  }
  const config = configuration()
  const { MODE, TIME_ZONE } = config
  const role = MODE === 'personal' ? 'owner' : members ? 'member' : 'anonymous'
  const origin = siteOf(config)
  const filter = filterFrom(new URLSearchParams(view))
  const form = await import('../digest/digest-html.ts')
  const drawn = await dayDigest({
    reader: { role },
    date,
    zone: TIME_ZONE,
    origin,
    filter,
    chosen: '',
    now: new Date(),
    mailed: true,
    form,
  })
  if (to === null) {
    process.stdout.write(html ? drawn.html([]) : `${drawn.subject}\n\n${drawn.text([])}`)
    return
  }
  const mails = mailer(config)
  await mails?.send({
    to,
    subject: drawn.subject,
    text: drawn.text([]),
    html: drawn.html([]),
    headers: { 'Auto-Submitted': 'auto-generated' },
  })
  mails?.close()
  process.stdout.write(`Sent to ${to}: ${drawn.subject}\n`)
}
