import '../sources-new.css'
import type { Metadata } from 'next'
import { sourcesKnownTo } from '#db/sources'
import { type PlatformSetup, setupOf } from '#lib/sources/setup-of'
import { attempt } from '../attempt.ts'
import { Frame } from '../frame.tsx'
import { Sentence } from '../sentence.tsx'
import { setupStrings as words } from '../strings/setup.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'

export const metadata: Metadata = { title: words.title }

/** For owners: what of each channel is read, what the rest takes, whom to ask, and what was answered. */
export default async function SetupPage() {
  const { reader } = await visitor()
  if (reader.role !== 'owner')
    return (
      <Frame>
        <h1>{words.title}</h1>
        <p className="lead">{words.ownerOnly}</p>
      </Frame>
    )
  const sources = await attempt(() => sourcesKnownTo(reader))
  if (!sources) return <Unreadable />
  return (
    <Frame here="sources">
      <h1>{words.title}</h1>
      <p className="lead">
        {words.lead} <a href="/sources/new">{words.add}</a>
      </p>
      {setupOf(sources).map((setup) => (
        <Platform key={setup.name} setup={setup} />
      ))}
    </Frame>
  )
}

function Platform({ setup: { id, name, switched, works, ways, ask, letters, answers } }: { setup: PlatformSetup }) {
  const heading = `setup-${name.toLowerCase().replace(/\W+/g, '-')}`
  return (
    <section className="kept setup" aria-labelledby={heading}>
      <h2 id={heading} data-platform={id ?? undefined}>
        {name}
      </h2>
      {switched && (
        <p className="switch">
          <b>{switched.on ? words.on : words.off}</b> {switched.price}; {switched.limits}.{' '}
          {!switched.on && <Sentence of={words.switchOn} parts={{ id: <code>{id}</code>, variable: <code>SWITCHED_ON</code> }} />}
        </p>
      )}
      <h3>{words.works}</h3>
      <p>{works}</p>
      {ways.length > 0 && <h3>{words.ways}</h3>}
      {ways.map(({ what, cost, steps }) => (
        <div key={what}>
          <p>
            <b>{what}.</b> {words.cost(cost)}
          </p>
          <ol>
            {steps.map((step) => (
              <li key={step}>
                <Linked text={step} />
              </li>
            ))}
          </ol>
        </div>
      ))}
      {ask && (
        <>
          <h3>{words.ask}</h3>
          <p>{ask.whom}.</p>
          {ask.where && (
            <p>
              {words.where}: <Linked text={ask.where} />
            </p>
          )}
          {letters.map(({ about, letter }) => (
            <details className="letter" key={about}>
              <summary>{words.letter(about)}</summary>
              <pre>{letter}</pre>
            </details>
          ))}
          <h3>{words.answers}</h3>
          {answers.length === 0 ? (
            <p>{words.none}</p>
          ) : (
            <ul>
              {answers.map(({ source, by, on }) => (
                <li key={source}>{words.answered(source, by, on)}</li>
              ))}
            </ul>
          )}
          <p>
            <Sentence
              of={words.record}
              parts={{
                command: <code>npm run source -- permit</code>,
                option: <code>permission: {'{ by: …, on: … }'}</code>,
                about: <a href="/about">{words.about}</a>,
              }}
            />
          </p>
        </>
      )}
    </section>
  )
}

/** Words, with the addresses in them to be pressed. */
function Linked({ text }: { text: string }) {
  return text.split(/(https?:\/\/[^\s)]+[^\s).,])/).map((piece) =>
    /^https?:/.test(piece) ? (
      <a key={piece} href={piece} rel="noreferrer">
        {piece}
      </a>
    ) : (
      piece
    ),
  )
}
