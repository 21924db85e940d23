import { randomUUID } from 'node:crypto'
import type { Batch, Connector } from '#connectors/contract'
import { connectorErrorOf, type Http } from '#connectors/http'
import { connectorOf } from '#connectors/registry'
import type { ConnectorError } from '#connectors/trouble'
import { sharedNow } from '#db/clock'
import { endOutage, noteOutage } from '#db/gaps'
import { FencedError, saveBatch } from '#db/save-batch'
import type { RunNote } from '#db/source-runs'
import { claimSource, reportRun, type SourceRow } from '#db/sources'
import { withoutHidden } from '../hidden.ts'
import { log } from '../log.ts'
import { databaseSentence } from '../postgres/database-sentence.ts'
import { writeDownDeletions } from '../postgres/deletions-journal.ts'
import { withoutSecrets, withSecrets } from '../secrets.ts'
import { bodyDays, withoutOldBody } from './bodies.ts'
import { purseOf } from './purse.ts'
import { keepRenewed } from './renewed.ts'
import { ruleThatAdmits } from './rules.ts'
import type { ShortLinks } from './short-links.ts'

/** What a run came to. `error` is null when the source was read to the end, or to the abort of a live read. */
export type RunReport = {
  source: SourceRow
  added: number
  changed: number
  removed: number
  error: ConnectorError | null
  /** The platform asks not to be read more often than this. */
  everySeconds: number | null
}

/** The process's way out, and what tells it to stop. `changed` hears when what the sources page shows has changed. */
export type Reach = {
  http: Http
  signal: AbortSignal /** Follows shortened links. */
  links?: ShortLinks
  changed?: (sourceId: number) => void
}

const DAY_MS = 86_400_000
/** While a stream is quiet, its source still says every so often that it is alive. */
const LIVE_SIGN_MS = 30_000

/**
 * Reads a source once (a poll), or until aborted (live): every batch is saved with its cursor before the next is
 * asked for. The only place where a connector's errors are caught. Null when the source is paused or gone, or when
 * another worker took it over meanwhile.
 */
export async function ingest(sourceId: number, reach: Reach): Promise<RunReport | null> {
  const holder = randomUUID()
  const source = await claimSource(sourceId, holder, sharedNow())
  if (!source) return null
  const standing = keepStanding(source, holder, reach)
  const report: RunReport = { source, added: 0, changed: 0, removed: 0, error: null, everySeconds: null }
  try {
    const { shownAsIs } = connectorOf(source.platform)
    const days = await bodyDays(source)
    for await (const batch of batchesOf(source, { ...reach, ...standing })) {
      const posts = shownAsIs ? batch.posts : await reach.links?.followed(batch.posts, reach.signal)
      const admitted = (posts ?? batch.posts).map((post) => ({
        post: withoutOldBody(post, days, sharedNow()),
        rule: ruleThatAdmits(post, source.rules),
      }))
      if (batch.renewed) keepRenewed(source, batch.renewed)
      const now = sharedNow()
      const covered = batch.covered && { from: batch.covered.from, to: earlier(batch.covered.to, now) }
      const saved = await saveBatch({ ...source, firstReadAt: standing.firstReadAt() }, holder, { ...batch, covered, admitted }, now)
      if (saved.removed > 0 || (batch.authors ?? []).length > 0) await writeDownDeletions()
      report.added += saved.added
      report.changed += saved.changed
      report.removed += saved.removed
      report.everySeconds = batch.everySeconds ?? report.everySeconds
      if ((batch.notice ?? null) !== source.notice) standing.tell({ notice: batch.notice ?? null })
      if (saved.added + saved.changed + saved.removed > 0) log.info({ source: source.name, ...saved }, 'saved')
    }
    if (!reach.signal.aborted) standing.caughtUp()
  } catch (error) {
    if (error instanceof FencedError) return null
    if (!(error instanceof Failed)) {
      log.error({ source: source.name }, databaseSentence(error))
      throw error
    }
    if (!reach.signal.aborted) {
      report.error = error.cause
      standing.failed(error.cause)
      log.warn({ source: source.name, trouble: error.cause.trouble, failures: source.failures + 1 }, error.cause.message)
      if (error.unforeseen) log.error({ source: source.name, err: error.unforeseen }, 'an error that the connector did not foresee')
    }
  } finally {
    await standing.settled()
  }
  return report
}

/** Nobody has seen what is to come: a connector goes by its machine's clock, which may be ahead. */
function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}

/** A connector failed. Kept apart from what fails on our side: a lost database is no trouble of the platform. */
class Failed extends Error {
  override readonly cause: ConnectorError
  readonly unforeseen: unknown
  constructor(error: unknown, source: SourceRow) {
    super('a connector failed')
    this.cause = connectorErrorOf(error, source.name)
    // It is shown on the page of sources, and kept.
    this.cause.message = withoutHidden(this.cause.message)
    this.unforeseen = this.cause.cause === error && !(error instanceof Error && error.cause) ? error : null
  }
}

type Standing = ReturnType<typeof keepStanding>

async function* batchesOf(source: SourceRow, reach: Reach & Standing): AsyncGenerator<Batch, void, void> {
  const connector = connectorOf(source.platform)
  try {
    const settings = await settingsOf(connector, source, reach)
    yield* connector.read({
      http: reach.http,
      signal: reach.signal,
      now: sharedNow,
      settings,
      permission: source.permission,
      cursor: source.cursor,
      backfill: { since: new Date(sharedNow().getTime() - source.rules.backfill.days * DAY_MS), posts: source.rules.backfill.posts },
      everySeconds: source.everySeconds,
      mode: reach.mode,
      caughtUp: reach.caughtUp,
      purse: purseOf(source, 'reads'),
    })
  } catch (error) {
    throw new Failed(error, source)
  }
}

/** Settings with secrets; looked up on the platform once, and kept without the secrets. */
async function settingsOf(connector: Connector, source: SourceRow, { http, signal, tell }: Reach & Standing): Promise<unknown> {
  const stored = source.resolved ?? source.settings
  const settings = connector.settings.parse(withSecrets(stored))
  if (source.resolved || !connector.resolve) return settings
  const resolved = await connector.resolve(settings, { http, signal })
  const name = source.nameGiven ? source.name : connector.describe(resolved)
  tell({ resolved: withoutSecrets(resolved as { [key: string]: unknown }, source.settings), name })
  return resolved
}

/** Writes how the source fares, in order, as long as this run holds it. */
function keepStanding(source: SourceRow, holder: string, { changed }: Reach) {
  let startedAt: number | null = Date.now()
  // How long a live read takes that catches up again after a lost connection, only its connector knows.
  const tookMs = () => {
    const took = startedAt === null ? 0 : Date.now() - startedAt
    startedAt = null
    return took
  }
  let firstReadAt = source.firstReadAt
  let told: Promise<unknown> = Promise.resolve()
  let sign: NodeJS.Timeout | undefined
  const tell = (change: Parameters<typeof reportRun>[2], besides?: () => Promise<void>, note?: RunNote) => {
    told = told
      .then(() => reportRun(source.id, holder, change, note))
      .then(() => besides?.())
      .then(() => changed?.(source.id))
      .catch((error: unknown) => log.warn({ source: source.name, err: error }, 'could not write how the source fares'))
  }
  const caughtUp = () => {
    const now = sharedNow()
    firstReadAt ??= now
    const well = { lastSuccessAt: now, firstReadAt, failures: 0, trouble: null, error: null }
    tell(well, () => endOutage(source.id, now), { runs: 1, tookMs: tookMs() })
  }
  return {
    tell,
    caughtUp,
    firstReadAt: () => firstReadAt,
    mode(mode: 'live' | 'polled' | 'away', reason?: string) {
      clearInterval(sign)
      // A connection that stands is itself a sign; before the first read was complete it is none that counts.
      const seen = mode === 'live' && firstReadAt !== null && { lastSuccessAt: sharedNow() }
      tell({ mode, modeReason: reason ?? null, ...seen }, async () => {
        if (reason) await noteOutage(source.id, reason, sharedNow())
      })
      if (mode === 'live') sign = setInterval(() => tell({ lastSuccessAt: sharedNow() }), LIVE_SIGN_MS)
    },
    failed(error: ConnectorError) {
      const ill = { failures: source.failures + 1, trouble: error.trouble, error: error.message, mode: 'polled' as const }
      tell(ill, () => noteOutage(source.id, error.message, sharedNow()), { runs: 1, failures: 1, tookMs: tookMs() })
    },
    async settled() {
      clearInterval(sign)
      await told
    },
  }
}
