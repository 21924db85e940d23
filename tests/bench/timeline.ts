import { sql } from 'drizzle-orm'
import type { Reader } from '#db/audience'
import { db } from '#db/client'
import { entryPlaces } from '#db/entry-places'
import type { Filter } from '#db/lanes'
import type { Place } from '#db/timeline'
import { type MadeSource, RARE_TAG } from './made-posts.ts'
import { middle, milliseconds, say, timed } from './measure.ts'

/** Entries of a page, and one more, which tells whether there is another page. */
const PAGE = 50
const ROUNDS = Number(process.env.ROUNDS ?? 20)
export const READERS: [string, Reader][] = [
  ['anonymous', { role: 'anonymous' }],
  ['member', { role: 'member', account: 'bench' }],
  ['owner', { role: 'owner', account: 'bench' }],
]

/** Every kind of filter, with many and with few and with no entries; any two of them are a pair. */
export function filterKinds(sources: MadeSource[]): [string, Filter][] {
  const ids = (platform: string) => sources.filter((source) => source.platform === platform).map(({ id }) => id)
  const [open = 0, ...others] = ids('bluesky')
  return [
    ['one platform', { platforms: ['mastodon'] }],
    ['a platform with little', { platforms: ['links'] }],
    ['three platforms', { platforms: ['reddit', 'feed', 'irc'] }],
    ['a source', { sources: [open] }],
    ['a source for members', { sources: others.slice(-1) }],
    ['a person who says much', { people: ['mastodon:mastodon:0'] }],
    ['a person who says little', { people: ['reddit:reddit:300'] }],
    ['a common tag', { tags: ['hpc'] }],
    ['a tag', { tags: ['tag40'] }],
    ['a rare tag', { tags: [RARE_TAG] }],
    ['an absent tag', { tags: ['nobody-said-this'] }],
    ['a flair', { flairs: ['Question'] }],
    ['a rare flair', { flairs: ['commercial'] }],
    ['without boosts', { reposts: 'none' }],
    ['boosts only', { reposts: 'only' }],
    ['starred', { starred: { people: ['bluesky:bluesky:3', 'mastodon:mastodon:20', 'reddit:reddit:7'], sources: others.slice(0, 1) } }],
  ]
}

/** Each kind alone and with each other one that it can stand beside. */
export function filterPairs(sources: MadeSource[]): [string, Filter][] {
  const kinds = filterKinds(sources)
  return kinds.flatMap(([one, filter], index) =>
    kinds.slice(index + 1).flatMap(([other, second]): [string, Filter][] => {
      const sameKind = Object.keys(filter).some((key) => key in second)
      return sameKind ? [] : [[`${one} & ${other}`, { ...filter, ...second }]]
    }),
  )
}

/** Where the nth page begins for an owner, so that every reader and filter has the same depth; the last page where there are fewer. */
export async function placeOfPage(page: number): Promise<Place> {
  const [row] = await db().execute<{ id: string; sort_at: string }>(sql`
    select id, sort_at from entries order by sort_at desc, id desc
    offset least(${(page - 1) * PAGE}, (select count(*) - 1 from entries)) limit 1`)
  if (!row) throw new Error('there is no entry')
  return { id: Number(row.id), sortAt: new Date(row.sort_at) }
}

type Case = { name: string; taken: number[] }

/** The query of each filter, alone and in pairs, of each reader, on the newest page, on page 1,000 and 10,000, and upward from there. */
export async function measureTimeline(sources: MadeSource[]): Promise<void> {
  const [middling, deep] = [await placeOfPage(1000), await placeOfPage(10_000)]
  const ways: [string, { beyond: Place | null; upward: boolean }][] = [
    ['newest', { beyond: null, upward: false }],
    ['page 1,000', { beyond: middling, upward: false }],
    ['page 10,000', { beyond: deep, upward: false }],
    ['up from page 10,000', { beyond: deep, upward: true }],
  ]
  const run = async (filters: [string, Filter][]): Promise<Case[]> => {
    const cases: Case[] = []
    for (const [filterName, filter] of filters)
      for (const [readerName, reader] of READERS)
        for (const [wayName, way] of ways) {
          const ask = () => entryPlaces(reader, 'stream', filter, { ...way, limit: PAGE + 1 })
          // Postgres plans a statement for good at its sixth time.
          await timed(6, ask)
          cases.push({ name: `${filterName}, ${readerName}, ${wayName}`, taken: await timed(ROUNDS, ask) })
        }
    return cases
  }
  const target = { text: '≤ 0.5 ms p50, ≤ 3 ms p99', p50: 0.5, p99: 3 }
  const none = await run([['all', {}]])
  sayCases('timeline SQL, no filter', none, target)
  const alone: Case[] = []
  for (const [name, filter] of filterKinds(sources)) {
    const cases = await run([[name, filter]])
    sayCases(`timeline SQL, ${name}`, cases, target)
    alone.push(...cases)
  }
  const pairs = await run(filterPairs(sources))
  sayCases(`timeline SQL, ${filterPairs(sources).length} pairs of filters`, pairs, target)
  const all = [...none, ...alone, ...pairs]
  sayCases('timeline SQL, all of these', all, target)
  for (const { name, taken } of all.toSorted((one, other) => middle(other.taken) - middle(one.taken)).slice(0, 5))
    say(`  slowest: ${name}`, milliseconds(taken, 2), '')
  const missing = all.filter(({ taken }) => middle(taken) > target.p50)
  say('  of which slower than 0.5 ms at p50', `${missing.length} of ${all.length}`, '0', missing.length === 0)
}

type Target = { text: string; p50: number; p99: number }

/** All of the cases as one, and how the slowest of them fares, so that no case hides behind the others. */
function sayCases(what: string, cases: Case[], target: Target): void {
  const taken = cases.flatMap((one) => one.taken).sort((one, other) => one - other)
  const slowest = cases.toSorted((one, other) => middle(other.taken) - middle(one.taken))[0]
  const worst = cases.length > 1 && slowest ? `; slowest case p50 ${middle(slowest.taken).toFixed(2)} ms` : ''
  say(what, `${milliseconds(taken, 2)}${worst}`, target.text)
}
