import { sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import { type Stretch, stretchOf } from './conversations.ts'
import type { Copies, MayBeCopy } from './copies.ts'
import { storableJson } from './insert-rows.ts'
import { lanesOfNew, lanesOfRow, type NewlyTold } from './lanes.ts'
import type { Conversation, Person, ReplyTo } from './post.ts'
import type { posts } from './schema.ts'

type Placeable = MayBeCopy & { sortAt: Date; author: Person; conversation: Conversation | null; replyTo: ReplyTo | null }
type Placed = { id: number; entryId: number }
type Stored = Pick<typeof posts.$inferSelect, 'id' | 'entryId' | 'sortAt' | 'audience' | 'conversation'> & NewlyTold

/** The longest patience that a conversation has with a silence, over its own `silenceMinutes`. */
const PATIENCE = 1.5

/**
 * Gives posts, in the order in which they were said, their ids and the entries that they belong to: an entry of
 * their own with their own id, the stretch of conversation that they continue, or the entry of `copies` that says the same thing.
 */
export async function placePosts<T extends Placeable>(tx: Queryable, platform: string, rows: T[], copies: Copies): Promise<(T & Placed)[]> {
  const reserved = await tx.execute<{ id: string }>(
    sql`with ids as materialized (select pg_get_serial_sequence('posts', 'id')::regclass as sequence)
      select nextval(sequence) as id from ids, generate_series(1, ${rows.length}::int)`,
  )
  const stretches = await openStretches(tx, platform, rows)
  return rows.map((row, index) => {
    const id = Number(reserved[index]?.id)
    if (!row.conversation) {
      const entryId = copies.entryOf(row) ?? id
      copies.placed(row, entryId)
      return { ...row, id, entryId }
    }
    const { key, silenceMinutes } = row.conversation
    const known = stretches.get(key) ?? []
    const said = { at: row.sortAt, authorId: row.author.id, addresseeId: row.replyTo?.author?.id ?? null }
    const stretch = stretchOf(said, silenceMinutes, known) ?? { id, sortAt: row.sortAt, lastAt: row.sortAt, authorIds: new Set<string>() }
    if (stretch.id === id) stretches.set(key, [...known, stretch])
    stretch.authorIds.add(row.author.id)
    if (row.sortAt > stretch.lastAt) stretch.lastAt = row.sortAt
    return { ...row, id, entryId: stretch.id }
  })
}

/**
 * Makes the entries of posts that this source told first and that were stored with their sightings, and lengthens those that
 * they continue. An entry keeps its place. Returns the entries that are yet to be settled.
 */
export async function keepEntries(tx: Queryable, source: { id: number; platform: string }, stored: Stored[]): Promise<number[]> {
  if (stored.length === 0) return []
  const groups = [...Map.groupBy(stored, ({ entryId }) => entryId)]
  const rows = groups.map(([id, ofIt]) => {
    const [first, last] = [ofIt[0] ?? never(), ofIt.at(-1) ?? never()]
    const audience = first.authorHidden ? ('withheld' as const) : first.audience
    const conversation = first.conversation?.key ?? null
    // The lanes of what begins here; what is continued is settled later.
    const begins = first.id === id
    return {
      ...{ id, sortAt: first.sortAt, lastAt: last.sortAt, audience, conversation, begins },
      ...(begins ? lanesOfNew(ofIt) : { lanes: [], seen: [] }),
    }
  })
  const told = sql`jsonb_to_recordset(${storableJson(rows)}::jsonb) as e(
    id bigint, "sortAt" timestamptz, "lastAt" timestamptz, audience text, conversation text, begins boolean, lanes text[], seen text[])`
  await tx.execute(sql`
    with told as materialized (select * from ${told}),
    continued as (
      insert into entries (id, platform, sort_at, last_at, audience, conversation)
      select id, ${source.platform}, "sortAt", "lastAt", audience, conversation from told where not begins
      on conflict (id) do update set last_at = greatest(entries.last_at, excluded.last_at)
    ),
    begun as (
      insert into entries (id, platform, sort_at, last_at, audience, conversation, lanes)
      select e.id, ${source.platform}, e."sortAt", e."lastAt", e.audience, e.conversation, ${lanesOfRow(sql`e`, source.id)}
      from told e where e.begins
      returning id, sort_at, audience, lanes
    )
    insert into entry_lanes (lane, audience, sort_at, entry_id)
    select lane, audience, sort_at, id from begun, unnest(lanes) lane`)
  return groups.filter(([id, ofIt]) => !isSettled(id, ofIt)).map(([id]) => id)
}

/** An entry that begins here, and whose posts are all for the same eyes: what its first post says of it holds. */
function isSettled(id: number, [first, ...rest]: Stored[]): boolean {
  return first?.id === id && rest.every(({ audience, authorHidden }) => audience === first.audience && authorHidden === first.authorHidden)
}

/** The stretches that any of these posts may continue, by conversation. */
async function openStretches(tx: Queryable, platform: string, rows: Placeable[]): Promise<Map<string, Stretch[]>> {
  const talk = rows.flatMap(({ conversation, sortAt }) => (conversation ? { ...conversation, sortAt } : []))
  const [first, last] = [talk[0], talk.at(-1)]
  if (!first || !last) return new Map()
  const patienceMs = Math.max(...talk.map(({ silenceMinutes }) => silenceMinutes)) * PATIENCE * 60_000
  const found = await tx.execute<{ key: string; id: string; sort_at: string; last_at: string; authors: string[] }>(sql`
    select e.conversation as key, e.id, e.sort_at, e.last_at, array_agg(distinct p.author ->> 'id') as authors
    from entries e join posts p on p.entry_id = e.id
    where e.platform = ${platform} and e.conversation = any(${sql.param([...new Set(talk.map(({ key }) => key))])}::text[])
      and e.last_at >= ${new Date(first.sortAt.getTime() - patienceMs).toISOString()}::timestamptz
      and e.sort_at <= ${new Date(last.sortAt.getTime() + patienceMs).toISOString()}::timestamptz
    group by e.id`)
  const stretches = found.map((row) => ({
    key: row.key,
    id: Number(row.id),
    sortAt: new Date(row.sort_at),
    lastAt: new Date(row.last_at),
    authorIds: new Set(row.authors),
  }))
  return Map.groupBy(stretches, ({ key }) => key)
}

function never(): never {
  throw new Error('a group has a first and a last')
}
