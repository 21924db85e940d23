import { sql } from 'drizzle-orm'
import { db } from './client.ts'

/** Clocks that are as close to each other are taken for right: asking takes as long. */
const CLOSE_MS = 1000

let aheadMs = 0

/**
 * The time, by the clock that all processes share: where this machine's differs from the database's by more than a second,
 * the database's. What is saved takes its place by when it was first seen, and who is to do what when is agreed on by
 * times: a worker whose clock is wrong would order the timeline wrongly, and ask platforms without a pause or never.
 */
export function sharedNow(): Date {
  return new Date(Date.now() - aheadMs)
}

/** Asks the database how late it is; to be asked at the start and now and then. Returns by how many milliseconds this machine is ahead. */
export async function setClock(): Promise<number> {
  const askedAt = Date.now()
  const [row] = await db().execute<{ now: string }>(sql`select extract(epoch from clock_timestamp()) * 1000 as now`)
  const ahead = Math.round((askedAt + Date.now()) / 2 - Number(row?.now ?? askedAt))
  aheadMs = Math.abs(ahead) > CLOSE_MS ? ahead : 0
  return aheadMs
}
