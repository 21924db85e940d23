import type { Http } from '#connectors/http'
import { connectorOf } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import type { DeclaredSource } from '#db/sources'
import { withSecrets } from '../secrets.ts'
import { ago } from './source-health.ts'

/** How an entry stands on the network. `wrong`: somebody must change the file. */
export type Checked = {
  source: DeclaredSource
  state: 'alive' | 'silent' | 'moved' | 'gone' | 'no answer' | 'told to wait' | 'off' | 'paused'
  wrong: boolean
  words: string
}

/** A quarter without a word, of a source that is there. */
const SILENT_MS = 90 * 86_400_000
const CHECK_MS = 60_000
const AT_ONCE = 6

/** Reads each source once, and keeps nothing. What is off or paused is left alone. In the order of the file. */
export async function checkSources(sources: DeclaredSource[], reach: { http: Http; signal: AbortSignal }, now: Date): Promise<Checked[]> {
  const checked: Checked[] = []
  const left = sources.map((source, place) => ({ source, place }))
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) checked[next.place] = await checkOne(next.source, reach, now)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return checked
}

async function checkOne(source: DeclaredSource, { http, signal }: { http: Http; signal: AbortSignal }, now: Date): Promise<Checked> {
  if (source.paused) return { source, state: 'paused', wrong: false, words: 'not read' }
  if (source.off) return { source, state: 'off', wrong: false, words: source.off }
  const connector = connectorOf(source.platform)
  const until = new AbortController()
  const time = AbortSignal.timeout(CHECK_MS)
  let last: Date | null = null
  let movedTo: string | null = null
  try {
    const settings = connector.settings.parse(withSecrets(source.settings))
    // Whoever must be asked has agreed, or it would be off; but a visit for a look is still one more.
    if (connector.off && connector.live?.(settings)) return { source, state: 'alive', wrong: false, words: 'live: not visited for a check' }
    if (connector.budget) return { source, state: 'alive', wrong: false, words: 'paid for by the post: not visited for a check' }
    const given = { http, signal: AbortSignal.any([signal, time]) }
    const resolved = connector.resolve ? await connector.resolve(settings, given) : settings
    const batches = connector.read({
      ...given,
      ...{ settings: resolved, permission: source.permission, cursor: null, everySeconds: 3600, mode: () => {} },
      signal: AbortSignal.any([given.signal, until.signal]),
      backfill: { since: new Date(0), posts: 5 },
      caughtUp: () => until.abort(),
    })
    for await (const batch of batches) {
      movedTo = batch.movedTo ?? movedTo
      for (const { publishedAt } of batch.posts) if (publishedAt && (!last || publishedAt > last)) last = publishedAt
    }
    given.signal.throwIfAborted()
  } catch (error) {
    signal.throwIfAborted()
    if (!until.signal.aborted) return failed(source, error)
  }
  if (movedTo) return { source, state: 'moved', wrong: true, words: `for good to ${movedTo}` }
  if (!last) return { source, state: 'silent', wrong: false, words: 'no post that says when' }
  const words = `last post ${last.toISOString().slice(0, 10)}, ${ago(last, now)}`
  return { source, state: now.getTime() - last.getTime() > SILENT_MS ? 'silent' : 'alive', wrong: false, words }
}

function failed(source: DeclaredSource, error: unknown): Checked {
  if (!(error instanceof ConnectorError))
    return { source, state: 'no answer', wrong: true, words: error instanceof Error ? error.message : String(error) }
  const { trouble, message: words } = error
  if (trouble === 'rate-limited') return { source, state: 'told to wait', wrong: false, words }
  return { source, state: trouble === 'unavailable' ? 'no answer' : 'gone', wrong: true, words }
}
