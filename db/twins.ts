import { sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import type { Post } from './post.ts'
import { aliases } from './schema.ts'
import type { SourceRow } from './sources.ts'

/** Clocks of people's machines, beyond how exactly a telling knows its time. */
const SKEW_SECONDS = 120

type Line = { id: number; key: string; who: string; text: string; at: number; precision: number }

/**
 * Finds, among posts that are not known by their externalId, those that are: the same line, told by a live connection
 * and by logs, is who said what about when, each told line standing for one stored line, in order. What is found is
 * kept as an alias, so that telling it again changes nothing. Returns post ids by externalId.
 */
export async function findTwins(tx: Queryable, source: SourceRow, unknown: Post[]): Promise<Map<string, number>> {
  const lines = unknown.flatMap((post) => {
    const { conversation, precisionSeconds, publishedAt } = post
    return conversation && precisionSeconds !== null && publishedAt
      ? { post, key: conversation.key, precision: precisionSeconds, at: publishedAt.getTime() }
      : []
  })
  if (lines.length === 0) return new Map()
  lines.sort((a, b) => a.at - b.at)
  const stored = await storedLines(tx, source, lines)
  const twins = new Map<string, number>()
  for (const { post, key, precision, at } of lines) {
    const candidates = stored.get(lineKey(key, post.author.handle, post.text)) ?? []
    const near = candidates.findIndex((line) => Math.abs(line.at - at) <= (Math.max(line.precision, precision) + SKEW_SECONDS) * 1000)
    const [twin] = near < 0 ? [] : candidates.splice(near, 1)
    if (twin) twins.set(post.externalId, twin.id)
  }
  if (twins.size > 0)
    await tx
      .insert(aliases)
      .values([...twins].map(([externalId, postId]) => ({ platform: source.platform, externalId, postId, sourceId: source.id })))
      .onConflictDoNothing()
  return twins
}

/** What others told of these conversations around these times, less what this source told already: it repeats nothing. */
async function storedLines(
  tx: Queryable,
  source: SourceRow,
  lines: { key: string; precision: number; at: number }[],
): Promise<Map<string, Line[]>> {
  const widestMs = (Math.max(...lines.map(({ precision }) => precision), 60) + SKEW_SECONDS) * 1000
  const from = new Date((lines[0]?.at ?? 0) - widestMs).toISOString()
  const to = new Date((lines.at(-1)?.at ?? 0) + widestMs).toISOString()
  const rows = await tx.execute<{ id: string; key: string; who: string; text: string; at: string; precision: number }>(sql`
    select p.id, e.conversation as key, p.author ->> 'handle' as who, p.text, p.sort_at as at, p.precision_seconds as precision
    from entries e join posts p on p.entry_id = e.id
    where e.platform = ${source.platform} and e.conversation = any(${sql.param([...new Set(lines.map(({ key }) => key))])}::text[])
      and e.last_at >= ${from}::timestamptz and e.sort_at <= ${to}::timestamptz
      and p.sort_at between ${from}::timestamptz and ${to}::timestamptz
      and p.precision_seconds is not null and p.source_id <> ${source.id}
      and not exists (select 1 from aliases a where a.post_id = p.id and a.source_id = ${source.id})
    order by p.sort_at, p.id`)
  const found = rows.map((row) => ({ ...row, id: Number(row.id), at: new Date(row.at).getTime() }))
  return Map.groupBy(found, ({ key, who, text }) => lineKey(key, who, text))
}

function lineKey(...parts: string[]): string {
  return JSON.stringify(parts)
}
