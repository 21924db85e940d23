import { fromText } from '#connectors/html'
import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { db } from '#db/client'
import { indexPosts } from '#db/index-posts'
import { insertRows } from '#db/insert-rows'
import { entries, posts } from '#db/schema'
import { countHits, type Search, searchPosts } from '#db/search'
import type { Place } from '#db/timeline'
import { aPost, heldSource } from '../support/post.ts'
import { milliseconds, say, timed } from './measure.ts'

const DAY_MS = 86_400_000
/** Three years, whatever the number of posts. */
const SPAN_MS = 3 * 365 * DAY_MS
const CHUNK = 1000
/** As often as words are in what people say: the nth of them once in n, roughly. */
const VOCABULARY = 30_000
const COMMON = ['slurm', 'node', 'job', 'queue', 'lustre', 'cluster', 'gpu', 'storage', 'fabric', 'driver']
const anonymous: Reader = { role: 'anonymous' }
const owner: Reader = { role: 'owner' }

/** Posts with as many different words as people use, made without ingest, on all platforms and for every audience. */
export async function fillForSearch(count: number): Promise<void> {
  const random = seeded(7)
  const { source } = await heldSource('bench search')
  const newest = Date.now()
  for (let first = 1; first <= count; first += CHUNK) {
    const numbers = Array.from({ length: Math.min(CHUNK, count - first + 1) }, (_, index) => first + index)
    const rows = numbers.map((number) => {
      const sortAt = new Date(newest - SPAN_MS + Math.floor((SPAN_MS * number) / count))
      const platform = connectors[number % 97 === 0 ? 4 : number % 4]?.id ?? 'feed'
      const audience = number % 10 === 0 ? ('members' as const) : number % 10 === 1 ? ('unindexed' as const) : ('public' as const)
      const rare = number % 200_000 === 99 ? ' zanzibar' : number < count / 10 && number % 50 === 0 ? ' oldtimer' : ''
      const text = `${Array.from({ length: 30 }, () => wordOf(random)).join(' ')}${rare}`
      return {
        ...aPost(`search:${number}`, { text, html: fromText(text), audience, publishedAt: sortAt }),
        ...{
          id: number,
          entryId: number,
          platform,
          sourceId: source.id,
          firstSeenAt: sortAt,
          sortAt,
          late: false,
          revision: '',
          authorHidden: false,
        },
      }
    })
    await db().execute(insertRows(posts, rows))
    const listed = rows.map(({ id, platform, sortAt, audience }) => ({ id, platform, sortAt, lastAt: sortAt, audience }))
    await db().execute(insertRows(entries, listed))
  }
}

/** What is listed as unindexed → findable, by one worker. */
export async function measureIndexing(): Promise<void> {
  const startedAt = performance.now()
  let count = 0
  for (let looked = await indexPosts(); looked > 0; looked = await indexPosts()) count += looked
  say(
    'search: posts made findable',
    `${Math.round((count * 1000) / (performance.now() - startedAt)).toLocaleString('en')} posts/s`,
    '≥ 5,000 posts/s',
  )
}

/** Every kind of search of issue 8, a page of 50 posts and, apart, the count up to 1,000. */
export async function measureSearch(count: number): Promise<void> {
  const old = new Date(Date.now() - SPAN_MS * 0.8)
  const cases: [string, Search, Reader][] = [
    ['a common word', of('slurm'), anonymous],
    ['a word of one post in a hundred', of(oneOf(100)), anonymous],
    ['a word of one post in a thousand', of(oneOf(1000)), anonymous],
    ['a rare word', of('zanzibar'), anonymous],
    ['an absent word', of('quetzalcoatl'), anonymous],
    ['two common words', of('slurm', 'lustre'), anonymous],
    ['a common and a rare word', of('slurm', 'zanzibar'), anonymous],
    ['two words in a row', of('slurm node'), anonymous],
    ['a word that went out of use', of('oldtimer'), anonymous],
    ['a common word before a day', { ...of('slurm'), until: old }, anonymous],
    ['a common word as a member', of('slurm'), owner],
    ['a rare word as a member', of('zanzibar'), owner],
    ...connectors.map(({ id, name }): [string, Search, Reader] => [
      `a common word on ${name}`,
      { ...of('slurm'), all: [...of('slurm').all, [{ kind: 'platform', platform: id, not: false }]] },
      owner,
    ]),
  ]
  for (const [name, search, reader] of cases) {
    const page = await timed(50, () => searchPosts(reader, search))
    say(`search ${count.toLocaleString('en')}: ${name}`, milliseconds(page), '< 25 p50, < 300 p99')
    const counted = await timed(20, () => countHits(reader, search, 1001))
    say('  counted up to 1,000', milliseconds(counted), '< 25 p50, < 300 p99')
  }
  const deep: Place = { sortAt: old, id: 1 }
  say(
    'search: a deep page',
    milliseconds(await timed(50, () => searchPosts(anonymous, of('slurm'), { before: deep }))),
    '< 25 p50, < 300 p99',
  )
}

function of(...texts: string[]): Search {
  return { all: texts.map((text) => [{ kind: 'words', text, exact: false, prefix: false, not: false }]), from: null, until: null }
}

/** A word that about one post in so many has: thirty words a post, of a vocabulary in which the nth is met once in 10.3 n. */
function oneOf(posts: number): string {
  return word(Math.round((30 * posts) / Math.log(VOCABULARY)))
}

function wordOf(random: () => number): string {
  return word(Math.floor(Math.exp(random() * Math.log(VOCABULARY))))
}

function word(rank: number): string {
  return COMMON[rank - 1] ?? `w${rank.toString(36).replace(/\d/g, (digit) => 'qxzvjkywpb'[Number(digit)] ?? '')}a`
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}
