import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Queryable } from './client.ts'
import { type Copies, type MayBeCopy, speakerOf } from './copies.ts'
import { posts } from './schema.ts'
import { settleOrDrop } from './settle-entries.ts'

/** Posts that were placed together and stored, and with what they were compared then. */
export type PlacedTogether = { copies: Copies; ids: number[]; stored: (MayBeCopy & { id: number; entryId: number })[] }

/**
 * Folds what others saved while these posts were on their way: neither of two transactions sees what the other one writes,
 * and both have looked for copies before. So the last step before the commit is taken by one after the other, and is short;
 * whoever comes second finds what the first committed. To be called last in a transaction.
 */
export async function foldMeanwhile(tx: Queryable, placed: PlacedTogether[]): Promise<void> {
  if (placed.every(({ stored }) => stored.every(({ copyKeys }) => copyKeys === null))) return
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('copies'))`)
  for (const { copies, ids, stored } of placed) {
    if (!(await copies.savedMeanwhile(ids))) continue
    const moves = movesOf(copies, await asTheyAre(tx, stored))
    if (moves.size > 0) await moveEntries(tx, moves)
  }
}

type Stored = PlacedTogether['stored']

/** Those that were not taken back by the same batch, before whom they stand by now. */
async function asTheyAre(tx: Queryable, stored: Stored): Promise<Stored> {
  const rows = await tx
    .select({ id: posts.id, audience: posts.audience })
    .from(posts)
    .where(
      and(
        inArray(
          posts.id,
          stored.map(({ id }) => id),
        ),
        isNull(posts.deletedAt),
        eq(posts.authorHidden, false),
      ),
    )
  const audiences = new Map(rows.map(({ id, audience }) => [id, audience]))
  return stored.flatMap((post) => {
    const audience = audiences.get(post.id)
    return audience ? [{ ...post, audience }] : []
  })
}

/** Entries that began with one of these posts and say what an entry of others says: where each is to go. */
function movesOf(copies: Copies, stored: Stored): Map<number, number> {
  const moves = new Map<number, number>()
  const members = Map.groupBy(stored, ({ entryId }) => entryId)
  const taken = new Set<string>()
  for (const post of stored) {
    const into = post.id === post.entryId ? copies.entryOf(post) : null
    const together = members.get(post.entryId) ?? []
    if (into === null || !together.every((one) => copies.entryTakes(into, one) && !taken.has(`${into} ${speakerOf(one)}`))) continue
    for (const one of together) taken.add(`${into} ${speakerOf(one)}`)
    moves.set(post.entryId, into)
  }
  return moves
}

async function moveEntries(tx: Queryable, moves: Map<number, number>): Promise<void> {
  const pairs = sql`unnest(${sql.param([...moves.keys()])}::bigint[], ${sql.param([...moves.values()])}::bigint[]) as move(entry, target)`
  await tx.execute(sql`update posts set entry_id = move.target from ${pairs} where entry_id = move.entry`)
  await tx.execute(sql`
    update entries e set last_at = greatest(e.last_at, m.last_at)
    from (select move.target, max(e.last_at) as last_at from ${pairs} join entries e on e.id = move.entry group by 1) m
    where e.id = m.target`)
  await settleOrDrop(tx, [...moves.keys(), ...moves.values()])
}
