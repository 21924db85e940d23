import { noteOutage } from '#db/gaps'
import { saveBatch } from '#db/save-batch'
import { reportRun, type SourceRow } from '#db/sources'
import type { Admitted } from '#db/store-posts'
import type { DemoSource } from './demo-file.ts'

/** A source of the demo, up to when it was read, and when it is due. */
export type Held = { row: SourceRow; declared: DemoSource; readAt: Date; dueAt: Date; failures: number }

/** While a stream is quiet, its source still says every so often that it is alive. */
const LIVE_SIGN_MS = 30_000
const RETRY_MS = 14 * 60_000

/** Saves posts as a run of this source would, first seen at `now`; what came before counts as seen whole. */
export async function save({ row, readAt }: Held, holder: string, admitted: Admitted[], now: Date): Promise<void> {
  const covered = { from: readAt, to: now }
  await saveBatch(row, holder, { admitted, deleted: [], authors: [], covered, unreadable: [], cursor: null }, now)
}

/** What a source says of itself once its week is there. */
export async function introduce(held: Held, holder: string, weekAgo: Date, now: Date): Promise<void> {
  const { mode, modeReason, notice, lastPostAt, failing } = held.declared
  await reportRun(held.row.id, holder, { mode, modeReason, notice, firstReadAt: weekAgo, ...(lastPostAt && { lastPostAt }) })
  if (!failing) return succeed(held, holder, [], now)
  await save(held, holder, [], failing.since)
  await reportRun(held.row.id, holder, { mode: 'polled', lastSuccessAt: failing.since })
  for (let tried = 1; tried < failing.failures; tried++) await noteOutage(held.row.id, failing.error, failing.since)
  await failAgain(held, holder, now)
}

/** It answered, at `now`, with `admitted`. */
export async function succeed(held: Held, holder: string, admitted: Admitted[], now: Date): Promise<void> {
  await save(held, holder, admitted, now)
  const live = held.declared.mode === 'live'
  held.readAt = now
  held.dueAt = new Date(now.getTime() + (live ? LIVE_SIGN_MS : held.row.everySeconds * 1000))
  await reportRun(held.row.id, holder, { lastAttemptAt: now, lastSuccessAt: now, nextRunAt: live ? null : held.dueAt })
}

/** It was asked again, at `now`, and did not answer. */
export async function failAgain(held: Held, holder: string, now: Date): Promise<void> {
  const { trouble, error } = held.declared.failing ?? {}
  held.dueAt = new Date(now.getTime() + RETRY_MS)
  await reportRun(held.row.id, holder, { trouble, error, failures: held.failures++, lastAttemptAt: now, nextRunAt: held.dueAt })
  if (error) await noteOutage(held.row.id, error, now)
}
