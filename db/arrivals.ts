import { sql } from 'drizzle-orm'
import { audiencesFor, type Reader } from './audience.ts'
import { db } from './client.ts'
import { type Filter, inLanes, lanesFor } from './lanes.ts'
import type { Place } from './timeline.ts'

/** A post that came, and the entry that it stands in. */
export type Arrival = {
  post: number
  /** When it was saved, by the clock of who saved it. */
  at: Date
  /** The entry's id and time are its place in the order. */
  entry: Place
  platform: string
  sourceId: number
  /** As its people call the conversation that it is part of; null for a single post. */
  conversation: string | null
  /** It came with the first read of its source: it is there, but it is not news. */
  backfill: boolean
}

/** The newest `limit` posts that came after a time, in entries that this reader's filter lets through; newest first. */
export async function arrivedSince(reader: Reader, filter: Filter, since: Date, limit: number): Promise<Arrival[]> {
  const seen = sql`any(${sql.param(audiencesFor(reader, 'stream'))}::text[])`
  const rows = await db().execute<{
    post: string
    at: string
    entry: string
    sort_at: string
    platform: string
    source: string
    conversation: string | null
    backfill: boolean
  }>(sql`
    select p.id as post, p.first_seen_at as at, e.id as entry, e.sort_at, e.platform, p.source_id as source,
      p.conversation ->> 'title' as conversation, s.first_read_at is null or p.first_seen_at < s.first_read_at as backfill
    from posts p join entries e on e.id = p.entry_id join sources s on s.id = p.source_id
    where p.first_seen_at > ${since.toISOString()}::timestamptz
      and p.deleted_at is null and not p.author_hidden and p.audience = ${seen} and e.audience = ${seen}
      and ${inLanes(lanesFor(reader, filter))}
    order by p.first_seen_at desc, p.id desc limit ${limit}`)
  return rows.map((row) => ({
    post: Number(row.post),
    at: new Date(row.at),
    entry: { id: Number(row.entry), sortAt: new Date(row.sort_at) },
    platform: row.platform,
    sourceId: Number(row.source),
    conversation: row.conversation,
    backfill: row.backfill,
  }))
}
