import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Reader } from '#db/audience'
import { entryPlaces } from '#db/entry-places'
import type { Filter } from '#db/lanes'
import type { Place } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'

const database = testDatabase()
const ENTRIES = 60_000
const PAGE = 51
/** What any node of a plan may give in all, sorts before all: what a page looks at is bounded, whatever there is. */
const MOST_ROWS = 8000
/** Of more than fifty lanes at once a page of each is read. */
const MOST_ROWS_OF_MANY = 15_000
/** Pages of 8 KB: an entry that is looked at by its id costs four. */
const MOST_BUFFERS = 5000

const READERS: [string, Reader][] = [
  ['an anonymous reader', { role: 'anonymous' }],
  ['a member', { role: 'member', account: 'ada' }],
  ['an owner', { role: 'owner', account: 'bo' }],
]
const KINDS: [string, Filter][] = [
  ['a platform', { platforms: ['mastodon'] }],
  ['several platforms', { platforms: ['feed', 'bluesky'] }],
  ['all platforms', { platforms: ['bluesky', 'mastodon', 'feed', 'reddit', 'irc', 'slack'] }],
  ['a source', { sources: [3] }],
  ['a source for members', { sources: [10] }],
  ['a person', { people: ['mastodon:7'] }],
  ['a tag', { tags: ['t5'] }],
  ['several tags', { tags: ['t5', 't6', 't7'] }],
  ['a rare tag', { tags: ['rare'] }],
  ['an absent tag', { tags: ['absent'] }],
  ['a flair', { flairs: ['f1'] }],
  ['without boosts', { reposts: 'none' }],
  ['boosts only', { reposts: 'only' }],
  ['starred', { starred: { people: ['mastodon:3', 'feed:1'], sources: [4, 5] } }],
  ['much starred', { starred: { people: Array.from({ length: 40 }, (_, nth) => `mastodon:${nth}`), sources: [1, 2, 3] } }],
]
const deep: Place = { sortAt: new Date(Date.now() - (ENTRIES / 2) * 60_000), id: 5 }
const WAYS = [
  { beyond: null, upward: false },
  { beyond: deep, upward: false },
  { beyond: deep, upward: true },
]

beforeAll(async () => {
  // As settleEntries files them: each entry by platform, source, person, tags, flair, and whether it was passed on.
  await database.db.execute(sql`
    with made as (
      insert into entries (id, platform, sort_at, last_at, audience, lanes)
      select i, platform, now() - i * interval '1 minute', now() - i * interval '1 minute',
        (array['public', 'public', 'public', 'unindexed', 'members'])[1 + (i / 7) % 5],
        array(select distinct unnest(array['platform:' || platform, case when i % 9 = 0 then 'share' else 'said' end,
          case when i % 11 = 10 then 'members ' else '' end || 'source:' || (i % 11), 'person:' || platform || ':' || (i % 53), 'tag:t' || (i % 13), 'tag:t' || (i % 17),
          case when i % 19 = 0 then 'flair:f1' else 'flair:other' end, case when i % 20000 = 77 then 'tag:rare' else 'said so' end]) order by 1)
      from (select i, (array['bluesky', 'mastodon', 'feed', 'reddit', 'irc', 'slack'])[1 + (i * 7919 / 13) % 6] as platform from generate_series(1, ${sql.raw(String(ENTRIES))}) i) n
      returning *)
    insert into entry_lanes (lane, audience, sort_at, entry_id) select unnest(lanes), audience, sort_at, id from made`)
  for (const table of ['entries', 'entry_lanes']) await eventually(() => vacuumed(table))
}, 60_000)

/** As it is after a while: that all rows of a page are seen by everybody, Postgres notes once nobody began before they came. */
async function vacuumed(table: string): Promise<void> {
  await database.db.execute(sql`vacuum analyze ${sql.identifier(table)}`)
  const [size] = await database.db.execute(sql`select relpages, relallvisible from pg_class where relname = ${table}`)
  expect(size?.relallvisible).toBe(size?.relpages)
}

type Sent = { text: string; params: string[] }

/** What is really sent to Postgres while somebody asks. */
async function sentBy(ask: () => Promise<unknown>): Promise<Sent[]> {
  const spy = vi.spyOn(database.db.$client, 'unsafe')
  try {
    await ask()
    return spy.mock.calls.map(([text, params = []]) => ({ text, params: params.map(String) }))
  } finally {
    spy.mockRestore()
  }
}

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}

/** The plan with which Postgres ran a statement; `generic`: the one that it keeps for a statement that is prepared. */
async function planOf({ text, params }: Sent, generic: boolean): Promise<Node> {
  return database.db.$client.begin(async (tx) => {
    await tx.unsafe(`set local plan_cache_mode = ${generic ? 'force_generic_plan' : 'force_custom_plan'}`)
    const [row] = await tx.unsafe(`explain (analyze, buffers, format json) ${text}`, params)
    return row?.['QUERY PLAN'][0].Plan
  })
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

/** What is wrong with a plan. */
function faultsOf(plan: Node, mostRows = MOST_ROWS): string[] {
  const nodes = nodesOf(plan)
  const buffers = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  return [
    ...nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => `reads ${node['Relation Name']} whole`),
    ...nodes
      .filter((node) => node['Actual Rows'] * node['Actual Loops'] > mostRows)
      .map((node) => `${node['Node Type']} of ${node['Actual Rows'] * node['Actual Loops']} rows`),
    ...(nodes.some((node) => /Index/.test(node['Node Type'])) ? [] : ['uses no index']),
    ...(buffers > MOST_BUFFERS ? [`touches ${buffers} buffers`] : []),
  ]
}

async function faultsWith(reader: Reader, filter: Filter): Promise<string[]> {
  const mostRows = (filter.starred?.people.length ?? 0) > 10 ? MOST_ROWS_OF_MANY : MOST_ROWS
  const faults: string[] = []
  for (const way of WAYS) {
    const sent = await sentBy(() => entryPlaces(reader, 'stream', filter, { ...way, limit: PAGE }))
    expect(sent.length).toBeGreaterThan(0)
    for (const statement of sent)
      for (const generic of statement.text.includes('with fitting') ? [false] : [false, true])
        faults.push(
          ...faultsOf(await planOf(statement, generic), mostRows).map(
            (fault) => `${JSON.stringify(way)} ${generic ? 'generic' : ''} ${fault} ${JSON.stringify(filter)}`,
          ),
        )
  }
  return faults
}

describe.each(READERS)('for %s, at any depth, down and up, a page is read from an index and few rows are looked at', (_, reader) => {
  test('of everything', async () => {
    expect(await faultsWith(reader, {})).toEqual([])
  })

  test.each(KINDS)('through %s', async (_, filter) => {
    expect(await faultsWith(reader, filter)).toEqual([])
  })

  test.each(KINDS)(
    'through %s and any other filter',
    async (name, filter) => {
      const others = KINDS.slice(KINDS.findIndex(([other]) => other === name) + 1).filter(
        ([, other]) => !Object.keys(other).some((key) => key in filter),
      )
      const faults: string[] = []
      for (const [, other] of others) faults.push(...(await faultsWith(reader, { ...filter, ...other })))
      expect(faults).toEqual([])
    },
    120_000,
  )
})

test('it takes the indexes: without the one of lanes the same question reads the table whole', async () => {
  const [statement] = await sentBy(() =>
    entryPlaces({ role: 'anonymous' }, 'stream', { tags: ['t5'] }, { beyond: deep, upward: false, limit: PAGE }),
  )
  await database.db.$client
    .begin(async (tx) => {
      await tx.unsafe('alter table entry_lanes drop constraint entry_lanes_lane_audience_sort_at_entry_id_pk')
      const [row] = await tx.unsafe(`explain (analyze, buffers, format json) ${statement?.text}`, statement?.params)
      expect(faultsOf(row?.['QUERY PLAN'][0].Plan)).not.toEqual([])
      throw new RollBack()
    })
    .catch((error) => {
      if (!(error instanceof RollBack)) throw error
    })
})

class RollBack extends Error {}
