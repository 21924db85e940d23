import { noticeBreakdowns } from '#db/breakdowns'
import { endOutage, noteOutage } from '#db/gaps'
import { saveBatch } from '#db/save-batch'
import { reportRun, type SourceRow } from '#db/sources'
import type { Admitted } from '#db/store-posts'
import type { DemoSource } from './demo-file.ts'

/** A source of the demo, up to when it was read, and when it is due. */
export type Held = { row: SourceRow; declared: DemoSource; readAt: Date; dueAt: Date; failures: number }

/** While a stream is quiet, its source still says every so often that it is alive. */
const LIVE_SIGN_MS = 30_000
const RETRY_MS = 14 * 60_000
const DAY_MS = 86_400_000

/** Saves posts as a run of this source would, first seen at `now`; what came before counts as seen whole, but for its outage. */
export async function save(held: Held, holder: string, admitted: Admitted[], now: Date, deleted: string[] = []): Promise<void> {
  await saveBatch(held.row, holder, { admitted, deleted, authors: [], covered: coveredTo(held, now), unreadable: [], cursor: null }, now)
}

function coveredTo({ readAt, declared: { outage } }: Held, now: Date): { from: Date; to: Date } {
  if (!outage || readAt >= outage.to) return { from: readAt, to: now }
  if (now >= outage.to) return { from: outage.to, to: now }
  return { from: readAt, to: now < outage.from ? now : outage.from }
}

/** It broke down, and is read again: both at their times. */
export async function breakDown({ row, declared: { outage } }: Held, holder: string): Promise<void> {
  if (!outage) return
  const { from, to, error } = outage
  await noteOutage(row.id, error, from)
  await reportRun(row.id, holder, { trouble: 'unavailable', error })
  await noticeBreakdowns(new Date(from.getTime() + DAY_MS + 60_000))
  await reportRun(row.id, holder, { trouble: null, error: null, lastSuccessAt: to })
  await endOutage(row.id, to)
  await noticeBreakdowns(to)
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
