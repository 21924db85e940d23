import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { indexPosts } from '#db/index-posts'
import type { Media, Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { countHits, hitsWithin, ONLY_BY_WORDS, type Search, searchPosts, stretchesFrom } from '#db/search'
import { declareSources } from '#db/sources'
import type { Place } from '#db/timeline'
import { parseSearch } from '#lib/reading/search-query'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

const database = testDatabase()
const NOW = new Date()
const DAY_MS = 86_400_000
const anonymous: Reader = { role: 'anonymous' }
const member: Reader = { role: 'member' }
const owner: Reader = { role: 'owner' }
const bob = { ...ada, id: 'id:bob', name: 'Bob Beispiel', handle: '@bob@hpc.example' }
const picture: Media = {
  ...{ kind: 'image', url: 'https://example.org/rack.png', preview: null, alt: 'A rack of blades', width: null, height: null },
  ...{ mimeType: null, durationSeconds: null, bytes: null, title: null, captions: [] },
}

const ago = (days: number) => new Date(NOW.getTime() - days * DAY_MS)

async function indexAll(): Promise<void> {
  while ((await indexPosts()) > 0);
}

async function save(name: string, posts: Post[], change: object = {}) {
  const { source, holder } = await heldSource(name, { platform: 'feed', ...change })
  await saveBatch(source, holder, aBatch(posts, ('batch' in change ? change.batch : {}) as object), NOW)
  await indexAll()
  return source
}

function searchFor(text: string, sources: { id: number; name: string }[] = []): Search {
  const platforms = ['feed', 'mastodon', 'irc'].map((id) => ({ id, name: id }))
  const parsed = parseSearch(text, { platforms, sources }, 'UTC')
  if (!parsed || 'mistake' in parsed) throw new Error(`“${text}” is no search`)
  return parsed.search
}

const idsOf = ({ posts }: { posts: { externalId: string }[] }) => posts.map(({ externalId }) => externalId)
const found = async (reader: Reader, text: string) => idsOf(await searchPosts(reader, searchFor(text)))

describe('what is found', () => {
  beforeAll(async () => {
    await save('words', [
      aPost('forms', { text: 'Our clusters were drained for MI300X and H100s by slurm-23.11', publishedAt: ago(1) }),
      aPost('code', { text: 'srun --gres=gpu:4 and bf_max_job_test', html: aPost('x', { text: 'srun' }).html, publishedAt: ago(2) }),
      aPost('german', { text: 'Die Rechenanlage in Jülich läuft', language: 'de', publishedAt: ago(3), author: bob }),
      aPost('chinese', { text: '超级计算集群的调度', language: 'zh-CN', publishedAt: ago(4) }),
      aPost('title', { title: 'Notes on zfs', text: '', tags: ['e4s'], publishedAt: ago(40) }),
      aPost('alt', { text: 'look', media: [picture], publishedAt: ago(400) }),
      aPost('two parts', { title: 'alpha', text: 'omega', publishedAt: ago(1200) }),
    ])
    await save(
      'others',
      [aPost('boosted', { text: 'on another platform, about #HPC and c++', publishedAt: ago(5), author: bob, audience: 'public' })],
      { platform: 'mastodon' },
    )
  })

  test.each([
    ['cluster', ['forms']],
    ['CLUSTERS', ['forms']],
    ['draining', ['forms']],
    ['"cluster"', []],
    ['"clusters"', ['forms']],
    ['mi300x', ['forms']],
    ['MI300', []],
    ['mi300*', ['forms']],
    ['h100', ['forms']],
    ['slurm-23.11', ['forms']],
    ['"slurm 23"', ['forms']],
    ['"23 slurm"', []],
    ['"srun --gres"', ['code']],
    ['bf_max_job_test', ['code']],
    ['bf_max_test', []],
    ['max', ['code']],
    ['julich', ['german']],
    ['JÜLICH', ['german']],
    ['lang:de', ['german']],
    ['lang:zh', ['chinese']],
    ['集群', ['chinese']],
    ['群集', []],
    ['zfs', ['title']],
    ['e4s', ['title']],
    ['#e4s', ['title']],
    ['#hpc', ['boosted']],
    ['c++', ['boosted']],
    ['blades', ['alt']],
    ['has:image', ['alt']],
    ['"alpha omega"', []],
    ['alpha omega', ['two parts']],
    ['from:bob', ['german', 'boosted']],
    ['from:"Bob Beispiel" jülich', ['german']],
    ['from:@bob@hpc.example', ['german', 'boosted']],
    ['from:bob -jülich', ['german', 'boosted'].slice(1)],
    ['platform:mastodon', ['boosted']],
    ['jülich OR zfs OR blades', ['german', 'title', 'alt']],
    ['(jülich OR zfs) -notes', ['german']],
    [`after:${ago(41).toISOString().slice(0, 10)} zfs OR blades`, ['title']],
    [`before:${ago(39).toISOString().slice(0, 10)} zfs OR blades`, ['title', 'alt']],
    [`before:${ago(41).toISOString().slice(0, 10)} zfs OR blades`, ['alt']],
    ['nothingsaysthis', []],
  ])('%s', async (text, expected) => {
    expect(await found(anonymous, text)).toEqual(expected)
    expect(await countHits(anonymous, searchFor(text), 10)).toBe(expected.length)
  })

  test('code, links and polls are what a post can be asked for', async () => {
    const card = {
      ...{ kind: 'link' as const, url: 'https://example.org/', title: 'Kartenwort', description: '', image: null, site: 'example.org' },
      ...{ authors: [], readingMinutes: null },
    }
    const option = { html: null, votes: null }
    await save('haves', [
      aPost('has:1', { text: 'kannalles https://example.org/a', publishedAt: ago(1) }),
      aPost('has:2', { text: 'kannalles', card, publishedAt: ago(2) }),
      aPost('has:3', { text: 'kannalles', html: '<p><code>x</code></p>' as Post['html'], publishedAt: ago(3) }),
      aPost('has:4', {
        text: 'kannalles',
        poll: { options: [{ text: 'Ja', ...option }], multiple: false, voters: null, closesAt: null },
        publishedAt: ago(4),
      }),
      aPost('has:5', {
        text: 'kannalles @x #y',
        html: '<p>kannalles <a href="https://a.example/@x" class="mention">@<span>x</span></a></p>' as Post['html'],
        publishedAt: ago(5),
      }),
    ])
    expect(await found(anonymous, 'kannalles has:link')).toEqual(['has:1', 'has:2'])
    expect(await found(anonymous, 'kannalles has:code')).toEqual(['has:3'])
    expect(await found(anonymous, 'kannalles has:poll')).toEqual(['has:4'])
    expect(await found(anonymous, 'kartenwort')).toEqual(['has:2'])
  })

  test('a post is found by each source that shows it, and only so', async () => {
    const first = await save('Source one', [aPost('shared', { text: 'gemeinsam', publishedAt: ago(1) })])
    const second = await save('Source two', [aPost('shared', { text: 'gemeinsam', publishedAt: ago(1) })])
    const third = await save('Source three', [])
    for (const [source, expected] of [
      [first, ['shared']],
      [second, ['shared']],
      [third, []],
    ] as const)
      expect(idsOf(await searchPosts(anonymous, searchFor(`source:"${source.name}"`, [source])))).toEqual(expected)
  })
})

describe('who finds what', () => {
  test('what is unindexed is found by members only, and what is for members by nobody else, also by a line beside it', async () => {
    const conversation = { key: 'secret', title: '#secret', silenceMinutes: 20 }
    await save('audiences', [
      aPost('open', { text: 'geheimwort', publishedAt: ago(1) }),
      aPost('unindexed', { text: 'geheimwort', audience: 'unindexed', publishedAt: ago(2) }),
      aPost('members', { text: 'geheimwort', audience: 'members', publishedAt: ago(3) }),
      aPost('line 1', { text: 'geheimwort', conversation, publishedAt: ago(4) }),
      aPost('line 2', { text: 'geheimwort', conversation, audience: 'members', publishedAt: new Date(ago(4).getTime() + 1000) }),
    ])
    expect(await found(anonymous, 'geheimwort')).toEqual(['open'])
    expect(await countHits(anonymous, searchFor('geheimwort'), 10)).toBe(1)
    for (const reader of [member, owner]) expect(await found(reader, 'geheimwort')).toHaveLength(5)
    // Nothing by the back door: not by what it is not, and not by who said it.
    for (const text of ['-geheimwort', 'from:ada geheimwort', 'geheimwort OR x', '-x geheimwort', 'geheim*'])
      expect((await found(anonymous, text)).filter((id) => ['unindexed', 'members', 'line 1', 'line 2'].includes(id))).toEqual([])
  })

  test('a source that withdraws its permission takes its posts out of search at once', async () => {
    const source = await save('permission', [aPost('permitted', { text: 'erlaubt', publishedAt: ago(1) })])
    expect(await found(anonymous, 'erlaubt')).toEqual(['permitted'])
    const { key, platform, name, nameGiven, settings, rules, everySeconds, permission, keepDays, off } = source
    const declared = { key, platform, name, nameGiven, settings, rules, everySeconds, permission, keepDays, off }
    await declareSources([{ ...declared, audience: 'members' }], NOW)
    expect(await found(anonymous, 'erlaubt')).toEqual([])
    await indexAll()
    expect(await found(anonymous, 'erlaubt')).toEqual([])
    expect(await found(member, 'erlaubt')).toEqual(['permitted'])
  })
})

describe('what is taken away', () => {
  const left = async () =>
    (await database.db.execute(sql`select count(*)::int as left from indexed_posts where words @@ 'vergangen'`))[0]?.left

  test('a deleted post, a hidden account and words that were edited away leave the index in the same moment', async () => {
    const { source, holder } = await heldSource('takes away', { platform: 'feed' })
    const post = (id: string, change: Partial<Post> = {}) => aPost(id, { text: 'vergangen', publishedAt: ago(1), ...change })
    const quote = {
      ...{ state: 'shown' as const, externalId: 'gone:1', url: null, author: bob, title: null, html: '' as Post['html'] },
      ...{ text: 'vergangen zitiert', publishedAt: null, media: [], contentWarning: null, sensitive: false },
    }
    const all = [post('gone:1'), post('gone:2', { author: bob }), post('gone:3'), post('gone:4', { text: 'sieh', quote })]
    await saveBatch(source, holder, aBatch(all), NOW)
    expect(await left()).toBe(0)
    await indexAll()
    expect(await left()).toBe(4)
    await saveBatch(source, holder, aBatch([], { deleted: ['gone:1'] }), NOW)
    // The quote of it went along.
    expect(await left()).toBe(2)
    await saveBatch(source, holder, aBatch([], { authors: [{ authorId: bob.id, change: 'hidden' }] }), NOW)
    expect(await left()).toBe(1)
    await saveBatch(source, holder, aBatch([post('gone:3', { text: 'neu', editedAt: NOW })]), NOW)
    expect(await left()).toBe(0)
    await indexAll()
    expect(await found(owner, 'vergangen')).toEqual([])
    expect(await found(owner, '"neu"')).toEqual(['gone:3'])
    await saveBatch(source, holder, aBatch([], { authors: [{ authorId: bob.id, change: 'shown' }] }), NOW)
    await indexAll()
    expect(await found(owner, 'vergangen')).toEqual(['gone:2'])
  })

  test('whoever is indexing a post while it is deleted leaves nothing of it behind', async () => {
    const { source, holder } = await heldSource('races', { platform: 'feed' })
    const ids = Array.from({ length: 40 }, (_, index) => `race:${index}`)
    await saveBatch(source, holder, aBatch(ids.map((id) => aPost(id, { text: 'wettlauf', publishedAt: ago(1) }))), NOW)
    await Promise.all([indexAll(), indexAll(), saveBatch(source, holder, aBatch([], { deleted: ids }), NOW)])
    await indexAll()
    expect((await database.db.execute(sql`select 1 from indexed_posts where words @@ 'wettlauf'`)).length).toBe(0)
    expect((await database.db.execute(sql`select 1 from unindexed_posts`)).length).toBe(0)
  })
})

describe('pages', () => {
  const COUNT = 230

  beforeAll(async () => {
    // Over four years, several in a millisecond, some days busy and others empty.
    const posts = Array.from({ length: COUNT }, (_, index) =>
      aPost(`page:${index}`, {
        text: `seitenwort ${index % 3 === 0 ? 'drittel' : ''}`,
        publishedAt: ago(Math.floor(index / 4) ** 2 / 2.2),
        audience: index % 5 === 0 ? 'members' : 'public',
      }),
    )
    await save('pages', posts)
  })

  async function walk(reader: Reader, text: string, limit: number, direction: 'older' | 'newer', from: Place | null = null) {
    const ids: string[] = []
    for (let place = from; ; ) {
      const page = await searchPosts(reader, searchFor(text), { limit, ...(direction === 'older' ? { before: place } : { after: place }) })
      ids.push(...(direction === 'older' ? idsOf(page) : idsOf(page).reverse()))
      place = page[direction]
      if (!place) return ids
    }
  }

  test('pages neither overlap nor leave holes, in either direction, for every reader and search', async () => {
    for (const [reader, visible] of [
      [anonymous, COUNT * 0.8],
      [owner, COUNT],
    ] as const)
      for (const limit of [7, 50]) {
        const down = await walk(reader, 'seitenwort', limit, 'older')
        expect(down).toHaveLength(visible)
        expect(new Set(down).size).toBe(visible)
        const up = await walk(reader, 'seitenwort', limit, 'newer', { sortAt: new Date(0), id: 0 })
        expect(up.reverse()).toEqual(down)
        const some = await walk(reader, 'seitenwort drittel', limit, 'older')
        expect(some).toEqual(down.filter((id) => Number(id.slice('page:'.length)) % 3 === 0))
      }
  })

  test('hits are counted up to what is asked, whatever the page', async () => {
    expect(await countHits(owner, searchFor('seitenwort'), 100)).toBe(100)
    expect(await countHits(owner, searchFor('seitenwort'), 1000)).toBe(COUNT)
  })

  test('the stretches that are asked one after the other are all of time, without a hole', () => {
    for (const upward of [false, true])
      for (let day = 20_000; day < 20_040; day++) {
        const stretches = stretchesFrom(day, upward)
        expect(upward ? stretches[0]?.from : stretches[0]?.to).toBe(upward ? day : day + 1)
        for (const [index, stretch] of stretches.entries()) {
          const next = stretches[index + 1]
          if (next) expect(upward ? next.from : next.to).toBe(upward ? stretch.to : stretch.from)
          else expect(upward ? stretch.to : stretch.from).toBeNull()
        }
      }
  })

  test('every stretch is answered by the index of words', async () => {
    await database.db.execute(sql`
      insert into indexed_posts (post_id, sort_at, words)
      select 1000000 + i, now() - i * interval '1 hour', to_tsvector('simple', 'fuellwort wort' || i % 100) || array_to_tsvector(array[':audience:public', ':day:' || i / 24])
      from generate_series(1, 20000) i`)
    await database.db.execute(sql`analyze indexed_posts`)
    for (const stretch of stretchesFrom(Math.floor(NOW.getTime() / DAY_MS), false))
      for (const text of ['fuellwort', 'wort7', 'nirgends', 'fuellwort wort7', '-wort7']) {
        const plan = await database.db.transaction(async (tx) => {
          await tx.execute(sql`select set_config(key, value, true) from json_each_text(${JSON.stringify(ONLY_BY_WORDS)}::json)`)
          const query = text.startsWith('-')
            ? `!'wort7' & ':audience:public'`
            : text
                .split(' ')
                .map((word) => `'${word}'`)
                .join(' & ')
          return JSON.stringify(
            await tx.execute(sql`explain ${hitsWithin(query, stretch, searchFor(text), null)} order by sort_at desc limit 51`),
          )
        })
        expect(plan).toContain('Bitmap Index Scan on indexed_posts_by_word')
        expect(plan).not.toContain('Seq Scan')
        // One that leaps from the words to the days and back, and not one that looks at all of a word in every part of the stretch.
        const [condition = ''] = plan.match(/Index Cond: [^"]*/) ?? []
        expect(condition.match(/words @@/g)).toHaveLength(stretch.lexemes ? 2 : 1)
      }
  })
})
