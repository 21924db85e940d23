import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { entryPlaces, intersectedLanes } from '#db/entry-places'
import { expirePosts } from '#db/expire-posts'
import { metInLanes, walkedLanes } from '#db/lane-walks'
import { type Filter, lanesFor, lanesOfEntries } from '#db/lanes'
import type { Post } from '#db/post'
import type { Question } from '#db/prepared'
import { saveBatch } from '#db/save-batch'
import { declareSources, type SourceRow } from '#db/sources'
import { activity, countDay, getTimeline, type Place, type TimelinePost } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

const database = testDatabase()
const NOW = new Date('2026-11-22T12:00:00.000Z')
const anonymous: Reader = { role: 'anonymous' }
const member: Reader = { role: 'member' }
const PLATFORMS = ['bluesky', 'mastodon', 'feed']
const TAGS = ['hpc', 'slurm', 'lustre', 'jobs']
const FLAIRS = ['Question', 'Career']
const NAMES = ['ada', 'bo', 'cyn', 'dag']

const held = new Map<string, Awaited<ReturnType<typeof heldSource>>>()
let sourceIds: number[] = []
/** Every post with what it was seen by, as told: what the naive filter goes over. */
const told: { post: Post; platform: string; source: SourceRow }[] = []

/** A generator of numbers that gives the same ones in each run. */
function chance(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

function person(name: string) {
  return { ...ada, id: `id:${name}`, name, handle: `@${name}.example` }
}

beforeAll(async () => {
  const random = chance(7)
  for (const platform of PLATFORMS)
    for (const nth of [1, 2]) {
      const name = `${platform} ${nth}`
      const of = await heldSource(name, { platform, ...(name === 'mastodon 2' && { audience: 'members' as const }) })
      held.set(name, of)
    }
  sourceIds = [...held.values()].map(({ source }) => source.id)
  for (let number = 0; number < 400; number++) {
    const platform = PLATFORMS[random(3)] ?? ''
    const { source } = held.get(`${platform} ${1 + random(2)}`) ?? never()
    const share = random(5) === 0
    told.push({
      platform,
      source,
      post: aPost(`${platform}:${number}`, {
        publishedAt: new Date(NOW.getTime() - Math.floor(random(80)) * 600_000),
        audience: random(6) === 0 ? 'members' : random(6) === 0 ? 'unindexed' : 'public',
        author: person(NAMES[random(4)] ?? ''),
        tags: TAGS.filter(() => random(3) === 0),
        badges: FLAIRS.filter(() => random(4) === 0),
        share: share ? { externalId: `share:${number}`, by: person(NAMES[random(4)] ?? ''), at: NOW.toISOString() } : null,
      }),
    })
  }
  for (const [name, { source, holder }] of held)
    await saveBatch(source, holder, aBatch(told.filter(({ source: by }) => by.name === name).map(({ post }) => post)), NOW)
})

function sees(reader: Reader, { post, source }: { post: Post; source: SourceRow }): boolean {
  return reader.role !== 'anonymous' || (post.audience !== 'members' && source.audience !== 'members')
}

function fits(filter: Filter, { post, platform, source }: { post: Post; platform: string; source: SourceRow }): boolean {
  const any = <T>(asked: T[] | undefined, has: T[]) => !asked?.length || asked.some((one) => has.includes(one))
  const people = [post.author.id, ...(post.share ? [post.share.by.id] : [])].map((id) => `${platform}:${id}`)
  return (
    any(filter.platforms, [platform]) &&
    any(filter.sources, [source.id]) &&
    any(filter.people, people) &&
    any(filter.tags, post.tags) &&
    any(filter.flairs, post.badges) &&
    (!filter.starred || filter.starred.sources.includes(source.id) || filter.starred.people.some((person) => people.includes(person))) &&
    (filter.reposts === 'none' ? !post.share : filter.reposts === 'only' ? post.share !== null : true)
  )
}

async function walk(reader: Reader, filter: Filter, limit: number, direction: 'older' | 'newer'): Promise<string[]> {
  const all: string[] = []
  for (let place: Place | null = direction === 'older' ? null : { sortAt: new Date(0), id: 0 }; ; ) {
    const page = await getTimeline(reader, { ...filter, limit, ...(direction === 'older' ? { before: place } : { after: place }) })
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    const ids = page.entries.flatMap(({ posts }) => posts.map(({ externalId }) => externalId))
    all.push(...(direction === 'older' ? ids : ids.reverse()))
    place = page[direction]
    if (!place) return all
  }
}

const one: Filter[] = [
  { platforms: ['feed'] },
  { people: ['bluesky:id:ada', 'mastodon:id:bo'] },
  { tags: ['hpc'] },
  { tags: ['slurm', 'lustre'] },
  { flairs: ['Career'] },
  { reposts: 'none' },
  { reposts: 'only' },
]

describe('a filter shows what a naive one over all posts would', () => {
  test('each filter and each pair, as each reader, by pages down and up', async () => {
    const starred = { people: ['bluesky:id:ada'], sources: sourceIds.slice(1, 2) }
    const single = [
      ...one,
      { starred },
      { starred: { people: [], sources: [] } },
      { sources: sourceIds.slice(0, 1) },
      { sources: sourceIds.slice(2, 4) },
    ]
    const pairs = single.flatMap((first, nth) => single.slice(nth + 1).map((second) => ({ ...first, ...second })))
    const triples = pairs.filter((_, nth) => nth % 4 === 0).map((pair, nth) => ({ ...pair, ...single[nth % single.length] }))
    for (const reader of [anonymous, member])
      for (const filter of [{}, ...single, ...pairs, ...triples]) {
        const expected = told.filter((one) => sees(reader, one) && fits(filter, one)).map(({ post }) => post.externalId)
        const down = await walk(reader, filter, 17, 'older')
        expect(down.toSorted(), JSON.stringify(filter)).toEqual(expected.toSorted())
        expect(await walk(reader, filter, 23, 'newer'), JSON.stringify(filter)).toEqual(down.toReversed())
      }
  }, 120_000)

  test('in whichever way it is looked, side by side, one by one or whole, however far and from wherever', async () => {
    const ask = async ({ text, params }: Question) => idsOf(await database.db.$client.unsafe<{ id: string }[]>(text, params))
    const idsOf = (rows: Iterable<{ id: string }>) => Array.from(rows, ({ id }) => Number(id))
    const many = ['hpc', 'slurm', ...Array.from({ length: 10 }, (_, nth) => `absent ${nth}`)]
    const audiences = ['public', 'unindexed']
    const [middle] = (await entryPlaces(anonymous, 'stream', {}, { beyond: null, upward: false, limit: 100 })).slice(50)
    for (const filter of [
      { platforms: ['feed'], tags: ['hpc'] },
      { platforms: ['feed', 'bluesky'], tags: ['slurm', 'hpc'] },
      { tags: many, reposts: 'none' as const },
      { tags: ['slurm', 'hpc'], reposts: 'only' as const, flairs: ['Question'] },
    ])
      for (const beyond of [null, middle ?? never()])
        for (const upward of [false, true]) {
          const way = { beyond, upward, limit: 11 }
          const kinds = lanesFor(anonymous, filter)
          const whole = idsOf(await database.db.execute<{ id: string }>(intersectedLanes(audiences, kinds, way)))
          expect(whole.length).toBeGreaterThan(0)
          expect((await entryPlaces(anonymous, 'stream', filter, way)).map(({ id }) => id)).toEqual(whole)
          for (const look of [5, 40, 2000]) {
            const beside = await ask(metInLanes({ audiences, kinds, way }, look))
            const walked = await ask(walkedLanes({ audiences, kinds, way }, Math.max(look, way.limit)))
            // Not all, where it is not looked far enough, but nothing left out in between.
            expect(beside).toEqual(whole.slice(0, look === 2000 ? way.limit : beside.length))
            expect(walked).toEqual(whole.slice(0, look === 2000 ? way.limit : walked.length))
          }
        }
  })

  test('a day and the activity count under a filter', async () => {
    const filter: Filter = { tags: ['hpc'], platforms: ['feed', 'bluesky'] }
    const fitting = told.filter((one) => sees(anonymous, one) && fits(filter, one))
    const today = fitting.filter(({ post }) => post.publishedAt?.toISOString().startsWith('2026-11-22'))
    expect(await countDay(anonymous, { ...filter, at: NOW, zone: 'UTC' })).toBe(today.length)
    const spans = await activity(anonymous, { ...filter, buckets: 10, bucketHours: 24, now: NOW })
    expect(spans.reduce((sum, { count }) => sum + count, 0)).toBe(fitting.length)
  })
})

const found = async (reader: Reader, filter: Filter): Promise<TimelinePost[]> =>
  (await getTimeline(reader, { ...filter, limit: 200 })).entries.flatMap(({ posts }) => posts)

async function lanesLeft(lane: string): Promise<number> {
  const [row] = await database.db.execute<{ lanes: number }>(sql`
    select (select count(*) from entry_lanes where lane = ${lane})::int + (select count(*) from entries where lanes @> array[${lane}])::int as lanes`)
  return row?.lanes ?? never()
}

describe('lanes follow their posts', () => {
  const filter = (word: string): Filter => ({ tags: [word] })

  test('a deleted post, a hidden account and a deleted one take their lanes along; who is shown again has them back', async () => {
    const { source, holder } = held.get('bluesky 1') ?? never()
    const said = [
      aPost('gone:1', { tags: ['gone'], author: person('eve'), publishedAt: NOW }),
      aPost('gone:2', { tags: ['hidden'], author: person('fay'), publishedAt: NOW }),
    ]
    await saveBatch(source, holder, aBatch(said), NOW)
    expect(await lanesLeft('tag:gone')).toBe(2)
    await saveBatch(source, holder, aBatch([], { deleted: ['gone:1'] }), NOW)
    expect(await lanesLeft('tag:gone')).toBe(0)
    expect(await lanesLeft('person:bluesky:id:eve')).toBe(0)
    await saveBatch(source, holder, aBatch([], { authors: [{ authorId: 'id:fay', change: 'hidden' }] }), NOW)
    expect(await lanesLeft('tag:hidden')).toBe(0)
    await saveBatch(source, holder, aBatch([], { authors: [{ authorId: 'id:fay', change: 'shown' }] }), NOW)
    expect(await found(anonymous, filter('hidden'))).toHaveLength(1)
    await saveBatch(source, holder, aBatch([], { authors: [{ authorId: 'id:fay', change: 'deleted' }] }), NOW)
    expect(await lanesLeft('person:bluesky:id:fay')).toBe(0)
  })

  test('an edit moves a post from one tag to another', async () => {
    const { source, holder } = held.get('feed 1') ?? never()
    await saveBatch(source, holder, aBatch([aPost('edited', { tags: ['before'], badges: ['Draft'], publishedAt: NOW })]), NOW)
    await saveBatch(source, holder, aBatch([aPost('edited', { tags: ['after'], publishedAt: NOW, editedAt: NOW })]), NOW)
    expect(await lanesLeft('tag:before')).toBe(0)
    expect(await lanesLeft('flair:Draft')).toBe(0)
    expect((await found(anonymous, filter('after'))).map(({ externalId }) => externalId)).toEqual(['edited'])
  })

  test('a boost that is undone takes the person along who passed it on, and one whose account is gone does', async () => {
    const { source, holder } = held.get('mastodon 1') ?? never()
    const share = (name: string) => ({ externalId: `boost:${name}`, by: person(name), at: NOW.toISOString() })
    const original = aPost('boosted', { publishedAt: NOW })
    await saveBatch(source, holder, aBatch([original, { ...original, share: share('gus') }, { ...original, share: share('hal') }]), NOW)
    expect(await found(anonymous, { people: ['mastodon:id:gus', 'mastodon:id:hal'] })).toHaveLength(1)
    await saveBatch(source, holder, aBatch([], { deleted: ['boost:gus'] }), NOW)
    expect(await lanesLeft('person:mastodon:id:gus')).toBe(0)
    expect(await found(anonymous, { people: ['mastodon:id:hal'] })).toHaveLength(1)
    await saveBatch(source, holder, aBatch([], { authors: [{ authorId: 'id:hal', change: 'deleted' }] }), NOW)
    expect(await lanesLeft('person:mastodon:id:hal')).toBe(0)
  })

  test('a second source that shows a known post is a lane of it, and a longer conversation gains the people who join it', async () => {
    const [first, second] = [held.get('feed 1') ?? never(), held.get('feed 2') ?? never()]
    const line = (id: string, name: string, minutes: number) =>
      aPost(id, {
        author: person(name),
        publishedAt: new Date(NOW.getTime() - 3_600_000 + minutes * 60_000),
        conversation: { key: 'room', title: 'room', silenceMinutes: 20 },
      })
    await saveBatch(first.source, first.holder, aBatch([line('line:1', 'ida', 0)]), NOW)
    await saveBatch(first.source, first.holder, aBatch([line('line:2', 'joe', 3)]), NOW)
    expect(await found(anonymous, { people: ['feed:id:joe'] })).toHaveLength(2)
    await saveBatch(second.source, second.holder, aBatch([line('line:2', 'joe', 3)]), NOW)
    expect(await found(anonymous, { people: ['feed:id:ida'], sources: [second.source.id] })).toHaveLength(2)
  })

  test('a post for fewer eyes leaves the lanes of those that may not see it', async () => {
    const { source, holder } = held.get('bluesky 2') ?? never()
    await saveBatch(source, holder, aBatch([aPost('closed', { tags: ['closing'], publishedAt: NOW })]), NOW)
    expect(await found(anonymous, filter('closing'))).toHaveLength(1)
    await saveBatch(source, holder, aBatch([aPost('closed', { tags: ['closing'], audience: 'members', publishedAt: NOW })]), NOW)
    expect(await found(anonymous, filter('closing'))).toHaveLength(0)
    expect(await found(member, filter('closing'))).toHaveLength(1)
    expect(await lanesLeft('tag:closing')).toBe(2)
  })

  test('an expired post leaves no lane', async () => {
    const { source, holder } = await heldSource('brief', { platform: 'feed', keepDays: 2 })
    await saveBatch(source, holder, aBatch([aPost('brief', { tags: ['brief'], publishedAt: NOW })]), NOW)
    expect(await lanesLeft('tag:brief')).toBe(2)
    await expirePosts(new Date(NOW.getTime() + 3 * 86_400_000))
    expect(await lanesLeft('tag:brief')).toBe(0)
  })

  test('every entry stands in the lanes that its array names, and in no other', async () => {
    const rows = await database.db.execute(sql`
      (select lane, audience, sort_at, entry_id from entry_lanes
        except select unnest(lanes), audience, sort_at, id from entries)
      union all
      (select unnest(lanes), audience, sort_at, id from entries
        except select lane, audience, sort_at, entry_id from entry_lanes)`)
    expect([...rows]).toEqual([])
  })
})

test('words that no index takes and no text holds are asked for and stored without harm', async () => {
  const { source, holder } = held.get('feed 2') ?? never()
  const long = 'ü'.repeat(3000)
  await saveBatch(source, holder, aBatch([aPost('odd', { tags: [long, 'quo"te\\', 'nul\0'], publishedAt: NOW })]), NOW)
  for (const tag of [long, 'quo"te\\', 'nul\0']) expect(await found(anonymous, { tags: [tag] })).toHaveLength(1)
  expect(await found(anonymous, { tags: ['{}', '\ud800', ','] })).toEqual([])
})

describe('an anonymous reader finds no trace of members', () => {
  test('a source for members only, and who passed on an open post there, are as unknown ones', async () => {
    const [open, closed] = [held.get('mastodon 1') ?? never(), held.get('mastodon 2') ?? never()]
    const post = aPost('open', { publishedAt: NOW })
    await saveBatch(open.source, open.holder, aBatch([post]), NOW)
    const share = { externalId: 'closed-boost', by: person('kim'), at: NOW.toISOString() }
    await saveBatch(closed.source, closed.holder, aBatch([{ ...post, share }]), NOW)
    expect((await found(anonymous, { sources: [open.source.id] })).map(({ externalId }) => externalId)).toContain('open')
    expect(await found(anonymous, { sources: [closed.source.id] })).toEqual([])
    expect(await found(anonymous, { people: ['mastodon:id:kim'] })).toEqual([])
    expect((await found(member, { sources: [closed.source.id] })).map(({ externalId }) => externalId)).toContain('open')
    expect(await found(member, { people: ['mastodon:id:kim'] })).toHaveLength(1)
  })

  test('a source that becomes one for members is unknown from then on', async () => {
    const declared = {
      platform: 'bluesky',
      name: 'turning',
      nameGiven: true,
      settings: {},
      everySeconds: 60,
      permission: null,
      keepDays: null,
      off: null,
    }
    const { source, holder } = await heldSource('turning', { platform: 'bluesky' })
    const { source: other, holder: hold } = held.get('bluesky 1') ?? never()
    await saveBatch(other, hold, aBatch([aPost('turned', { publishedAt: NOW })]), NOW)
    await saveBatch(source, holder, aBatch([aPost('turned', { publishedAt: NOW })]), NOW)
    expect(await found(anonymous, { sources: [source.id] })).toHaveLength(1)
    await declareSources([{ ...declared, key: 'turning', rules: source.rules, audience: 'members' }], NOW)
    expect(await found(anonymous, { sources: [source.id] })).toEqual([])
    expect(await found(member, { sources: [source.id] })).toHaveLength(1)
  })
})

test('entries begin in the lanes that settling them would put them in', async () => {
  const { source, holder } = await heldSource('lanes', { platform: 'mastodon', audience: 'members' })
  const share = (name: string) => ({ externalId: `shared by ${name}`, by: person(name), at: NOW.toISOString() })
  const shared = aPost('shared', { tags: ['b', 'Z', 'a', 'ä', 'a'], badges: ['B', 'a'], publishedAt: NOW })
  const nameless = aPost('nameless', { author: { ...ada, id: '' }, share: { ...share('lo'), by: { ...ada, id: '' } }, publishedAt: NOW })
  const shy = { ...shared, share: share('shy'), audience: 'members' as const }
  await saveBatch(
    source,
    holder,
    aBatch([shared, { ...shared, share: share('lu') }, { ...shared, share: share('lu') }, shy, nameless]),
    NOW,
  )
  const ids = sql`(select array_agg(id) from entries)`
  const other = await database.db.execute(sql`
    select e.id, e.lanes, f.lanes as settled from entries e left join (${lanesOfEntries(ids)}) f on f.entry_id = e.id
    where e.lanes is distinct from coalesce(f.lanes, '{}')`)
  expect([...other]).toEqual([])
})

function never(): never {
  throw new Error('unreachable')
}
