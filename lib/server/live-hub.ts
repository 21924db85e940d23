import { hear } from '#db/announce'
import { type Arrival, arrivedSince } from '#db/arrivals'
import type { Reader } from '#db/audience'
import type { Filter } from '#db/lanes'
import { noteAnnounced } from '#db/replicas'
import { sourcesKnownTo } from '#db/sources'
import { type Withdrawn, withdrawnSince } from '#db/withdrawn'
import { log } from '../log.ts'
import type { Mute } from '../reading/preferences.ts'
import { healthOf } from '../sources/source-health.ts'
import { mutedAmong } from './hidden-news.ts'
import { frameOf, framesOf, placeFrame } from './live-events.ts'

// Over 150 lines: one picture of who watches, and of when the database is asked for them.

/** One open page. */
export type Watcher = {
  /** It is told what was saved since then, in milliseconds; null once it was told everything up to now. */
  since: number | null
  /** What its reader muted is not told. */
  mutes: Mute[]
  write(frames: string): void
}

/** Everybody who sees the same: asked for once, told at once. */
type View = {
  reader: Reader
  filter: Filter
  watchers: Set<Watcher>
  /** Everything saved until then was told; null before the first look. Milliseconds. */
  upTo: number | null
  /** Posts that were told, and when they were saved: the overlap brings them again. */
  told: Map<number, number>
  gone: Map<number, number>
}

export type LiveHub = {
  /** Takes in a page; returns how it leaves. */
  watch(reader: Reader, filter: Filter, watcher: Watcher): () => void
  stop(): Promise<void>
}

/** Transactions commit out of order: what was saved this much earlier may be seen only now. */
export const OVERLAP_MS = 60_000
/** Batches come in bursts; a reader does not notice the wait. */
const DEBOUNCE_MS = 60
/** Looking takes at most a fifth of the time, however busy the ingest is. */
const REST = 4
/** But never longer than that: on a machine that is busy with other things a look takes long for no fault of its own. */
const LONGEST_REST_MS = 500
/** Views looked at together: the pages need the other connections. */
const AT_ONCE = 4
/** Posts told at once; a pill says “500+”. */
const MOST_POSTS = 500
/** Posts of a view that are remembered as told. */
const MOST_TOLD = 5000
/** Proxies close what is silent for longer. */
const SIGN_MS = 15_000
/** While notifications do not come, looking replaces them. */
const DEAF_MS = 2000

/**
 * Hears what is saved and tells it to whom it concerns. `url` leads to Postgres itself, as `hear` wants it. `heard` is told
 * at once that posts were saved at a time, or with null that something else changed, or may have, unheard.
 */
export function liveHub(url: string, heard: (at: Date | null) => void = () => {}): LiveHub {
  const views = new Map<string, View>()
  const health = new Map<string, Map<number, string>>()
  let earliest: number | null = null
  let waiting: NodeJS.Timeout | null = null
  let looking = false
  let restMs = DEBOUNCE_MS
  let stopped = false

  const lookSoon = () => {
    if (waiting || looking || stopped || views.size === 0) return
    waiting = setTimeout(async () => {
      waiting = null
      looking = true
      const from = earliest
      earliest = null
      const startedAt = Date.now()
      // Whoever is told asks at once for what they were told of.
      noteAnnounced()
      const whole = await lookAtAll([...views.values()], from)
      restMs = whole ? Math.min(LONGEST_REST_MS, Math.max(DEBOUNCE_MS, (Date.now() - startedAt) * REST)) : DEAF_MS
      if (!whole) earliest = Math.min(earliest ?? startedAt, from ?? startedAt)
      looking = false
      if (earliest !== null || [...views.values()].some(isBehind)) lookSoon()
    }, restMs)
  }
  const saved = (at: number) => {
    earliest = Math.min(earliest ?? at, at)
    lookSoon()
  }
  const hearing = hear(url, (at) => {
    heard(at)
    saved(at?.getTime() ?? Date.now())
  })

  let signedAt = Date.now()
  const sign = () => {
    // By the time of the last sign, and not of the last look: that would tell of saves that a reader may not see.
    const upTo = signedAt
    signedAt = Date.now()
    for (const view of views.values()) {
      const frame = view.upTo !== null && view.upTo >= upTo ? `:\n${placeFrame(upTo)}` : ':\n\n'
      for (const watcher of view.watchers) watcher.write(frame)
    }
    // Also without a notification, should one have been lost.
    saved(signedAt)
    tellHealth(views, health).catch((error: unknown) => log.debug({ err: error }, 'the state of the sources could not be told'))
  }
  const signs = setInterval(sign, SIGN_MS)

  let deaf = false
  let checks: NodeJS.Timeout
  const check = async () => {
    const hears = await hearing.check()
    if (stopped) return
    if (!hears && !deaf) log.warn('the database tells nothing of what is saved; until it does, it is asked every two seconds')
    deaf = !hears
    if (deaf) {
      heard(null)
      saved(Date.now())
    }
    checks = setTimeout(check, deaf ? DEAF_MS : SIGN_MS)
  }
  checks = setTimeout(check, SIGN_MS)

  return {
    watch(reader, filter, watcher) {
      const key = `${reader.role} ${JSON.stringify(filter)}`
      const view = views.get(key) ?? { reader, filter, watchers: new Set(), upTo: null, told: new Map(), gone: new Map() }
      views.set(key, view)
      view.watchers.add(watcher)
      lookSoon()
      return () => {
        view.watchers.delete(watcher)
        if (view.watchers.size === 0 && views.get(key) === view) views.delete(key)
      }
    },
    async stop() {
      stopped = true
      clearInterval(signs)
      clearTimeout(checks)
      if (waiting) clearTimeout(waiting)
      await hearing.stop()
    },
  }
}

function isBehind({ watchers }: View): boolean {
  return [...watchers].some(({ since }) => since !== null)
}

/** Whether all could be looked at. A look that fails leaves everything as it was: the next one sees the same. */
async function lookAtAll(views: View[], from: number | null): Promise<boolean> {
  const queue = views.values()
  let whole = true
  const worker = async () => {
    for (const view of queue)
      await look(view, from).catch((error: unknown) => {
        whole = false
        log.debug({ err: error }, 'what is new could not be asked for')
      })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return whole
}

/** Asks once for a view and tells each of its watchers what they do not have. `from`: a clock that is behind saved something. */
async function look(view: View, from: number | null): Promise<void> {
  const startedAt = Date.now()
  const newcomers = [...view.watchers].filter(({ since }) => since !== null)
  const floor = Math.min(view.upTo ?? startedAt, from ?? startedAt) - OVERLAP_MS
  const since = new Date(Math.min(floor, ...newcomers.map((newcomer) => newcomer.since ?? startedAt)))
  const [arrived, withdrawn] = await Promise.all([
    arrivedSince(view.reader, view.filter, since, MOST_POSTS),
    withdrawnSince(view.reader, since),
  ])
  const more = arrived.length === MOST_POSTS
  const upTo = placeFrame(startedAt)

  const news = arrived.filter(({ post, at }) => at.getTime() > floor && !view.told.has(post))
  const gone = withdrawn.filter(({ post, at }) => at.getTime() > floor && view.gone.get(post) !== at.getTime())
  const told = framesOf(news, idsOf(gone), more && news.length === MOST_POSTS)
  const unmuted = await withoutMuted(view, arrived)
  for (const watcher of view.watchers) {
    if (watcher.since !== null || told === '') continue
    const own = watcher.mutes.length === 0 ? told : framesOf(unmuted(watcher, news), idsOf(gone), more && news.length === MOST_POSTS)
    watcher.write(own + upTo)
  }
  for (const watcher of newcomers) {
    const after = watcher.since ?? startedAt
    // Of what a first read brought nothing is named by which a page could tell that it has it: no overlap.
    const missed = arrived.filter(({ at, backfill }) => at.getTime() > after + (backfill ? OVERLAP_MS : 0))
    watcher.since = null
    watcher.write(
      framesOf(unmuted(watcher, missed), idsOf(withdrawn.filter(({ at }) => at.getTime() > after)), more && missed.length === MOST_POSTS) +
        upTo,
    )
  }

  remember(view.told, arrived, startedAt)
  remember(view.gone, withdrawn, startedAt)
  view.upTo = startedAt
}

/** What arrived, less what a watcher's reader muted: asked once for all who muted the same. */
async function withoutMuted(view: View, arrived: Arrival[]) {
  const muted = new Map<string, Set<number>>()
  for (const { mutes } of view.watchers) {
    const key = JSON.stringify(mutes)
    if (mutes.length === 0 || muted.has(key)) continue
    const ids = arrived.map(({ post }) => post)
    muted.set(key, await mutedAmong(view.reader, ids, mutes, new Date()))
  }
  return ({ mutes }: Watcher, some: Arrival[]) => some.filter(({ post }) => !muted.get(JSON.stringify(mutes))?.has(post))
}

function idsOf(withdrawn: Withdrawn[]): number[] {
  return withdrawn.map(({ post }) => post)
}

/** What later looks will find again; the oldest are let go. */
function remember(told: Map<number, number>, found: (Arrival | Withdrawn)[], now: number): void {
  for (const { post, at } of found.toReversed()) told.set(post, at.getTime())
  for (const [post, at] of told) if (told.size > MOST_TOLD || at < now - 3 * OVERLAP_MS) told.delete(post)
}

/** Tells of the sources that fare otherwise than at the last look, to whom may know of them. */
async function tellHealth(views: Map<string, View>, known: Map<string, Map<number, string>>): Promise<void> {
  const byRole = Map.groupBy(views.values(), ({ reader }) => reader.role)
  for (const [role, ofRole] of byRole) {
    const now = new Date()
    const before = known.get(role)
    const states = (await sourcesKnownTo({ role })).map((source) => ({ source: source.id, ...healthOf(source, now) }))
    known.set(role, new Map(states.map(({ source, state }) => [source, state])))
    const changed = before ? states.filter(({ source, state }) => before.get(source) !== state) : []
    const frames = changed.map(({ source, state, words }) => frameOf('health', { source, state, words })).join('')
    if (frames !== '') for (const { watchers } of ofRole) for (const watcher of watchers) watcher.write(frames)
  }
  for (const role of known.keys()) if (![...byRole.keys()].some((watched) => watched === role)) known.delete(role)
}
