import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { getContext } from '#db/context'
import { personPages } from '#db/person-accounts'
import { type Entry, getEntry } from '#db/timeline'
import { configuration } from '#lib/config'
import { copiesIn } from '#lib/reading/copies'
import { dayHref } from '#lib/reading/day-bounds'
import { originOf } from '#lib/server/origin'
import { hrefFor } from '../../address.ts'
import { askFor } from '../../asked.ts'
import { attempt } from '../../attempt.ts'
import { ChooseList } from '../../choose-list.tsx'
import { Earlier, Later } from '../../context-list.tsx'
import { EntryFacts } from '../../entry-facts.tsx'
import { EntryItem } from '../../entry-item.tsx'
import { Frame } from '../../frame.tsx'
import { previewOf } from '../../preview.ts'
import { contextStrings as say } from '../../strings/context.ts'
import { Unreadable } from '../../unreadable.tsx'
import { visitor } from '../../visitor.ts'
import { dayName, dayOf } from '../../when.ts'

/** So many speakers of a conversation are looked up. */
const MOST_PEOPLE = 40

type Asked = { params: Promise<{ id: string }> }

/** The entry of a post, once a request; `found` is null when the database did not answer. */
const entryOf = cache(async (id: string): Promise<{ found: { entry: Entry | null } | null }> => {
  const { reader } = await visitor()
  const postId = /^\d{1,15}$/.test(id) ? Number(id) : null
  if (postId === null) return { found: { entry: null } }
  return { found: await attempt(() => getEntry(reader, postId).then((entry) => ({ entry }))) }
})

/** The very line that the address names, where the entry has several. */
export async function generateMetadata({ params }: Asked): Promise<Metadata> {
  const { id } = await params
  const [{ found }, { zone }, asked] = await Promise.all([entryOf(id), visitor(), headers()])
  const posts = found?.entry?.posts ?? []
  const preview = previewOf(posts.find((post) => post.id === Number(id)) ?? posts[0], originOf(asked), zone)
  return configuration().INDEX === 'open' && found?.entry && (await mayBeFound(found.entry))
    ? { ...preview, robots: 'index, follow' }
    : preview
}

/** Whether everybody whose words stand on the page of this entry lets everybody find them. */
async function mayBeFound(entry: Entry): Promise<boolean> {
  const around = await contextOf(entry)
  if (!around) return false
  const { earlier, replies, quotedBy, before, after } = around
  const shown = [...earlier, ...replies, ...quotedBy, ...[entry, ...before, ...after].flatMap(({ posts }) => posts)]
  return shown.every(({ audience }) => audience === 'public')
}

/** What stands around an entry, once a request; null when the database did not answer. */
const contextOf = cache(async (entry: Entry) => attempt(async () => getContext((await visitor()).reader, entry)))

/** The pages of those who speak in it, as far as this reader may see them; a long conversation's first. */
async function pagesOf({ posts }: Entry) {
  const keys = posts.flatMap(({ platform, author, share }) =>
    [author, share?.by].flatMap((person) => (person?.id ? [`${platform}:${person.id}`] : [])),
  )
  return attempt(async () => personPages((await visitor()).reader, [...new Set(keys)].slice(0, MOST_PEOPLE)))
}

/** One entry whole, with where it comes from. The address of a post within it shows the same with its line marked. */
export default async function EntryPage({ params }: Asked) {
  const { id } = await params
  const { found } = await entryOf(id)
  if (!found) return <Unreadable />
  const { entry } = found
  // The web process looks first, and answers with words; this is for what goes in between.
  if (!entry) notFound()
  const postId = Number(id)
  if (String(postId) !== id) redirect(`/p/${postId}`)
  if (postId !== entry.id) askFor(postId)
  const { zone, now } = await visitor()
  const { sortAt } = entry
  const [context, pages] = await Promise.all([contextOf(entry), pagesOf(entry)])
  if (!context) return <Unreadable />
  return (
    <Frame>
      <h1 className="unseen">{entry.posts.length === 1 || copiesIn(entry.posts) ? say.post : say.conversation}</h1>
      <p className="paging">
        <a href={hrefFor({ at: entry })}>{say.atItsPlace}</a>
      </p>
      <Earlier context={context} entry={entry} zone={zone} now={now} />
      <section className="alone" aria-labelledby="day">
        <h2 className="day" id="day">
          <a href={dayHref(dayOf(sortAt, zone))}>
            <time dateTime={dayOf(sortAt, zone)}>{dayName(sortAt, zone, now)}</time>
          </a>
        </h2>
        <div className="rail">
          <EntryItem entry={entry} zone={zone} now={now} whole />
        </div>
      </section>
      <Later context={context} entry={entry} zone={zone} now={now} />
      <EntryFacts entry={entry} pages={pages ?? new Map()} zone={zone} />
      <ChooseList entry={entry} />
    </Frame>
  )
}
