import type { Metadata } from 'next'
import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { type SourceRow, sourcesKnownTo } from '#db/sources'
import { bodyDays } from '#lib/collecting/bodies'
import { configuration } from '#lib/config'
import { attempt } from '../attempt.ts'
import { Contact } from '../contact.tsx'
import { Frame } from '../frame.tsx'
import { Sentence } from '../sentence.tsx'
import { aboutStrings as words } from '../strings/about.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export function generateMetadata(): Metadata {
  return { title: words.title, ...(configuration().INDEX === 'open' && { robots: 'index, follow' }) }
}

/** For those whose words stand here: what is collected, from where, with whose permission, and how to be left out. */
export default async function AboutPage() {
  const { reader } = await visitor()
  const found = await attempt(() => sourcesWithDays(reader))
  if (!found) return <Unreadable />
  const read = found.filter(({ source: { off, pausedAt } }) => !off && !pausedAt)
  const { CONTACT, INDEX } = configuration()
  const asked = connectors.filter(({ id, recheck }) => recheck && read.some(({ source }) => source.platform === id)).map(({ name }) => name)
  return (
    <Frame>
      <h1>{words.title}</h1>
      <div className="prose">
        <p>{words.reads}</p>
        <p>{words.keeps}</p>
        <p>
          {words.why} {words.engines[INDEX]}
        </p>
        <h2 id="from-where">{words.fromWhere}</h2>
        <ul>
          {connectors.flatMap(({ id, name }) => {
            const own = read.filter(({ source }) => source.platform === id)
            return own.length === 0
              ? []
              : [
                  <li key={id}>
                    <b>{name}</b>: {own.map(inWords).join('; ')}
                  </li>,
                ]
          })}
        </ul>
        <p>
          <Sentence of={words.fares} parts={{ page: <a href="/sources">{words.sourcesPage}</a> }} />
        </p>
        <h2 id="how-long">{words.howLong}</h2>
        <p>{words.asLongAs}</p>
        <p>{words.asked(inLine(asked))}</p>
        {read.some(({ days }) => days !== null) && <p>{words.notAsked}</p>}
        <p>{words.blogs}</p>
        <h2 id="never">{words.never}</h2>
        <ul>
          {words.neverKept.map((what) => (
            <li key={what}>{what}</li>
          ))}
        </ul>
        <h2 id="opt-out">{words.optOut}</h2>
        <p>
          <Sentence of={words.optOutHow} parts={{ page: <a href="/opt-out">{words.optOutPage}</a> }} />
        </p>
        <p>
          <Sentence of={words.optOutLine} parts={{ off: <code>[off]</code>, nolog: <code>[nolog]</code> }} />
        </p>
        <p>{words.optOutAfter}</p>
        <h2 id="contact">{words.whom}</h2>
        <p className="contact">
          <Contact contact={CONTACT} />
        </p>
      </div>
    </Frame>
  )
}

type Known = { source: SourceRow; days: number | null }

/** Each source that this reader may know of, with the days for which the words of its posts are kept. */
async function sourcesWithDays(reader: Reader): Promise<Known[]> {
  const [known, all] = await Promise.all([sourcesKnownTo(reader), sourcesKnownTo({ role: 'owner' })])
  return Promise.all(known.map(async (source) => ({ source, days: await bodyDays(source, async () => all) })))
}

function inWords({ source: { name, permission, keepDays }, days }: Known): string {
  const facts = [
    permission && words.permitted(permission.by, permission.on),
    keepDays && words.keptFor(keepDays),
    days && words.bodiesFor(days),
  ].filter(Boolean)
  return facts.length > 0 ? `${name} (${facts.join(', ')})` : name
}

function inLine(names: string[]): string {
  return names.length > 0 ? new Intl.ListFormat('en').format(names) : words.noPlatform
}
