import { eq, sql } from 'drizzle-orm'
import { textArray } from './lanes.ts'
import type { Audience, ReplyTo } from './post.ts'
import { preparedRows } from './prepared.ts'
import { forReaders } from './replicas.ts'
import { entries, posts } from './schema.ts'

/** As long as a parent line is. */
const LINE_CHARACTERS = 200

const UNAVAILABLE: ReplyTo = { state: 'unavailable', externalId: null, url: null, author: null, text: null, rootExternalId: null }

const parentColumns = {
  platform: posts.platform,
  externalId: posts.externalId,
  url: posts.url,
  author: posts.author,
  title: posts.title,
  text: posts.text,
  deletedAt: posts.deletedAt,
  authorHidden: posts.authorHidden,
  audience: posts.audience,
  entryAudience: entries.audience,
}

type Answer = { platform: string; replyTo: ReplyTo | null }

/**
 * Fills in the parent line of answers whose platform named only what they answer, where that is here and the reader
 * may see it; of a parent that is gone nothing is left. The rest stays as it was told, and so does an answer to what they may
 * not see: it looks as if that had never come.
 */
export async function withParents<Row extends Answer>(rows: Row[], audiences: Audience[]): Promise<Row[]> {
  const wanted = rows.flatMap(({ platform, replyTo }) => (isBare(replyTo) ? { platform, externalId: replyTo.externalId } : []))
  if (wanted.length === 0) return rows
  const named = sql`select * from unnest(${textArray(wanted.map(({ platform }) => platform))}, ${textArray(wanted.map(({ externalId }) => externalId))})`
  const found = await preparedRows(
    forReaders(),
    parentColumns,
    sql`from ${posts} join ${entries} on ${eq(entries.id, posts.entryId)} where (${posts.platform}, ${posts.externalId}) in (${named})`,
  )
  const parents = new Map(found.map((parent) => [`${parent.platform} ${parent.externalId}`, parent]))
  return rows.map((row) => {
    const parent = isBare(row.replyTo) ? parents.get(`${row.platform} ${row.replyTo.externalId}`) : undefined
    if (!parent || !row.replyTo) return row
    if (!audiences.includes(parent.audience) || !audiences.includes(parent.entryAudience)) return row
    if (parent.deletedAt || parent.authorHidden) return { ...row, replyTo: UNAVAILABLE }
    const text = (parent.title ?? parent.text).slice(0, LINE_CHARACTERS)
    return { ...row, replyTo: { ...row.replyTo, state: 'shown' as const, url: row.replyTo.url ?? parent.url, author: parent.author, text } }
  })
}

function isBare(replyTo: ReplyTo | null): replyTo is ReplyTo & { externalId: string } {
  return replyTo !== null && replyTo.state !== 'unavailable' && replyTo.text === null && replyTo.externalId !== null
}
