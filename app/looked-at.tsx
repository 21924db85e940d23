// One look in all its outcomes: longer than most, because they stand and fall together.
import type { Look, Tried } from '#lib/sources/look-at'
import { leastOf, type Meaning } from '#lib/sources/meaning'
import { entryInYaml } from '#lib/sources/source-entry'
import { LookAgain } from './paste-form.tsx'
import { Sentence } from './sentence.tsx'
import { AddForm } from './source-add-form.tsx'
import { SourcePreview } from './source-preview.tsx'
import type { Looked } from './sources/new/page.tsx'
import { sourcesNewStrings as words } from './strings/sources-new.ts'

type Props = { pasted: string; paste: string; looked: Looked; zone: string; now: Date; children: React.ReactNode }

const LONGEST_SHOWN = 120

/** What was understood of what somebody pasted, and what it would be as a source. */
export function LookedAt({ pasted, paste, looked, zone, now, children }: Props) {
  if ('listed' in looked) return children
  const shown = pasted.trim().replace(/\s+/g, ' ')
  const said = <p className="lead pasted">{words.pasted(shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown)}</p>
  if ('nothing' in looked) {
    const { reason, nearest } = looked.nothing
    return (
      <section className="looked" aria-labelledby="looked">
        <h2 id="looked">{words.notUnderstood}</h2>
        {said}
        <p className="problem" role="alert">
          {words.because(reason)}
        </p>
        {nearest.length > 0 && <Others title={words.nearest} meanings={nearest} />}
        <p>
          <Sentence
            of={words.otherWays}
            parts={{ setup: <a href="/setup">{words.setup}</a>, submit: <a href="/submit">{words.submit}</a> }}
          />
        </p>
      </section>
    )
  }
  const { look, tried } = looked.found
  const others = looked.understood.meanings.flatMap((meaning, index) => (isOf(meaning, look, tried) ? [] : [{ meaning, index }]))
  return (
    <section className="looked" aria-labelledby="looked">
      <h2 id="looked">{look ? words.understood(look.meaning.kind, look.meaning.name) : words.noneReadable}</h2>
      {said}
      {!look && <p>{words.noneHint}</p>}
      <AllTried tried={tried} open={!look} />
      {look && <Found look={look} zone={zone} now={now} />}
      {others.length > 0 && (
        <>
          <h3>{words.otherwise}</h3>
          <ul className="others">
            {others.map(({ meaning, index }) => (
              <li key={index}>
                <a href={`/sources/new?paste=${paste}&as=${index}`}>{words.meaning(meaning.kind, meaning.name)}</a>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Found({ look, zone, now }: { look: Look; zone: string; now: Date }) {
  const { meaning, steps, source, posts, perDay, live, trouble, lacks, letter, already, yaml } = look
  return (
    <>
      {steps.length > 0 && (
        <>
          <h3>{words.steps}</h3>
          <Steps steps={steps} />
        </>
      )}
      {already && (
        <p className="problem">
          {words.already(already)} <a href="/sources">{words.seeIt}</a>
        </p>
      )}
      {trouble && <p className="problem">{words.trouble(trouble, !already)}</p>}
      {source.off && (
        <>
          <h3>{words.off}</h3>
          <p>{words.offHint(source.off.replace(/\.$/, ''), !already)}</p>
        </>
      )}
      {letter && (
        <details className="letter">
          <summary>{words.letter}</summary>
          <pre>{letter}</pre>
        </details>
      )}
      {perDay !== null && (
        <>
          <h3>{words.expect}</h3>
          <p>
            {words.perDay(perDay)} {live ? words.live : words.everyMinutes(Math.max(1, Math.round(source.everySeconds / 60)))}
          </p>
        </>
      )}
      {lacks.length > 0 && (
        <>
          <h3>{words.lacks}</h3>
          <ul className="lacks">
            {lacks.map((lack) => (
              <Missing key={lack.what} lack={lack} />
            ))}
          </ul>
        </>
      )}
      {!already && <AddForm yaml={yaml} open={source.off !== null} />}
      {posts ? (
        <>
          <h3>{words.newest}</h3>
          {posts.length === 0 ? <p>{words.noPosts}</p> : <p className="lead">{words.newestHint}</p>}
          <SourcePreview platform={meaning.platform} posts={posts} zone={zone} now={now} />
        </>
      ) : (
        !trouble && <p className="lead">{words.notLooked}</p>
      )}
    </>
  )
}

function Missing({ lack: { what, steps } }: { lack: Look['lacks'][number] }) {
  return (
    <li>
      {what}
      {steps.length > 0 && (
        <details>
          <summary>{words.how}</summary>
          <ol>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </details>
      )}
    </li>
  )
}

function Steps({ steps }: { steps: string[] }) {
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  )
}

/** What did not work, with why: what was pasted may have been meant otherwise. */
function AllTried({ tried, open }: { tried: Tried[]; open: boolean }) {
  return tried.map(({ meaning, why, steps }) => (
    <div className={open ? 'problem' : 'tried'} key={`${meaning.platform} ${meaning.name}`} role={open ? 'alert' : undefined}>
      <p>
        {words.tried(words.meaning(meaning.kind, meaning.name))}: {why.replace(/\.$/, '')}.
      </p>
      {steps.length > 0 && <Steps steps={steps} />}
    </div>
  ))
}

function Others({ title, meanings }: { title: string; meanings: Meaning[] }) {
  return (
    <>
      <h3>{title}</h3>
      <ul className="others">
        {meanings.map(({ platform, settings, kind, name }) => (
          <li key={`${platform} ${name}`} data-platform={platform}>
            <LookAgain what={entryInYaml({ [platform]: leastOf(platform, settings) })}>{words.meaning(kind, name)}</LookAgain>
          </li>
        ))}
      </ul>
    </>
  )
}

function isOf(meaning: Meaning, look: Look | null, tried: Tried[]): boolean {
  return [look?.meaning, ...tried.map((one) => one.meaning)].some(
    (one) => one?.platform === meaning.platform && one.settings === meaning.settings,
  )
}
