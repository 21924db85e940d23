import { and, asc, eq, isNull } from 'drizzle-orm'
import { db } from './client.ts'
import { sources } from './sources-schema.ts'

type SourceRow = typeof sources.$inferSelect

/** What the key of a source begins with that no file declares, because what it shows comes from people here. */
export const OWN_KEY = 'own:'

/**
 * The source of what people hand in of a platform, ready to be saved to: one that the file declares, else one of our own. Where
 * nobody holds it, it is held from now on by `holder`.
 */
export async function ownSource(
  declared: Pick<SourceRow, 'platform' | 'name' | 'settings' | 'rules' | 'everySeconds'>,
  holder: string,
  now: Date,
): Promise<SourceRow & { holder: string }> {
  const { platform } = declared
  // What is handed in is new from the first on.
  const own = { ...declared, key: `${OWN_KEY}${platform}`, firstReadAt: now, lastSuccessAt: now, holder }
  await db().insert(sources).values(own).onConflictDoNothing()
  const [row] = await db()
    .select()
    .from(sources)
    .where(and(eq(sources.platform, platform), isNull(sources.pausedAt)))
    .orderBy(asc(sources.id))
    .limit(1)
  if (!row) throw new Error(`The source of ${platform} was inserted a moment ago`)
  if (row.holder !== null) return { ...row, holder: row.holder }
  await db()
    .update(sources)
    .set({ holder })
    .where(and(eq(sources.id, row.id), isNull(sources.holder)))
  return { ...row, holder }
}
