import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import type { DigestPlace, DigestPost } from '#db/digest-places'
import type { Gap } from '#db/gaps'
import { type Filter, lanesFor } from '#db/lanes'
import type { SourceRow } from '#db/sources'
import type { Place } from '#db/timeline'
import { healthOf, type SourceState } from '../sources/source-health.ts'
import { dateIn } from './digest-times.ts'

/** All that came in a span of time, for one kind of reader: what every digest of that span is taken from. */
export type DigestWindow = {
  reader: Reader
  /** It goes on. */
  open: boolean
  from: Date
  to: Date
  /** Oldest first. */
  places: DigestPlace[]
  gaps: Gap[]
  /** Those that the reader may know of. */
  sources: SourceRow[]
}

/** One reader's digest, before it is a mail or a page. Pure facts: what posts say is read when it is drawn. */
export type Digest = {
  from: Date
  to: Date
  /** More may come: `to` is now. */
  open: boolean
  /** Days of the reader's zone, oldest first; in each what belongs to one conversation stands together. */
  days: { date: string; at: Date; groups: DigestPlace[][] }[]
  posts: number
  /** In the order of the registry. */
  platforms: { id: string; name: string; posts: number }[]
  /** Oldest first. */
  gaps: Gap[]
  /** Sources that are not read on time now, and why. */
  late: { name: string; words: string }[]
  /** Entries with posts that are read on the site only. */
  kept: DigestPlace[]
  /** So many posts were left out, because their reader has read or muted them. */
  read: number
  /** Where reading goes on in the timeline; null where nothing was said. */
  last: Place | null
}

const LATE: SourceState[] = ['late', 'blocked', 'needs-you']
const FRESH_MS = 12 * 3_600_000

/** The digest of a reader with this filter, whose days are those of `zone` (IANA). */
export function digestOf(window: DigestWindow, { filter, zone, now }: { filter: Filter; zone: string; now: Date }): Digest {
  const { reader, from, to, open } = window
  const kinds = lanesFor(reader, filter).map((lanes) => new Set(lanes))
  const all = window.places.filter(({ lanes }) => kinds.every((kind) => lanes.some((lane) => kind.has(lane))))
  const places = all.filter(({ posts }) => posts.length > 0)
  const sources = window.sources.filter((source) => isAskedFor(source, filter))
  return {
    from,
    to,
    open,
    days: daysOf(places, zone),
    ...figuresOf(places),
    gaps: gapsOf(window.gaps, sources).toReversed(),
    // Of a day that is long over it says nothing how a source fares now.
    late: now.getTime() - to.getTime() > FRESH_MS ? [] : sources.flatMap((source) => lateness(source, now)),
    kept: all.filter(({ kept }) => kept.length > 0),
    read: 0,
  }
}

/** What becomes of a post for one reader: it is told, left out, or folded for a reason. */
export type Verdict = 'told' | 'left' | { muted: string }

/** The same digest as one reader gets it. An entry of which nothing changes stays the very object it was. */
export function narrowed(digest: Digest, judge: (post: DigestPost, place: DigestPlace) => Verdict): Digest {
  const own = (place: DigestPlace) => {
    const muted = new Map<number, string>()
    const left = (posts: DigestPost[]) =>
      posts.filter((post) => {
        const verdict = judge(post, place)
        if (typeof verdict === 'object') muted.set(post.id, verdict.muted)
        return verdict !== 'left'
      })
    const [posts, kept] = [left(place.posts), left(place.kept)]
    if (muted.size === 0 && posts.length === place.posts.length && kept.length === place.kept.length) return place
    return {
      ...place,
      posts,
      kept,
      muted,
      firstAt: new Date(posts[0]?.at ?? place.firstAt),
      before: place.before + place.posts.length - posts.length,
    }
  }
  const days = digest.days.flatMap(({ groups, ...day }) => {
    const some = groups.map((group) => group.map(own).filter(({ posts }) => posts.length > 0)).filter((group) => group.length > 0)
    return some.length > 0 ? [{ ...day, groups: some }] : []
  })
  const places = days.flatMap(({ groups }) => groups.flat())
  const told = { ...digest, days, ...figuresOf(places), kept: digest.kept.map(own).filter(({ kept }) => kept.length > 0) }
  return { ...told, read: digest.read + digest.posts - told.posts }
}

/** What is counted of entries, and where they end. */
function figuresOf(places: DigestPlace[]): Pick<Digest, 'posts' | 'platforms' | 'last'> {
  const counts = new Map<string, number>()
  for (const { platform } of places.flatMap(({ posts }) => posts)) counts.set(platform, (counts.get(platform) ?? 0) + 1)
  return {
    posts: places.reduce((sum, { posts }) => sum + posts.length, 0),
    platforms: [...counts]
      .map(([id, posts]) => ({ id, name: connectors.find((connector) => connector.id === id)?.name ?? id, posts }))
      .sort((one, other) => orderOf(one.id) - orderOf(other.id)),
    last: places.reduce<Place | null>((latest, { id, sortAt }) => (latest && latest.sortAt > sortAt ? latest : { id, sortAt }), null),
  }
}

/** Whether there is anything to tell: a gap alone is no reason to write to somebody, nor is what they muted. */
export function isEmpty(digest: Digest): boolean {
  return digest.kept.length === 0 && placesOf(digest).every(({ posts, muted }) => posts.every(({ id }) => muted?.has(id)))
}

/** The number of posts that are read on the site only. */
export function keptPosts({ kept }: Digest): number {
  return kept.reduce((sum, place) => sum + place.kept.length, 0)
}

/** All of its entries, in the order in which they are read. */
export function placesOf({ days }: Digest): DigestPlace[] {
  return days.flatMap(({ groups }) => groups.flat())
}

function daysOf(places: DigestPlace[], zone: string): Digest['days'] {
  return [...Map.groupBy(places, ({ firstAt }) => dateIn(firstAt, zone))].map(([date, own]) => {
    const at = own[0]?.firstAt ?? new Date(0)
    const groups = Map.groupBy(own, ({ id, conversation, posts }) => (conversation ? `${posts[0]?.platform} ${conversation}` : id))
    return { date, at, groups: [...groups.values()] }
  })
}

/** When it is asked again is no news to who reads it later. */
function lateness(source: SourceRow, now: Date): Digest['late'] {
  const { state, words } = healthOf(source, now)
  return LATE.includes(state) ? [{ name: source.name, words: words.split(';')[0] ?? words }] : []
}

/** Of a gap only the sources that are read here; the same sources of a filter by people or tags may all have had some. */
function gapsOf(gaps: Gap[], sources: SourceRow[]): Gap[] {
  const names = new Set(sources.map(({ name }) => name))
  return gaps.flatMap((gap) => {
    const own = gap.sources.filter((name) => names.has(name))
    return own.length > 0 ? [{ ...gap, sources: own }] : []
  })
}

function isAskedFor({ id, platform }: SourceRow, { platforms = [], sources = [], starred }: Filter): boolean {
  const named = [...sources, ...(starred && starred.people.length === 0 ? starred.sources : [])]
  return (platforms.length === 0 || platforms.includes(platform)) && (named.length === 0 || named.includes(id))
}

function orderOf(platform: string): number {
  const at = connectors.findIndex(({ id }) => id === platform)
  return at < 0 ? connectors.length : at
}
