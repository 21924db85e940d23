import { sql } from 'drizzle-orm'
import { db } from '#db/client'
import { insertRows } from '#db/insert-rows'
import { lanesOfEntries } from '#db/lanes'
import { entries, posts, sightings } from '#db/schema'
import { heldSource } from '../support/post.ts'
import { KINDS, type MadeEntry, type MadeSource, madePosts } from './made-posts.ts'

/** Three years, whatever the number of posts. */
export const SPAN_MS = 3 * 365 * 86_400_000
/** Posts that are written at once, and how often that goes on beside making the next. */
const CHUNK = 4000
const AT_ONCE = 2
const SOURCES_A_PLATFORM = 6

/**
 * Fills an empty database with so many posts of three years, of all platforms and for all audiences, with their entries,
 * lanes and sightings, past ingest: ten times as fast. What search has to read is listed, and not read yet.
 */
export async function fill(count: number): Promise<MadeSource[]> {
  const sources = await makeSources()
  const maker = madePosts(sources)
  const newest = Date.now() - 3_600_000
  let running: Promise<void>[] = []
  for (let id = 1; id <= count; ) {
    const made: MadeEntry[] = []
    for (const end = Math.min(count + 1, id + CHUNK); id < end; ) {
      const entry = maker.next(id, new Date(newest - SPAN_MS + Math.floor((SPAN_MS * id) / count)), id < count / 10)
      made.push(entry)
      id += entry.posts.length
    }
    running.push(write(made))
    if (running.length >= AT_ONCE) await running[0]
    running = running.slice(-AT_ONCE + 1)
  }
  await Promise.all(running)
  // What comes later gets the next id.
  await db().execute(`select setval(pg_get_serial_sequence('posts', 'id'), (select max(id) from posts))`)
  return sources
}

/** Several on each platform: the first have more to tell, the last is for members, as all of a workspace are. */
async function makeSources(): Promise<MadeSource[]> {
  const wanted = KINDS.flatMap(({ platform }) => Array.from({ length: SOURCES_A_PLATFORM }, (_, nth) => ({ platform, nth })))
  return Promise.all(
    wanted.map(async ({ platform, nth }) => {
      const members = platform === 'slack' || nth === SOURCES_A_PLATFORM - 1
      const audience = members ? ('members' as const) : null
      const { source } = await heldSource(`${platform} ${nth}`, { platform, audience, firstReadAt: new Date(0) })
      return { id: source.id, platform, members }
    }),
  )
}

/** One transaction, with the lanes that the posts and sightings come to. */
async function write(made: MadeEntry[]): Promise<void> {
  const rows = made.map(({ posts }) => {
    const [first, last] = [posts[0] ?? never(), posts.at(-1) ?? never()]
    return {
      id: first.id,
      platform: first.platform,
      sortAt: first.sortAt,
      lastAt: last.sortAt,
      audience: first.audience,
      conversation: first.conversation?.key ?? null,
    }
  })
  const ids = sql`${sql.param(rows.map(({ id }) => id))}::bigint[]`
  await db().transaction(async (tx) => {
    await tx.execute(sql`set local synchronous_commit = off`)
    await tx.execute(
      insertRows(
        posts,
        made.flatMap((entry) => entry.posts),
      ),
    )
    await tx.execute(
      insertRows(
        sightings,
        made.flatMap((entry) => entry.sightings),
      ),
    )
    await tx.execute(
      insertRows(
        entries,
        rows.map((row) => ({ ...row, lanes: [] })),
      ),
    )
    await tx.execute(sql`
      with filed as (${lanesOfEntries(ids)}),
      settled as (update entries e set lanes = filed.lanes from filed where e.id = filed.entry_id returning e.id, e.sort_at, e.audience, e.lanes)
      insert into entry_lanes (lane, audience, sort_at, entry_id) select unnest(lanes), audience, sort_at, id from settled`)
  })
}

function never(): never {
  throw new Error('an entry has a post')
}
