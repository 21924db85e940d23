import type { Batch, Run } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { filesIn, filesOfChannel } from './log-files.ts'
import { readLogs } from './read-logs.ts'
import type { Logs } from './settings.ts'

/** A channel is seldom so quiet that nobody even comes or goes; a program that died is. */
const SILENCE_MS = 24 * 3_600_000

/**
 * Reads what a folder of logs has got since the last time. A first reading goes back as far as every source's does. Of
 * what was said after the files were last written nothing is known: it may be that nothing was, or that nobody logs.
 */
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
  const ofChannel = filesOfChannel(found, folder, settings.channel)
  const writtenAt = new Date(Math.min(askedAt.getTime(), Math.max(...ofChannel.map(({ changedAt }) => changedAt.getTime()))))
  const files = ofChannel.filter(({ changedAt }) => since === null || changedAt >= since)
  const knownUntil = typeof until === 'string' ? new Date(until) : null
  let last: Batch | null = null
  let begin: Date | null = null
  for await (const batch of readLogs({ files, settings, permitted: permission !== null, cursor, signal, following: true, since })) {
    begin ??= batch.posts[0]?.publishedAt ?? null
    if (last) yield { ...last, cursor: { ...last.cursor, ...(knownUntil && { until }) } }
    last = batch
  }
  // Whole only once all was read.
  if (!last || signal.aborted) return
  const from = knownUntil && begin && begin.getTime() - knownUntil.getTime() > SILENCE_MS ? begin : (knownUntil ?? backfill.since)
  const covered = from < writtenAt ? { from, to: writtenAt } : null
  const reached = covered?.to ?? knownUntil
  const isSilent = askedAt.getTime() - writtenAt.getTime() > SILENCE_MS
  yield {
    ...last,
    covered,
    cursor: { ...last.cursor, ...(reached && { until: reached.toISOString() }) },
    ...(isSilent && { notice: `No new lines in the log files since ${inWords(writtenAt)}: does the program that writes them still run?` }),
  }
}

/** `2026-11-22 16:02 UTC` */
function inWords(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
