import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { db } from '#db/client'
import { indexPosts } from '#db/index-posts'
import { unindexedPosts } from '#db/schema'
import { countHits, type Search, searchPosts } from '#db/search'
import type { Place } from '#db/timeline'
import { SPAN_MS } from './fill.ts'
import { milliseconds, say, timed } from './measure.ts'
import { READERS } from './timeline.ts'
import { wordOfOneIn } from './vocabulary.ts'

const PAGE_TARGET = '≤ 25 ms p50, ≤ 300 ms p99'
/** Posts of which the rate of one worker is told; the others are read by two at once. */
const SAMPLE = 100_000
const WORKERS = 2

/** What is listed as unindexed → findable: by one worker, and then all the rest, not measured. */
export async function measureIndexing(): Promise<void> {
  const startedAt = performance.now()
  let count = 0
  for (let looked = await indexPosts(); looked > 0 && count < SAMPLE; looked = await indexPosts()) count += looked
  const rate = Math.round((count * 1000) / (performance.now() - startedAt))
  say('search: posts made findable by one worker', `${rate.toLocaleString('en')} posts/s`, '≥ 5,000 posts/s')
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      while ((await indexPosts()) > 0 || (await db().$count(unindexedPosts)) > 0);
    }),
  )
}

const anonymous: Reader = { role: 'anonymous' }
const owner: Reader = { role: 'owner', account: 'bench' }

/** Every kind of search of issue 8, a page of 50 posts and, apart, the count up to 1,000. */
export async function measureSearch(): Promise<void> {
  const old = new Date(Date.now() - SPAN_MS * 0.8)
  const cases: [string, Search, Reader][] = [
    ['a common word', of('slurm'), anonymous],
    ['a word of one post in a hundred', of(wordOfOneIn(100)), anonymous],
    ['a word of one post in a thousand', of(wordOfOneIn(1000)), anonymous],
    ['a rare word', of('zanzibar'), anonymous],
    ['an absent word', of('quetzalcoatl'), anonymous],
    ['two common words', of('slurm', 'lustre'), anonymous],
    ['a common and a rare word', of('slurm', 'zanzibar'), anonymous],
    ['two words in a row', of('slurm node'), anonymous],
    ['a word that went out of use', of('oldtimer'), anonymous],
    ['a common word before a day', { ...of('slurm'), until: old }, anonymous],
    ...READERS.slice(1).flatMap(([name, reader]): [string, Search, Reader][] => [
      [`a common word as ${name}`, of('slurm'), reader],
      [`a rare word as ${name}`, of('zanzibar'), reader],
      [`an absent word as ${name}`, of('quetzalcoatl'), reader],
    ]),
    ...connectors.flatMap(({ id, name }): [string, Search, Reader][] => [
      [`a common word on ${name}`, on(id, 'slurm'), owner],
      [`a rare word on ${name}`, on(id, 'zanzibar'), anonymous],
    ]),
  ]
  for (const [name, search, reader] of cases) {
    const page = await timed(50, () => searchPosts(reader, search))
    say(`search: ${name}`, milliseconds(page), PAGE_TARGET)
    const counted = await timed(20, () => countHits(reader, search, 1001))
    say(`search: ${name}, counted up to 1,000`, milliseconds(counted), PAGE_TARGET)
  }
  const deep: Place = { sortAt: old, id: 1 }
  say('search: a deep page', milliseconds(await timed(50, () => searchPosts(anonymous, of('slurm'), { before: deep }))), PAGE_TARGET)
}

function of(...texts: string[]): Search {
  return { all: texts.map((text) => [{ kind: 'words', text, exact: false, prefix: false, not: false }]), from: null, until: null }
}

function on(platform: string, text: string): Search {
  const { all, ...rest } = of(text)
  return { ...rest, all: [...all, [{ kind: 'platform', platform, not: false }]] }
}
