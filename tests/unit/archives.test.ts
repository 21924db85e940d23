import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Archive, Batch, Cursor } from '#connectors/contract'
import { connectorOf, connectors } from '#connectors/registry'
import type { Post } from '#db/post'
import { repositoryOf } from '#tests/support/repository'
import { type Packed, zipOf } from '#tests/support/zip'

/** What people exported of their own, as each platform packs it. All of it is made up. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backplane-archives-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function kept(name: string, bytes: Buffer | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const file = (name: string, data: string): Packed => ({ name, data: Buffer.from(data) })

function archiveOf(id: string): Archive<unknown> {
  const { archive } = connectorOf(id)
  if (!archive) throw new Error(`${id} has no archive`)
  return archive
}

/** As `npm run import` reads it, which goes on from a cursor where there is one. */
async function read(id: string, path: string, options: { [name: string]: string } = {}, cursor: Cursor | null = null) {
  const archive = archiveOf(id)
  const said = await archive.recognise([path])
  const settings = archive.settings({ ...said, ...options })
  const posts: Post[] = []
  const unreadable: Batch['unreadable'] = []
  let at = cursor
  for await (const batch of archive.read({
    paths: [path],
    settings,
    permission: null,
    cursor,
    signal: new AbortController().signal,
    progress() {},
  })) {
    posts.push(...batch.posts)
    unreadable.push(...batch.unreadable)
    at = batch.cursor
  }
  return { posts, unreadable, cursor: at, said }
}

describe('Mastodon', () => {
  const actor = {
    id: 'https://social.example/users/ada',
    preferredUsername: 'ada',
    name: 'Ada :kettle:',
    summary: '<p>HPC</p>',
    url: 'https://social.example/@ada',
    tag: [{ type: 'Emoji', name: ':kettle:', icon: { url: 'https://social.example/kettle.png' } }],
  }
  const everybody = 'https://www.w3.org/ns/activitystreams#Public'
  const note = (id: string, change = {}) => ({
    type: 'Create',
    object: {
      id: `${actor.id}/statuses/${id}`,
      type: 'Note',
      published: '2026-11-15T18:42:08Z',
      content: `<p>note ${id} <a href="https://social.example/tags/hpc">#hpc</a></p>`,
      contentMap: { en: '' },
      url: `https://social.example/@ada/${id}`,
      to: [everybody],
      cc: [`${actor.id}/followers`],
      tag: [{ type: 'Hashtag', name: '#HPC' }],
      attachment: [{ type: 'Document', mediaType: 'image/png', url: '/media_attachments/1.png', name: 'a rack', width: 10, height: 20 }],
      ...change,
    },
  })
  const outbox = {
    orderedItems: [
      note('1'),
      note('2', { inReplyTo: `${actor.id}/statuses/1`, summary: 'long', sensitive: true, updated: '2026-11-16T00:00:00Z' }),
      note('3', { to: [`${actor.id}/followers`], cc: [] }),
      note('4', { to: [`${actor.id}/followers`], cc: [everybody] }),
      { type: 'Announce', object: 'https://elsewhere.example/notes/1' },
      { type: 'Create', object: { id: 7 } },
    ],
  }
  const files = (change = {}) => [file('actor.json', JSON.stringify({ ...actor, ...change })), file('outbox.json', JSON.stringify(outbox))]

  test('an account’s own public posts, with their times; what is for followers, unlisted or a boost is not taken', async () => {
    const { posts, unreadable, said } = await read('mastodon', kept('archive.zip', zipOf(files())))
    expect(said).toEqual({ account: 'ada@social.example' })
    expect(posts.map(({ externalId }) => externalId)).toEqual([`${actor.id}/statuses/1`, `${actor.id}/statuses/2`])
    expect(posts[0]).toMatchObject({
      author: { id: 'ada@social.example', handle: '@ada@social.example' },
      publishedAt: new Date('2026-11-15T18:42:08Z'),
      tags: ['hpc'],
      language: 'en',
      audience: 'public',
      media: [{ alt: 'a rack', url: null }],
    })
    expect(posts[1]).toMatchObject({
      replyTo: { externalId: `${actor.id}/statuses/1` },
      contentWarning: 'long',
      editedAt: new Date('2026-11-16T00:00:00Z'),
    })
    expect(unreadable).toHaveLength(1)
  })

  test('a tar.gz, as older servers pack it, and the folder that it was unpacked to', async () => {
    const entries = files().map(({ name, data }) => ({ header: { name: `./${name}`, size: data.length }, body: new Uint8Array(data) }))
    const tar = await packTar(entries)
    expect((await read('mastodon', kept('archive.tar.gz', gzipSync(tar)))).posts).toHaveLength(2)
    expect((await read('mastodon', kept('archive.tar', tar))).posts).toHaveLength(2)
    mkdirSync(join(folder, 'unpacked'))
    for (const { name, data } of files()) kept(`unpacked/${name}`, data)
    expect((await read('mastodon', join(folder, 'unpacked'))).posts).toHaveLength(2)
  })

  test('an account that asks programs to leave it alone is left alone', async () => {
    expect((await read('mastodon', kept('nobot.zip', zipOf(files({ summary: '<p>#nobot please</p>' }))))).posts).toEqual([])
  })
})

describe('Bluesky', () => {
  const did = 'did:plc:ada2345678901234567890ab'
  const cid = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
  const post = (text: string, change = {}) => ({
    $type: 'app.bsky.feed.post',
    text,
    createdAt: '2026-11-15T18:42:08.000Z',
    langs: ['en'],
    ...change,
  })
  const records = {
    'app.bsky.actor.profile/self': { $type: 'app.bsky.actor.profile', displayName: 'Ada Example' },
    'app.bsky.feed.like/3l3a': { $type: 'app.bsky.feed.like', createdAt: '2026-11-15T18:42:08.000Z' },
    'app.bsky.feed.post/3l3b': post('hello from the archive'),
    'app.bsky.feed.post/3l3c': post('with a picture', {
      embed: {
        $type: 'app.bsky.embed.images',
        images: [{ alt: 'a rack', image: { $type: 'blob', ref: { $link: cid }, mimeType: 'image/png', size: 1 } }],
      },
    }),
    'app.bsky.feed.post/3l3d': { $type: 'app.bsky.feed.post', text: 7 },
  }

  test('the posts of a repository, under the keys that they have everywhere', async () => {
    const { posts, unreadable, said } = await read('bluesky', kept('repo.car', await repositoryOf(did, records)), {
      handle: '@Ada.example.org',
    })
    expect(said).toEqual({ author: did })
    expect(posts.map(({ externalId }) => externalId)).toEqual([
      `at://${did}/app.bsky.feed.post/3l3b`,
      `at://${did}/app.bsky.feed.post/3l3c`,
    ])
    expect(posts[0]).toMatchObject({
      author: { id: did, name: 'Ada Example', handle: '@ada.example.org' },
      text: 'hello from the archive',
      publishedAt: new Date('2026-11-15T18:42:08Z'),
      audience: 'public',
    })
    expect(posts[1]?.media).toMatchObject([{ alt: 'a rack', url: `https://cdn.bsky.app/img/feed_fullsize/plain/${did}/${cid}@jpeg` }])
    expect(unreadable).toHaveLength(1)
  })

  test('an account that is only for who signed in stays so', async () => {
    const profile = {
      $type: 'app.bsky.actor.profile',
      displayName: 'Ada',
      labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: '!no-unauthenticated' }] },
    }
    const car = await repositoryOf(did, { ...records, 'app.bsky.actor.profile/self': profile })
    const { posts } = await read('bluesky', kept('shy.car', car))
    expect(posts.map(({ audience }) => audience)).toEqual(['members', 'members'])
  })

  test('a file that is cut off is none', async () => {
    const car = await repositoryOf(did, records)
    await expect(read('bluesky', kept('cut.car', car.subarray(0, 40)))).rejects.toThrow('is no repository')
  })
})

describe('X', () => {
  const script = (name: string, data: unknown) =>
    file(`data/${name}.js`, `window.YTD.${name.replace('-', '_')}.part0 = ${JSON.stringify(data)}`)
  const tweet = (id: string, text: string) => ({ tweet: { id_str: id, full_text: text, created_at: 'Sun Nov 15 18:42:08 +0000 2026' } })
  const files = (more: Packed[] = []) => [
    script('account', [{ account: { username: 'ada_x', accountId: '42', accountDisplayName: 'Ada Example' } }]),
    script('tweets', [tweet('1', 'one'), tweet('2', 'RT @bob: what bob said and is cut…')]),
    file('data/tweets-part1.js', `window.YTD.tweets.part1 = ${JSON.stringify([tweet('3', 'three')])}`),
    ...more,
  ]

  test('all parts of an archive, without what it passes on of others', async () => {
    const { posts, said } = await read('x', kept('twitter.zip', zipOf(files())))
    expect(said).toEqual({ account: 'ada_x' })
    expect(posts).toMatchObject([
      { externalId: '1', author: { id: '42', handle: '@ada_x' }, publishedAt: new Date('2026-11-15T18:42:08Z') },
      { externalId: '3' },
    ])
  })

  test('nothing of an account whose posts are protected', async () => {
    const history = script('protected-history', [{ protectedHistory: { protectedAt: '2026-01-01T00:00:00Z', action: 'Protect' } }])
    await expect(read('x', kept('protected.zip', zipOf(files([history]))))).rejects.toThrow('protected')
  })
})

describe('LinkedIn', () => {
  const files = [
    file('Profile.csv', 'First Name,Last Name\nAda,Example\n'),
    file(
      'Shares.csv',
      'Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n' +
        '2026-11-15 18:42:08,https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A8,"first, ""line""\nsecond",,,MEMBER_NETWORK\n' +
        '2026-11-15 18:43:08,https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A9,for friends,,,CONNECTIONS\n' +
        '2026-11-15 18:44:08,https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A10,for all,,,PUBLIC\n',
    ),
  ]

  test('what was shared with the network is for members, with everybody for everybody, with a few for nobody', async () => {
    const { posts, said } = await read('linkedin', kept('linkedin.zip', zipOf(files)))
    expect(said).toEqual({ name: 'Ada Example' })
    expect(posts.map(({ externalId, audience }) => [externalId, audience])).toEqual([
      ['urn:li:share:8', 'members'],
      ['urn:li:share:10', 'public'],
    ])
    expect(posts[0]).toMatchObject({ author: { name: 'Ada Example' }, publishedAt: new Date('2026-11-15T18:42:08Z') })
  })
})

describe('Reddit', () => {
  const head = 'id,permalink,date,ip,subreddit,gildings,'
  const files = [
    file('statistics.csv', 'statistic,value\naccount name,ada_r\n'),
    file(
      'posts.csv',
      `${head}title,url,body\n` +
        'p1,https://www.reddit.com/r/hpc/comments/p1/slurm/,2026-11-15 18:42:08 UTC,198.51.100.7,hpc,0,Slurm 26.05,https://www.reddit.com/r/hpc/comments/p1/slurm/,"It is out.\n\nSee the notes."\n' +
        'p2,https://www.reddit.com/r/secret/comments/p2/x/,2026-11-15 18:42:08 UTC,198.51.100.7,secret,0,Elsewhere,,not for here\n',
    ),
    file(
      'comments.csv',
      `${head}link,parent,body,media\n` +
        'c1,https://www.reddit.com/r/HPC/comments/p9/q/c1/,2026-11-15 19:42:08 UTC,198.51.100.7,HPC,0,https://www.reddit.com/r/HPC/comments/p9/q/,c0,Use --exclusive,\n' +
        'c2,https://www.reddit.com/r/HPC/comments/p9/q/c2/,2026-11-15 19:42:08 UTC,,HPC,0,https://www.reddit.com/r/HPC/comments/p9/q/,,[deleted],\n',
    ),
  ]

  test('posts and comments in the subreddits that are named, and no address of a computer', async () => {
    const { posts, said } = await read('reddit', kept('reddit.zip', zipOf(files)), { subreddits: 'r/HPC' })
    expect(said).toEqual({ account: 'ada_r' })
    expect(posts).toMatchObject([
      { externalId: 't3_p1', title: 'Slurm 26.05', author: { id: 'u/ada_r' }, publishedAt: new Date('2026-11-15T18:42:08Z') },
      { externalId: 't1_c1', text: 'Use --exclusive', replyTo: { externalId: 't1_c0', rootExternalId: 't3_p9' } },
    ])
    expect(posts).toHaveLength(2)
    expect(posts[0]?.text).toContain('See the notes.')
    expect(JSON.stringify(posts)).not.toContain('198.51.100')
  })

  test('which subreddits are public is for who imports to say', async () => {
    await expect(read('reddit', kept('reddit2.zip', zipOf(files)))).rejects.toThrow('--subreddits')
  })
})

describe('feeds that somebody kept', () => {
  const rss = (ids: number[]) =>
    `<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Blog</title><link>https://blog.example.org/</link><atom:link rel="self" href="https://blog.example.org/feed.xml"/>${ids
      .map(
        (id) =>
          `<item><guid isPermaLink="false">g${id}</guid><title>Item ${id}</title><pubDate>Sun, 15 Nov 2026 18:4${id}:00 GMT</pubDate></item>`,
      )
      .join('')}</channel></rss>`

  test('a dump of a feed, with the keys that reading it gives', async () => {
    const { posts, said } = await read('feed', kept('feed.xml', Buffer.from(rss([2, 1]))))
    expect(said).toEqual({ url: 'https://blog.example.org/feed.xml' })
    expect(posts.map(({ externalId, publishedAt }) => [externalId, publishedAt?.toISOString()])).toEqual([
      ['blog.example.org#g1', '2026-11-15T18:41:00.000Z'],
      ['blog.example.org#g2', '2026-11-15T18:42:00.000Z'],
    ])
  })
})

describe('every archive', () => {
  test('is known by what is in it, and taken for no other platform’s', async () => {
    const files = ['archive.zip', 'archive.tar.gz', 'repo.car', 'twitter.zip', 'linkedin.zip', 'reddit.zip', 'feed.xml'].map((name) =>
      join(folder, name),
    )
    files.push(
      kept('slack.zip', zipOf([file('channels.json', '[]'), file('general/2026-11-15.json', '[]')])),
      kept('hpc.log', Buffer.from('20:41 < ada> hi\n')),
    )
    const able = connectors.flatMap(({ id, archive }) => (archive ? [{ id, archive }] : []))
    const found = await Promise.all(
      files.map(async (path) =>
        (await Promise.all(able.map(async ({ id, archive }) => ((await archive.recognise([path])) ? id : null)))).filter(Boolean),
      ),
    )
    expect(found).toEqual([['mastodon'], ['mastodon'], ['bluesky'], ['x'], ['linkedin'], ['reddit'], ['feed'], ['slack'], ['irc']])
    const other = kept('letter.zip', zipOf([file('letter.txt', 'dear')]))
    for (const { archive } of able) expect(await archive.recognise([other])).toBeNull()
  })

  test('goes on where the last import of it ended, and from the beginning when it has changed', async () => {
    const many = (count: number) =>
      zipOf([
        file('data/account.js', `window.YTD.account.part0 = ${JSON.stringify([{ account: { username: 'ada_x', accountId: '42' } }])}`),
        file(
          'data/tweets.js',
          `window.YTD.tweets.part0 = ${JSON.stringify(
            Array.from({ length: count }, (_, id) => ({
              tweet: { id_str: String(id), full_text: `text ${id}`, created_at: 'Sun Nov 15 18:42:08 +0000 2026' },
            })),
          )}`,
        ),
      ])
    const path = kept('many.zip', many(1200))
    const archive = archiveOf('x')
    const run = {
      paths: [path],
      settings: archive.settings({ account: 'ada_x' }),
      permission: null,
      signal: new AbortController().signal,
      progress() {},
    }
    let first: Batch | null = null
    for await (const batch of archive.read({ ...run, cursor: null })) {
      first = batch
      break
    }
    expect(first?.posts).toHaveLength(500)
    const rest = await read('x', path, {}, first?.cursor ?? null)
    expect(rest.posts.map(({ externalId }) => externalId)).toEqual(Array.from({ length: 700 }, (_, id) => String(id + 500)))
    expect((await read('x', path, {}, rest.cursor)).posts).toEqual([])
    kept('many.zip', many(1201))
    expect((await read('x', path, {}, rest.cursor)).posts).toHaveLength(1201)
  })
})
