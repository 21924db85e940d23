import type { Metadata } from 'next'
import { connectors } from '#connectors/registry'
import { type SourceRow, sourcesKnownTo } from '#db/sources'
import { configuration } from '#lib/config'
import { attempt } from '../attempt.ts'
import { Frame } from '../frame.tsx'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: 'What is collected' }

/** For those whose words stand here: what is collected, from where, with whose permission, and how to be left out. */
export default async function AboutPage() {
  const { reader } = await visitor()
  const sources = await attempt(sourcesKnownTo(reader))
  if (!sources) return <Unreadable />
  const read = sources.filter(({ off, pausedAt }) => !off && !pausedAt)
  return (
    <Frame>
      <h1>What is collected</h1>
      <div className="prose">
        <p>
          Backplane reads the channels of the HPC community and shows them in one timeline, in the order in which things were said. It only
          reads: it writes nothing anywhere, ranks nothing, and asks search engines to stay away.
        </p>
        <p>
          Of each post it keeps what its platform shows to this instance: the text, the name of who wrote it, the time, links to pictures
          and films (which stay where they are), and the address of the original. What is edited there is edited here; what is deleted there
          is blanked here, and does not come back.
        </p>
        <h2 id="from-where">From where</h2>
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
          How each of them fares is on <a href="/sources">the page of sources</a>.
        </p>
        <h2 id="never">What is never kept</h2>
        <ul>
          <li>Lines of chat that begin with [off] or [nolog].</li>
          <li>Private and direct messages, and what is said in private channels.</li>
          <li>Posts of accounts that ask robots to stay away in their profile (#nobot, #nobridge), where the platform has profiles.</li>
          <li>Who joins, leaves or is there; who reacted to what.</li>
        </ul>
        <h2 id="opt-out">How to be left out</h2>
        <p>
          For one line of chat, begin it with <code>[off]</code> or <code>[nolog]</code>: it is dropped before it is stored. To be left out
          for good, tell whoever runs this instance the name or account that you use:
        </p>
        <p className="contact">
          <Contact contact={configuration().CONTACT} />
        </p>
        <p>You need not say why. What was stored before can be removed at the same time; say so if you want it.</p>
      </div>
    </Frame>
  )
}

function inWords({ name, permission, keepDays }: SourceRow): string {
  const facts = [permission && `permitted by ${permission.by} on ${permission.on}`, keepDays && `kept for ${keepDays} days`].filter(Boolean)
  return facts.length > 0 ? `${name} (${facts.join(', ')})` : name
}

/** An address that can be pressed where it is one. */
function Contact({ contact }: { contact: string }) {
  if (contact === '') return 'This instance names nobody. If you were given its address, ask who gave it to you.'
  if (/^https?:\/\//i.test(contact)) return <a href={contact}>{contact}</a>
  if (/^[^\s@:]+@[^\s@]+$/.test(contact)) return <a href={`mailto:${contact}`}>{contact}</a>
  return contact
}
