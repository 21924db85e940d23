import '../../sources-new.css'
import type { Metadata } from 'next'
import { type SourceRow, sourceById, sourcesKnownTo } from '#db/sources'
import { keepPasted, pastedUnder } from '#db/sources-here'
import { webReach } from '#lib/collecting/web-reach'
import { fetchList } from '#lib/sources/fetch-list'
import { lookAt } from '#lib/sources/look-at'
import { declaredBy } from '#lib/sources/source-entry'
import { type Listed, listIn, type Understood, understand } from '#lib/sources/understand'
import { hrefFor } from '../../address.ts'
import { attempt } from '../../attempt.ts'
import { Frame } from '../../frame.tsx'
import { LookedAt } from '../../looked-at.tsx'
import { PasteForm } from '../../paste-form.tsx'
import { AddForm } from '../../source-add-form.tsx'
import { SourceChoice } from '../../source-choice.tsx'
import { sourcesNewStrings as words } from '../../strings/sources-new.ts'
import { Unreadable } from '../../unreadable.tsx'
import { visitor } from '../../visitor.ts'

export const metadata: Metadata = { title: words.title }

type Asked = { [name: string]: string | string[] | undefined }
/** What a page that somebody waits for may take. */
const WHOLE_MS = 45_000

/**
 * Paste, look, add: each a plain form. What was pasted is kept under a number that only who pasted it has, so that no
 * link from elsewhere makes this program ask anybody's server.
 */
export default async function NewSourcePage({ searchParams }: { searchParams: Promise<Asked> }) {
  const asked = await searchParams
  const { reader, zone, now } = await visitor()
  if (reader.role !== 'owner')
    return (
      <Frame>
        <h1>{words.title}</h1>
        <p className="lead">{words.ownerOnly}</p>
      </Frame>
    )
  const one = (name: string) => [asked[name]].flat()[0]
  const found = await attempt(() =>
    Promise.all([sourcesKnownTo(reader), pastedUnder(one('paste') ?? one('draft') ?? '', now), added(one('added'))]),
  )
  if (!found) return <Unreadable />
  const [present, text, source] = found
  const draft = one('draft') !== undefined && text !== null
  const wasAsked = one('paste') !== undefined || one('draft') !== undefined
  const looked = text !== null && !draft ? await look(text, present, { paste: one('paste') ?? '', as: one('as') }) : null
  return (
    <Frame here="sources">
      <h1>{words.title}</h1>
      {source && (
        <p className="done" role="status">
          {source.off ? words.addedOff(source.name) : words.added(source.name)} <a href={`/sources/${source.id}`}>{words.seeIt}</a>{' '}
          {!source.off && <a href={hrefFor({ sources: [source.id] })}>{words.seePosts}</a>}
        </p>
      )}
      {one('many') !== undefined && (
        <p className="done" role="status">
          {words.addedMany(Number(one('many')) || 0)} <a href="/sources">{words.seeIt}</a>
        </p>
      )}
      {wasAsked && text === null && (
        <p className="problem" role="alert">
          {words.gone}
        </p>
      )}
      {draft && (
        <>
          <p className="problem" role="alert">
            {words.wrong(problemIn(text))}
          </p>
          <AddForm yaml={text} open />
        </>
      )}
      {looked && (
        <LookedAt pasted={text ?? ''} paste={one('paste') ?? ''} looked={looked} zone={zone} now={now}>
          {'listed' in looked && <SourceChoice paste={looked.paste} listed={looked.listed} present={present} />}
        </LookedAt>
      )}
      {looked ? <h2 className="again">{words.again}</h2> : <p className="lead">{words.lead}</p>}
      <PasteForm />
    </Frame>
  )
}

/** What a look came to. */
export type Looked =
  | { understood: Extract<Understood, { as: 'source' }>; found: Awaited<ReturnType<typeof lookAt>> }
  /** `paste`: the number under which the list is kept. */
  | { listed: Listed[]; paste: string }
  | { nothing: Extract<Understood, { as: 'nothing' }> }

type Choice = { paste: string; as: string | undefined }

async function look(text: string, present: SourceRow[], { paste, as }: Choice): Promise<Looked> {
  const reach = { http: webReach(), signal: AbortSignal.timeout(WHOLE_MS) }
  const understood = understand(text, present)
  if (understood.as === 'nothing') return { nothing: understood }
  if (understood.as === 'list') return { listed: understood.listed, paste }
  if (understood.as === 'list-at') {
    try {
      const list = await fetchList(understood.url, reach)
      return { listed: listIn(list, present) ?? [], paste: await keepPasted(list.replaceAll('\0', ''), new Date()) }
    } catch (error) {
      return { nothing: { as: 'nothing', reason: error instanceof Error ? error.message : String(error), nearest: [] } }
    }
  }
  const chosen = understood.meanings[Number(as ?? Number.NaN)]
  return { understood, found: await lookAt(chosen ? [chosen] : understood.meanings, reach, present) }
}

async function added(id: string | undefined) {
  return id && /^\d{1,15}$/.test(id) ? sourceById(Number(id)) : null
}

function problemIn(yaml: string): string {
  const declared = declaredBy(yaml)
  return typeof declared === 'string' ? declared : ''
}
