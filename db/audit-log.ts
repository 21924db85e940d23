import { desc, lt } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db } from './client.ts'
import { auditLog } from './running-schema.ts'

export type Deed = Omit<typeof auditLog.$inferSelect, 'id'>

const KEPT_MS = 365 * 86_400_000
/** More than anybody reads; what is older is in the database for who looks for it there. */
const SHOWN = 1000

/** Writes down what an owner did; `who`, `what` and `about` as the table says. */
export async function noteDeed(deed: Omit<Deed, 'at'>, now: Date): Promise<void> {
  await db()
    .insert(auditLog)
    .values({ ...deed, at: now })
}

/** The newest deeds first, for owners; nothing for anybody else. */
export async function listDeeds(reader: Reader): Promise<Deed[]> {
  if (reader.role !== 'owner') return []
  const { at, who, what, about } = auditLog
  return db().select({ at, who, what, about }).from(auditLog).orderBy(desc(auditLog.at), desc(auditLog.id)).limit(SHOWN)
}

/** Deeds are kept for a year. */
export async function forgetDeeds(now: Date): Promise<void> {
  await db()
    .delete(auditLog)
    .where(lt(auditLog.at, new Date(now.getTime() - KEPT_MS)))
}
