import { and, eq, gt, isNull, lt } from 'drizzle-orm'
import { db } from './client.ts'
import { heartbeats } from './running-schema.ts'

/** Gaps are told of for as long; older rows say nothing to anybody. */
const KEPT_MS = 90 * 86_400_000

/** A process says that it is alive. `id` is one of its own, made at its start. */
export async function beat(id: string, role: 'worker' | 'web', startedAt: Date, now: Date): Promise<void> {
  await db()
    .insert(heartbeats)
    .values({ id, role, startedAt, beatAt: now })
    .onConflictDoUpdate({ target: heartbeats.id, set: { beatAt: now } })
}

/** A process says that it stops. */
export async function fallSilent(id: string, now: Date): Promise<void> {
  await db().update(heartbeats).set({ beatAt: now, stoppedAt: now }).where(eq(heartbeats.id, id))
  await db()
    .delete(heartbeats)
    .where(lt(heartbeats.beatAt, new Date(now.getTime() - KEPT_MS)))
}

/** Whether any worker has given a sign of life in the last seconds. */
export async function workerAlive(withinSeconds: number, now: Date = new Date()): Promise<boolean> {
  const since = new Date(now.getTime() - withinSeconds * 1000)
  const found = await db()
    .select({ id: heartbeats.id })
    .from(heartbeats)
    .where(and(eq(heartbeats.role, 'worker'), gt(heartbeats.beatAt, since), isNull(heartbeats.stoppedAt)))
    .limit(1)
  return found.length > 0
}
