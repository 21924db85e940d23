import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { db, type Queryable } from './client.ts'
import { noteAnnounced } from './replicas.ts'

/** Also named in the triggers that note withdrawals, and changes of what else pages show. */
const CHANNEL = 'backplane_saved'

/** A notification that takes longer is lost; on one machine it takes a millisecond. */
const PATIENCE_MS = 2000

/**
 * Tells every web process, once this transaction is committed, that posts first seen at `at` were saved. The time is
 * told because the clocks of two machines differ: whoever looks for what is new knows how far back to look.
 */
export async function announceSaved(tx: Queryable, at: Date): Promise<void> {
  await tx.execute(sql`select pg_notify(${CHANNEL}, ${String(at.getTime())})`)
}

export type Hearing = {
  /** Sends a notification of its own and listens anew where it does not come. Whether it came; never throws. */
  check(): Promise<boolean>
  stop(): Promise<void>
}

/**
 * Hears what is announced, over one connection that it keeps for itself. `url` must lead to Postgres itself: PgBouncer
 * in transaction mode passes no notification on. The library listens again when its connection is lost, but gives up
 * when the first try fails, and notices nothing when packets vanish: hence `check`, to be called now and then.
 */
export function hear(url: string, told: (at: Date | null) => void): Hearing {
  const awaited = new Map<string, () => void>()
  const listen = () => {
    const client = postgres(url, {
      max: 1,
      prepare: false,
      onnotice: () => {},
      connect_timeout: 5,
      connection: { application_name: 'backplane live' },
    })
    const hearOne = (payload: string) => {
      awaited.get(payload)?.()
      // Other web processes check their hearing, too.
      if (payload.startsWith('check ')) return
      noteAnnounced()
      told(/^\d+$/.test(payload) ? new Date(Number(payload)) : null)
    }
    // What was announced before it listened (again) is not told: whoever hears looks once by themselves.
    const listening = client.listen(CHANNEL, hearOne, () => told(null)).catch(() => null)
    return { client, listening }
  }
  let life = listen()
  let stopped = false
  const check = async () => {
    const payload = `check ${randomUUID()}`
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), PATIENCE_MS)
    awaited.set(payload, () => resolve(true))
    await life.listening
    db()
      .execute(sql`select pg_notify(${CHANNEL}, ${payload})`)
      .catch(() => resolve(false))
    const heard = await promise
    clearTimeout(timer)
    awaited.delete(payload)
    if (!heard && !stopped) {
      life.client.end({ timeout: 0 }).catch(() => {})
      life = listen()
    }
    return heard
  }
  return {
    check,
    stop: async () => {
      stopped = true
      await life.client.end({ timeout: 0 })
    },
  }
}
