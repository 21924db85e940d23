import type { Metadata } from 'next'
import { countHits, type Hits, type Search, searchPosts, TooBroadError } from '#db/search'
import { findOf } from '#lib/reading/search-marks'
import type { Mistake } from '#lib/reading/search-query'
import { type Address, parseAddress, type Query } from '../address.ts'
import { attempt } from '../attempt.ts'
import { FeedLinks } from '../feed-links.tsx'
import { Frame } from '../frame.tsx'
import { HitList } from '../hit-list.tsx'
import { muteOfPost } from '../mute-of.ts'
import { HiddenLine, withMutesOff } from '../muted-entry.tsx'
import { remembered } from '../remembered.ts'
import { SearchHelp } from '../search-help.tsx'
import { meaningOf, searchHref, typedIn } from '../searched.ts'
import { mistakeInWords, searchStrings as say } from '../strings/search.ts'
import { Unreadable } from '../unreadable.tsx'
import { type Visit, visitor } from '../visitor.ts'

type Asked = { searchParams: Promise<Query & { mutes?: string }> }

/** Counted so far, and said with a plus beyond. */
const MOST_COUNTED = 1000

export async function generateMetadata({ searchParams }: Asked): Promise<Metadata> {
  const typed = typedIn(await searchParams)
  return { title: typed ? say.titleOf(typed) : say.title }
}

/** What was found, newest first, a page at a time; or how to search. A mistake in the question is told, with its place. */
export default async function SearchPage({ searchParams }: Asked) {
  const asked = await searchParams
  const typed = typedIn(asked)
  const address = parseAddress(asked)
  const visit = await visitor()
  const found = await attempt(() => look(typed, address, visit))
  if (!found) return <Unreadable />
  return (
    <Frame here="search" typed={typed} skips={found.hits ? [{ href: '#posts', label: say.skip }] : []}>
      <h1 className={found.hits ? 'found' : undefined}>{typed ? say.hitsFor(typed) : say.title}</h1>
      {found.hits && <FeedLinks typed={typed} />}
      {found.mistake && <MistakeNote typed={typed} mistake={found.mistake} />}
      {found.tooBroad && <p className="lead">{say.tooBroad}</p>}
      {found.hits ? (
        <Found typed={typed} address={address} {...found} hits={found.hits} mutesOff={asked.mutes === 'off'} visit={visit} />
      ) : (
        <SearchHelp />
      )}
    </Frame>
  )
}

type Looked = { search: Search | null; mistake: Mistake | null; hits: Hits | null; count: number; tooBroad: boolean }

const counted = remembered<number>(60)

async function look(typed: string, { before, after }: Address, { reader, zone }: Visit): Promise<Looked> {
  const nothing: Looked = { search: null, mistake: null, hits: null, count: 0, tooBroad: false }
  const meaning = await meaningOf(typed, reader, zone)
  if (!meaning) return nothing
  if ('mistake' in meaning) return { ...nothing, ...meaning }
  const { search } = meaning
  try {
    const [hits, count] = await Promise.all([
      searchPosts(reader, search, { before, after }),
      counted(`${reader.role} ${JSON.stringify(search)}`, () => countHits(reader, search, MOST_COUNTED + 1)),
    ])
    return { ...nothing, search, hits, count }
  } catch (error) {
    if (error instanceof TooBroadError) return { ...nothing, tooBroad: true }
    throw error
  }
}

type FoundProps = { typed: string; address: Address; search: Search | null; hits: Hits; count: number; mutesOff: boolean; visit: Visit }

function Found({ typed, address, search, hits, count, mutesOff, visit: { zone, now } }: FoundProps) {
  const { posts: all, newer, older } = hits
  const posts = mutesOff ? all : all.filter((post) => !muteOfPost(post, now)?.hard)
  const moved = address.before ?? address.after
  return (
    <div className="hits" id="posts">
      <p className="lead">
        {count > 0 ? `${say.found(count, MOST_COUNTED)}, ${say.newestFirst}` : say.none}
        {all.length === 0 && count > 0 && `. ${say.nothingFurther(Boolean(address.before))}`}
      </p>
      {count === 0 && <p className="lead">{say.noneHint}</p>}
      {(newer || moved) && (
        <p className="paging">
          {newer && (
            <a rel="prev" href={searchHref(typed, { after: newer })}>
              {say.newer}
            </a>
          )}
          <a className="newest" href={searchHref(typed)}>
            {say.newest}
          </a>
        </p>
      )}
      {search && <HitList posts={posts} find={findOf(search)} zone={zone} now={now} />}
      <HiddenLine hidden={all.length - posts.length} href={withMutesOff(searchHref(typed, address))} />
      {older && (
        <p className="paging">
          <a rel="next" href={searchHref(typed, { before: older })}>
            {say.older}
          </a>
        </p>
      )}
      {!older && all.length > 0 && <p className="end">{say.end}</p>}
    </div>
  )
}

/** The question with what is wrong in it underlined, and a sentence. */
function MistakeNote({ typed, mistake }: { typed: string; mistake: Mistake }) {
  return (
    <div className="mistake" role="alert">
      <p>
        <code>
          {typed.slice(0, mistake.from)}
          <u>{typed.slice(mistake.from, mistake.to)}</u>
          {typed.slice(mistake.to)}
        </code>
      </p>
      <p>
        {say.place(mistake.from)} {mistakeInWords(mistake)}
      </p>
    </div>
  )
}
