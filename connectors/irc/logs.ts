import type { Batch, Run } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { filesIn, filesOfChannel } from './log-files.ts'
import { readLogs } from './read-logs.ts'
import type { Logs } from './settings.ts'

/** Reads what a folder of logs has got since the last time. A first reading goes back as far as every source's does. */
export async function* follow(run: Run<Logs>): AsyncGenerator<Batch, void, void> {
  const { settings, permission, signal, backfill } = run
  const folder = settings.logs ?? '.'
  const askedAt = new Date()
  const found = await filesIn([folder]).catch((error: Error) => {
    throw new ConnectorError('refused', `The folder of logs ${folder} cannot be read: ${error.message}`)
  })
  if (found.length === 0) throw new ConnectorError('refused', `There is no log in ${folder}`)
  const { until, ...cursor } = run.cursor ?? {}
  const first = run.cursor === null
  const since = first ? backfill.since : null
  const files = filesOfChannel(found, folder, settings.channel).filter(({ changedAt }) => since === null || changedAt >= since)
  const from = typeof until === 'string' ? new Date(until) : backfill.since
  let last: Batch | null = null
  for await (const batch of readLogs({ files, settings, permitted: permission !== null, cursor, signal, following: true, since })) {
    if (last) yield { ...last, cursor: { ...last.cursor, ...(typeof until === 'string' && { until }) } }
    last = batch
  }
  // Whole only once all was read.
  if (last && !signal.aborted) yield { ...last, covered: { from, to: askedAt }, cursor: { ...last.cursor, until: askedAt.toISOString() } }
}
