import { type SQL, sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import type { Person } from './post.ts'
import type { posts } from './schema.ts'

/** What of the timeline is asked for: any of the values of a kind, and every kind that has values. Nothing: all of it. */
export type Filter = {
  /** Ids of connectors. */
  platforms?: string[]
  /** Ids of sources that showed it. */
  sources?: number[]
  /** Who said it or passed it on, as `<platform>:<the platform's own id of them>`. */
  people?: string[]
  /** Lower case, without `#`. */
  tags?: string[]
  /** Short words beside the place, as the platform writes them. */
  flairs?: string[]
  /** `none`: what was said; `only`: what was passed on. */
  reposts?: 'none' | 'only' | null
  /** What any of these people said or passed on, or any of these sources showed: nothing at all where both are empty. */
  starred?: { people: string[]; sources: number[] } | null
}

/** Longer words are cut, so that a stranger's tag fits into an index. */
const LONGEST = 400

/**
 * What only a source that anonymous readers may not know of tells (that it showed a post, who passed it on there) stands
 * in a lane of its own, so that no filter of theirs finds it.
 */
const AMONG_MEMBERS = 'members '

/** A lane that nothing stands in. */
const NOBODY = 'person:'

/** The lanes that a reader's filter asks for: any of the lanes of each list, and of every list one. */
export function lanesFor(reader: Reader, filter: Filter): string[][] {
  const { platforms = [], sources = [], people = [], tags = [], flairs = [], reposts = null, starred = null } = filter
  const told = (lane: string) => (reader.role === 'anonymous' ? [lane] : [lane, AMONG_MEMBERS + lane])
  const shownBy = (id: number) => told(cut(`source:${id}`))
  const saidBy = (person: string) => told(cut(`person:${person}`))
  return [
    platforms.map((id) => cut(`platform:${id}`)),
    sources.flatMap(shownBy),
    people.flatMap(saidBy),
    tags.map((tag) => cut(`tag:${tag}`)),
    flairs.map((flair) => cut(`flair:${flair}`)),
    reposts === 'none' ? ['said'] : reposts === 'only' ? ['share'] : [],
    starred ? [NOBODY, ...starred.people.flatMap(saidBy), ...starred.sources.flatMap(shownBy)] : [],
  ].filter((lanes) => lanes.length > 0)
}

/** What stands before the lanes that a row of sources, called `source`, puts its posts in. */
const amongWhom = sql.raw(
  `case when source.audience is null or source.audience in ('public', 'unindexed') then '' else '${AMONG_MEMBERS}' end`,
)

/**
 * `entry_id` and `lanes` (sorted, each once) of the entries with these ids, from the posts of theirs that may be shown. Each
 * looked up by itself: while a first import fills an empty database its statistics say that reading all posts is cheapest.
 */
export function lanesOfEntries(entryIds: SQL): SQL {
  return sql`
    select p.entry_id, array_agg(distinct left(told.lane, ${sql.raw(String(LONGEST))}) order by left(told.lane, ${sql.raw(String(LONGEST))})) as lanes
    from unnest(${entryIds}) wanted(id)
    cross join lateral (select * from posts where entry_id = wanted.id offset 0) p
    cross join lateral (
      select 'platform:' || p.platform as lane
      union all select case when p.share is null then 'said' else 'share' end
      union all select 'person:' || p.platform || ':' || (p.author ->> 'id') where p.author ->> 'id' <> ''
      union all select 'person:' || p.platform || ':' || (p.share -> 'by' ->> 'id') where p.share -> 'by' ->> 'id' <> ''
      union all select 'tag:' || tag from unnest(p.tags) tag
      union all select 'flair:' || badge from unnest(p.badges) badge
      union all
        select ${amongWhom} || seen.lane
        from sightings s join sources source on source.id = s.source_id
        cross join lateral (
          select 'source:' || s.source_id as lane
          union all select 'person:' || p.platform || ':' || (s.share -> 'by' ->> 'id') where s.share -> 'by' ->> 'id' <> ''
        ) seen
        where s.post_id = p.id
    ) told
    where p.deleted_at is null and not p.author_hidden
    group by p.entry_id`
}

/** A post that is stored for the first time, and who passed it on in its sightings, all of one source. */
export type NewlyTold = Pick<
  typeof posts.$inferSelect,
  'platform' | 'sourceId' | 'author' | 'share' | 'tags' | 'badges' | 'authorHidden'
> & { sharers: Person[] }

/**
 * The lanes of an entry of such posts, as `lanesOfEntries` gives them once they are cut and sorted: reading back what was
 * just written takes longer than writing it. `seen` stand where the source may be known of (`amongWhom`).
 */
export function lanesOfNew(told: NewlyTold[]): { lanes: string[]; seen: string[] } {
  const shown = told.filter(({ authorHidden }) => !authorHidden)
  const person = (platform: string, { id }: Person) => (id === '' ? [] : [`person:${platform}:${id}`])
  return {
    lanes: shown.flatMap(({ platform, author, share, tags, badges }) => [
      `platform:${platform}`,
      share ? 'share' : 'said',
      ...person(platform, author),
      ...(share ? person(platform, share.by) : []),
      ...tags.map((tag) => `tag:${tag}`),
      ...badges.map((badge) => `flair:${badge}`),
    ]),
    seen: shown.flatMap(({ platform, sourceId, sharers }) => [`source:${sourceId}`, ...sharers.flatMap((by) => person(platform, by))]),
  }
}

/** The lanes of a row with `lanes` and `seen` as `lanesOfNew` gives them, of posts of this source. */
export function lanesOfRow(row: SQL, sourceId: number): SQL {
  const among = sql`(select ${amongWhom} from sources source where source.id = ${sourceId})`
  return sql`array(
    select distinct left(told.lane, ${sql.raw(String(LONGEST))}) from (
      select unnest(${row}.lanes) as lane union all select ${among} || unnest(${row}.seen)
    ) told order by 1)`
}

/** That entry `e` stands in a lane of each of these lists. */
export function inLanes(kinds: string[][]): SQL {
  if (kinds.length === 0) return sql`true`
  // What must be there whole is found faster than one of several: the inverted index skips by the rarest.
  const single = kinds.flatMap((lanes) => (lanes.length === 1 ? lanes : []))
  const several = kinds.filter((lanes) => lanes.length > 1).map((lanes) => sql`e.lanes && ${textArray(lanes)}`)
  return sql.join(single.length > 0 ? [sql`e.lanes @> ${textArray(single)}`, ...several] : several, sql` and `)
}

/** A Postgres array as one parameter: postgres.js would otherwise spread it. */
export function textArray(values: string[]): SQL {
  return sql`${arrayText(values)}::text[]`
}

/** As Postgres reads an array of texts. */
export function arrayText(values: string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}

/** As lanes are stored: Postgres takes no NUL and no half of a surrogate pair. */
function cut(lane: string): string {
  const storable = lane.replaceAll('\0', '').toWellFormed()
  return storable.length > LONGEST ? [...storable].slice(0, LONGEST).join('') : storable
}
