import type { Metadata } from 'next'
import { connectors } from '#connectors/registry'
import { type SourceRow, sourcesKnownTo } from '#db/sources'
import { configuration } from '#lib/config'
import { attempt } from '../attempt.ts'
import { Contact } from '../contact.tsx'
import { Frame } from '../frame.tsx'
import { Sentence } from '../sentence.tsx'
import { aboutStrings as words } from '../strings/about.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: words.title }

/** For those whose words stand here: what is collected, from where, with whose permission, and how to be left out. */
export default async function AboutPage() {
  const { reader } = await visitor()
  const sources = await attempt(sourcesKnownTo(reader))
  if (!sources) return <Unreadable />
  const read = sources.filter(({ off, pausedAt }) => !off && !pausedAt)
  return (
    <Frame>
      <h1>{words.title}</h1>
      <div className="prose">
        <p>{words.reads}</p>
        <p>{words.keeps}</p>
        <h2 id="from-where">{words.fromWhere}</h2>
        <ul>
          {connectors.flatMap(({ id, name }) => {
            const own = read.filter(({ platform }) => platform === id)
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
        <h2 id="never">{words.never}</h2>
        <ul>
          {words.neverKept.map((what) => (
            <li key={what}>{what}</li>
          ))}
        </ul>
        <h2 id="opt-out">{words.optOut}</h2>
        <p>
          <Sentence of={words.optOutHow} parts={{ off: <code>[off]</code>, nolog: <code>[nolog]</code> }} />
        </p>
        <p className="contact">
          <Contact contact={configuration().CONTACT} />
        </p>
        <p>{words.optOutAfter}</p>
      </div>
    </Frame>
  )
}

function inWords({ name, permission, keepDays }: SourceRow): string {
  const facts = [permission && words.permitted(permission.by, permission.on), keepDays && words.keptFor(keepDays)].filter(Boolean)
  return facts.length > 0 ? `${name} (${facts.join(', ')})` : name
}
