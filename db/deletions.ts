import { and, eq, gte, isNull } from 'drizzle-orm'
import { applyAuthorEvents } from './author-states.ts'
import { db } from './client.ts'
import { authorStates, tombstones } from './consent-schema.ts'
import { removePosts } from './remove-posts.ts'

/** A post, or a whole account, that is gone from its platform. */
export type Deletion = { kind: 'post' | 'account'; platform: string; key: string; at: Date }

/** What was found deleted where it stood since then, in no order; what is left out here by a wish is among the withholdings. */
export async function deletionsSince(since: Date): Promise<Deletion[]> {
  const posts = await db()
    .select({ platform: tombstones.platform, key: tombstones.externalId, at: tombstones.deletedAt })
    .from(tombstones)
    .where(and(gte(tombstones.deletedAt, since), isNull(tombstones.withholdingId)))
  const accounts = await db()
    .select({ platform: authorStates.platform, key: authorStates.authorId, at: authorStates.since })
    .from(authorStates)
    .where(and(gte(authorStates.since, since), eq(authorStates.state, 'deleted')))
  return [...posts.map((row) => ({ kind: 'post' as const, ...row })), ...accounts.map((row) => ({ kind: 'account' as const, ...row }))]
}

/** Does the same again in a database that has forgotten it. Returns how many posts went. */
export async function deleteAgain(deletions: Deletion[]): Promise<number> {
  let removed = 0
  for (const [platform, some] of Map.groupBy(deletions, (deletion) => deletion.platform)) {
    const last = new Date(Math.max(...some.map(({ at }) => at.getTime())))
    const keys = (kind: Deletion['kind']) => some.filter((deletion) => deletion.kind === kind).map(({ key }) => key)
    removed += await db().transaction(async (tx) => {
      const events = keys('account').map((authorId) => ({ authorId, change: 'deleted' as const }))
      return (await removePosts(tx, platform, keys('post'), last)) + (await applyAuthorEvents(tx, platform, events, last))
    })
  }
  return removed
}
