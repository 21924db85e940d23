import { notLike, sql } from 'drizzle-orm'
import { db } from './client.ts'
import { sources } from './sources-schema.ts'

/** What the key of each source of the demo begins with. */
export const DEMO_KEY = 'demo:'

/** The database holds a source that no demo declared: what is in it is not ours to throw away. */
export class NotTheDemoError extends Error {}

/** Empties the demo's own database of posts and sources, tombstones included. Throws NotTheDemoError at any other. */
export async function clearDemo(): Promise<void> {
  await db().transaction(async (tx) => {
    const [real] = await tx
      .select({ name: sources.name })
      .from(sources)
      .where(notLike(sources.key, `${DEMO_KEY}%`))
      .limit(1)
    if (real) throw new NotTheDemoError(`This database reads “${real.name}”, which is no source of the demo: nothing in it was touched.`)
    // Ids go on from where they were, so that no feed reader takes a new post for one that it has seen.
    await tx.execute(sql`truncate entries, entry_lanes, posts, copy_keys, tombstones, author_states, sources cascade`)
  })
}
