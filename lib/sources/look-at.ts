// From the first try to what is shown of it: longer than most files, because a look that ends half way must say how far it came.
import type { Lack } from '#connectors/contract'
import type { Http } from '#connectors/http'
import { connectorOf } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import type { Post } from '#db/post'
import type { DeclaredSource } from '#db/sources'
import { canonical, withoutSecrets, withSecrets } from '../secrets.ts'
import { leastOf, type Meaning } from './meaning.ts'
import { declaredBy, entryInYaml, entryOf } from './source-entry.ts'

type Json = { [key: string]: unknown }

/** A source as it will be, before it is one. */
export type Look = {
  meaning: Meaning
  /** What was looked up, a sentence each, in order. */
  steps: string[]
  /** The entry as it would stand in the file of sources. */
  yaml: string
  source: DeclaredSource
  /** The newest, at most five, newest first; null where nobody may look yet. */
  posts: Post[] | null
  /** How many a day to expect; null where nothing was read. */
  perDay: number | null
  /** It will be followed as it happens, not asked every so often. */
  live: boolean
  /** Why it cannot be read just now; it may be added all the same. */
  trouble: string | null
  lacks: Lack[]
  /** Who permits it is asked with this. */
  letter: string | null
  /** The name of a source that reads the same already. */
  already: string | null
}

/** What was tried and did not work, with why. */
export type Tried = { meaning: Meaning; why: string; steps: string[] }

export type Reach = { http: Http; signal: AbortSignal }
/** Sources that are there, as a look-up knows them again. */
export type Present = Pick<DeclaredSource, 'platform' | 'name' | 'settings'> & { resolved?: Json | null; pausedAt?: Date | null }

const SHOWN = 5
/** So many tell how often there is a post; one page of any platform. */
const READ = 40
const DAY_MS = 86_400_000
const LATELY_DAYS = 30
/** A person waits: what does not answer by then is said not to. */
const LOOK_MS = 12_000

/**
 * Tries what something may mean, in order, until one can be read. Nothing is stored; who must be asked before reading
 * is neither looked up nor read. Where none can be read, the first that may come right by itself is offered all the same.
 */
export async function lookAt(meanings: Meaning[], reach: Reach, present: Present[]): Promise<{ look: Look | null; tried: Tried[] }> {
  const tried: Tried[] = []
  let waiting: Look | null = null
  for (const meaning of meanings) {
    const steps: string[] = []
    try {
      const look = await lookOnce(meaning, steps, reach, present)
      if (look.trouble === null) return { look, tried }
      waiting ??= look
      tried.push({ meaning, why: look.trouble, steps })
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      tried.push({ meaning, why: error.message, steps })
    }
  }
  const { platform, settings } = waiting?.meaning ?? {}
  return { look: waiting, tried: tried.filter(({ meaning }) => meaning.platform !== platform || meaning.settings !== settings) }
}

/** Throws `refused` and `malformed`, which stay as they are until somebody does something else. */
async function lookOnce(meaning: Meaning, steps: string[], reach: Reach, present: Present[]): Promise<Look> {
  const connector = connectorOf(meaning.platform)
  const declared = declaredSource(entryInYaml(entryOf(meaning.platform, meaning.settings, null)))
  const settings = connector.settings.parse(withSecrets(declared.settings))
  const about = {
    meaning,
    steps,
    live: connector.live?.(settings) ?? false,
    lacks: connector.lacks?.(settings) ?? [],
    letter: declared.permission ? null : (connector.letter?.(settings) ?? null),
  }
  // Who may have to be asked first is not visited for a look.
  if (connector.off) {
    const yaml = entryInYaml(entryOf(meaning.platform, meaning.settings, null))
    return { ...about, yaml, source: declared, posts: null, perDay: null, trouble: null, already: nameOfSame(declared, null, present) }
  }
  const signal = AbortSignal.any([reach.signal, AbortSignal.timeout(LOOK_MS)])
  const step = (words: string) => steps.push(words)
  let resolved: Json | null = null
  let trouble: string | null = null
  let read: Post[] = []
  try {
    if (connector.resolve) resolved = (await connector.resolve(settings, { http: reach.http, signal, step })) as Json
    read = await newest(meaning.platform, resolved ?? settings, { ...reach, signal })
  } catch (error) {
    reach.signal.throwIfAborted()
    if (signal.aborted) trouble = `${connector.host(settings)} did not answer within ${LOOK_MS / 1000} s`
    else if (error instanceof ConnectorError && (error.trouble === 'unavailable' || error.trouble === 'rate-limited'))
      trouble = error.message
    else throw error
  }
  const found = resolved && withoutSecrets(resolved, declared.settings)
  const name = connector.describe(resolved ?? settings)
  const yaml = entryInYaml(entryOf(meaning.platform, meaning.settings, found, { name }))
  const source = declaredSource(yaml)
  return {
    ...about,
    // What it turned out to be: a page's feed is a feed.
    meaning: { ...meaning, name, kind: connector.kind?.(resolved ?? settings) ?? meaning.kind },
    yaml,
    source,
    posts: trouble ? null : read.slice(0, SHOWN),
    perDay: trouble ? null : perDayOf(read, new Date()),
    trouble,
    already: nameOfSame(source, found, present),
  }
}

function declaredSource(yaml: string): DeclaredSource {
  const declared = declaredBy(yaml)
  if (typeof declared === 'string') throw new ConnectorError('refused', declared)
  return declared
}

/** A first read that nobody keeps, the newest first; a live source is read over REST and not followed. */
async function newest(platform: string, settings: unknown, { http, signal }: Reach): Promise<Post[]> {
  const caughtUp = new AbortController()
  const posts: Post[] = []
  const batches = connectorOf(platform).read({
    http,
    signal: AbortSignal.any([signal, caughtUp.signal]),
    settings,
    permission: null,
    cursor: null,
    backfill: { since: new Date(0), posts: READ },
    everySeconds: 3600,
    mode: () => {},
    caughtUp: () => caughtUp.abort(),
  })
  try {
    for await (const batch of batches) posts.push(...batch.posts)
  } catch (error) {
    if (!caughtUp.signal.aborted) throw error
  }
  signal.throwIfAborted()
  return posts.toSorted((one, other) => timeOf(other) - timeOf(one))
}

function timeOf({ publishedAt }: Post): number {
  return publishedAt?.getTime() ?? Number.POSITIVE_INFINITY
}

/** Of the last thirty days, or of as far back as was read. */
export function perDayOf(posts: Pick<Post, 'publishedAt'>[], now: Date): number {
  const ages = posts.flatMap(({ publishedAt }) => (publishedAt ? [(now.getTime() - publishedAt.getTime()) / DAY_MS] : []))
  const days = ages.length >= READ ? Math.min(LATELY_DAYS, Math.max(...ages)) : LATELY_DAYS
  return ages.filter((age) => age <= days).length / Math.max(days, 1 / 24)
}

/** The source that reads the same, by what was declared or by what it was looked up to be. */
function nameOfSame({ platform, settings }: DeclaredSource, resolved: Json | null, present: Present[]): string | null {
  const forms = (some: (Json | null | undefined)[]) => some.flatMap((one) => (one ? [canonical(leastOf(platform, withoutTold(one)))] : []))
  const ours = forms([settings, resolved])
  const same = present.find(
    (one) => one.platform === platform && !one.pausedAt && forms([one.settings, one.resolved]).some((form) => ours.includes(form)),
  )
  return same?.name ?? null
}

/** What the platform told of itself, and may tell otherwise tomorrow, makes no other source. */
const TOLD = ['label', 'handle', 'title', 'domain', 'streaming', 'accountId']

function withoutTold(settings: Json): Json {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !TOLD.includes(key)))
}
