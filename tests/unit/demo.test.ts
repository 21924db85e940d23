import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import type { Post } from '#db/post'
import type { Entry } from '#db/timeline'
import { atTime, type DemoFile, demoAt, readDemo } from '#lib/demo/demo-file'

import { kinds as drawnKinds, pointsOf, pointsWithout } from '#tests/support/kinds'
import { EntryItem } from '../../app/entry-item.tsx'

const now = new Date('2026-11-20T17:30:00Z')
const names = { ORIGIN: 'http://127.0.0.1:3000', ROUND: '1' }

describe('times of the demo', () => {
  test.each([
    ['"@-2d5h13m"', '"2026-11-18T12:17:00.000Z"'],
    ['"@-40s"', '"2026-11-20T17:29:20.000Z"'],
    ['"@-0s"', '"2026-11-20T17:30:00.000Z"'],
    ['"@+1d4h"', '"2026-11-21T21:30:00.000Z"'],
    ['"@-2d 14:05"', '"2026-11-18T14:05:00.000Z"'],
    ['"@epochms-2h"', String(Date.UTC(2026, 10, 20, 15, 30))],
    ['"@epoch-2h"', String(Date.UTC(2026, 10, 20, 15, 30) / 1000)],
  ])('%s before, after or on a day near now', (token, expected) => {
    expect(atTime(`{"at":${token}}`, now)).toBe(`{"at":${expected}}`)
  })

  test('leaves what people write alone', () => {
    const json = JSON.stringify({ text: 'ask @-2d or @ada.example.org', handle: '@ada', mail: 'ada@example.org' })
    expect(atTime(json, now)).toBe(json)
  })
})

type Read = { demo: DemoFile; posts: Post[] }
const reads = new Map<string, Promise<Read>>()

/** Each post of the demo, the week's first, as its connector reads it. */
function postsOf(id: string): Promise<Read> {
  const read = reads.get(id) ?? readAll(id)
  reads.set(id, read)
  return read
}

async function readAll(id: string, at = now): Promise<Read> {
  const connector = connectors.find((one) => one.id === id)
  const json = await readDemo(id)
  if (!connector || json === null) throw new Error(`${id} has no demo`)
  const demo = demoAt(json, at, names)
  const contextOf = (source: string) => demo.sources.find(({ name }) => name === source)?.context
  return { demo, posts: [...demo.posts, ...demo.trickle].map(({ source, native }) => connector.parse(native, contextOf(source))) }
}

const shown = connectors

describe.each(shown.map(({ id }) => id))('the demo of %s', (id) => {
  test('is read whole by its connector, from sources that could be declared', async () => {
    const { demo, posts } = await postsOf(id)
    expect(demo.trickle.length).toBeGreaterThan(0)
    for (const { source } of [...demo.posts, ...demo.trickle]) expect(demo.sources.map(({ name }) => name)).toContain(source)
    for (const { settings } of demo.sources) connectors.find((one) => one.id === id)?.settings.parse(settings)
    expect(posts).toHaveLength(demo.posts.length + demo.trickle.length)
  })

  test('leads to nobody real: its sources ask made-up hosts, and its pictures are our own', async () => {
    const { demo, posts } = await postsOf(id)
    const pictures = readdirSync(join(import.meta.dirname, '../../public/demo'))
    for (const { settings } of demo.sources)
      for (const [, host] of JSON.stringify(settings).matchAll(/https?:\/\/([^/"]+)/g)) expect(host).toMatch(/\.(example|test)$/)
    for (const post of posts) {
      const shown = [post.author.avatar, post.card?.image, ...post.media.flatMap(({ url, preview }) => [preview, url])].filter(Boolean)
      for (const address of shown) {
        const { host, pathname } = new URL(String(address))
        if (host === '127.0.0.1:3000') expect(pictures).toContain(pathname.replace('/demo/', ''))
        else expect(host).toMatch(/\.(example|test)$/)
      }
    }
  })

  test('gives each round of the trickle keys of its own', async () => {
    const json = (await readDemo(id)) ?? ''
    const keys = (round: string) => {
      const connector = connectors.find((one) => one.id === id)
      const demo = demoAt(json, now, { ...names, ROUND: round })
      return demo.trickle.map(({ source, native }) => {
        const post = connector?.parse(native, demo.sources.find(({ name }) => name === source)?.context)
        return post?.share?.externalId ?? post?.externalId
      })
    }
    expect(keys('1').filter((key) => keys('2').includes(key))).toEqual([])
  })

  test('marks as a link or hashtag what looks like one, and nothing else', async () => {
    const { posts } = await postsOf(id)
    for (const { html } of posts)
      for (const [, text] of html.matchAll(/<a [^>]*(?:hashtag|tags)\/[^>]*>(.*?)<\/a>/g))
        expect(text?.replace(/<[^>]*>/g, '')).toMatch(/^#/)
  })
})

/** Everything that the page draws in a way of its own, and whether a post shows it. */
const kinds: { [platform: string]: { [kind: string]: (post: Post) => unknown } } = {
  bluesky: {
    'a verified person': ({ author }) => author.badges.includes('verified'),
    'a trusted verifier': ({ author }) => author.badges.includes('trusted verifier'),
    'a bot': ({ author }) => author.badges.includes('bot'),
    pronouns: ({ author }) => author.badges.includes('she/her'),
    'a lost handle': ({ author }) => author.handle.startsWith('did:'),
    'no text': ({ text, media }) => text === '' && media.length > 0,
    'a mention': ({ html }) => /profile\/did:web:[^"]*"[^>]*>@/.test(html),
    'a link cut short': ({ html }) => /title="https/.test(html),
    'tags beside the text': ({ text, tags }) => tags.some((tag) => !text.toLowerCase().includes(`#${tag}`)),
    'languages from right to left': ({ language }) => language === 'he' || language === 'ar',
    'an answer with its parent': ({ replyTo }) => replyTo?.state === 'shown' && replyTo.text,
    'an answer to what is gone': ({ replyTo }) => replyTo?.state === 'unavailable',
    'a repost': ({ share, originalAt }) => share && originalAt,
    'four pictures or more': ({ media }) => media.length > 3 && media.every(({ kind }) => kind === 'image'),
    'a picture without description': ({ media }) => media.some(({ kind, alt }) => kind === 'image' && alt === null),
    'a film with its still': ({ media }) => media.some(({ kind, preview }) => kind === 'video' && preview),
    'a silent loop': ({ media }) => media.some(({ kind }) => kind === 'gifv'),
    'a link card with reading time': ({ card }) => card?.kind === 'link' && card.readingMinutes && card.image,
    'a feed': ({ card }) => card?.kind === 'feed',
    'a list': ({ card }) => card?.kind === 'list',
    'a labeler': ({ card }) => card?.kind === 'labeler',
    'a starter pack': ({ card }) => card?.kind === 'starter-pack',
    'a quote with a picture beside it': ({ quote, media }) => quote?.state === 'shown' && media.length > 0,
    'a quote not found': ({ quote }) => quote?.state === 'not-found',
    'a blocked quote': ({ quote }) => quote?.state === 'blocked',
    'a detached quote': ({ quote }) => quote?.state === 'detached',
    'something hidden': ({ audience }) => audience === 'withheld',
    'something flagged': ({ contentWarning }) => contentWarning?.includes('!warn'),
    'a picture its author covers': ({ contentWarning }) => contentWarning?.includes('graphic-media'),
    'members only': ({ audience }) => audience === 'members',
    'members only for its parent': ({ audience, replyTo }) => audience === 'members' && replyTo,
    'something that cannot be drawn': ({ unsupported }) => unsupported,
    'something imported': ({ publishedAt }) => publishedAt && now.getTime() - publishedAt.getTime() > 30 * 86_400_000,
  },
  mastodon: {
    'emoji in a name': ({ author }) => author.nameHtml,
    'emoji in a text': ({ html }) => html.includes('class="emoji"'),
    ...Object.fromEntries(
      ['bot', 'group', 'memorial', 'moved', 'limited', 'locked'].map((badge) => [
        `a ${badge} account`,
        ({ author }: Post) => author.badges.includes(badge),
      ]),
    ),
    code: ({ html }) => /<pre>/.test(html),
    lists: ({ html }) => /<ul>/.test(html),
    'a numbered list': ({ html }) => /<ol>/.test(html),
    'a quotation': ({ html }) => /<blockquote>/.test(html),
    'words struck out': ({ html }) => /<del>/.test(html),
    'a shortened link': ({ html }) => /class="ellipsis"/.test(html) && /class="invisible"/.test(html),
    'a warning without covered pictures': ({ contentWarning, sensitive }) => contentWarning && !sensitive,
    'covered pictures without a warning': ({ contentWarning, sensitive, media }) => !contentWarning && sensitive && media.length > 0,
    'a warning and covered pictures': ({ contentWarning, sensitive, media }) => contentWarning && sensitive && media.length > 0,
    'a boost': ({ share }) => share,
    'an answer to oneself': ({ replyTo, author }) => replyTo?.author?.id === author.id,
    'an answer to somebody': ({ replyTo, author }) => replyTo?.author && replyTo.author.id !== author.id,
    ...Object.fromEntries(
      ['shown', 'pending', 'rejected', 'revoked', 'deleted', 'unauthorized', 'blocked', 'muted', 'nested'].map((state) => [
        `a quote that is ${state}`,
        ({ quote }: Post) => quote?.state === state,
      ]),
    ),
    ...Object.fromEntries(
      ['image', 'gifv', 'video', 'audio', 'file'].map((kind) => [
        `media: ${kind}`,
        ({ media }: Post) => media.some((medium) => medium.kind === kind),
      ]),
    ),
    'a picture without description': ({ media }) => media.some(({ kind, alt }) => kind === 'image' && alt === null),
    'an open poll that hides its votes': ({ poll }) =>
      poll?.multiple && Date.parse(poll.closesAt ?? '') > now.getTime() && poll.options[0]?.votes === null,
    'a closed poll': ({ poll }) => poll && Date.parse(poll.closesAt ?? '') < now.getTime(),
    'a link card with authors': ({ card }) => card?.kind === 'link' && card.authors.length > 0,
    'a film card': ({ card }) => card?.kind === 'video',
    'a photo card': ({ card }) => card?.kind === 'photo',
    'an edit': ({ editedAt }) => editedAt,
    'a language from right to left': ({ language }) => language === 'ar',
    'an unlisted post of who agreed': ({ badges }) => badges.includes('unlisted'),
    'an author who wants no index': ({ audience }) => audience === 'unindexed',
    'Threads via fediverse': ({ badges }) => badges.includes('Threads via fediverse'),
  },
  feed: {
    'a personal blog': ({ badges }) => badges.includes('personal'),
    'a community blog': ({ badges }) => badges.includes('community'),
    'a commercial blog': ({ badges }) => badges.includes('commercial'),
    'an undated item': ({ publishedAt }) => publishedAt === null,
    'an updated item': ({ editedAt }) => editedAt,
    'a podcast': ({ media }) => media.some(({ kind, durationSeconds }) => kind === 'audio' && durationSeconds),
    'a file to download': ({ media }) => media.some(({ kind, bytes }) => kind === 'file' && bytes),
    'a picture with its description': ({ media }) => media.some(({ kind, alt }) => kind === 'image' && alt),
    code: ({ html }) => /<pre>/.test(html),
    tags: ({ tags }) => tags.length > 1,
    'a blog seen through a planet': ({ place, author }) => place === 'Night Shift Notes' && author.name !== place,
    'a long text, shortened': ({ text }) => text.endsWith('…'),
    'comments counted': ({ replyCount }) => replyCount,
  },
  reddit: {
    'a flair': ({ badges }) => badges.includes('Career'),
    'a moderator’s pinned post': ({ author, badges }) => author.badges.includes('moderator') && badges.includes('pinned'),
    'a link with a picture': ({ card }) => card?.image,
    'a gallery with words': ({ media }) => media.length > 2 && media.every(({ alt }) => alt),
    'a film with its still': ({ media }) => media.some(({ kind, preview }) => kind === 'video' && preview),
    'a poll': ({ poll }) => poll,
    'a crosspost with its poster': ({ quote }) => quote?.state === 'shown' && quote.author.name === 'u/grumpy_scheduler',
    'a cover over what is not for work': ({ contentWarning, media }) => contentWarning === 'NSFW' && media.length > 0,
    'a spoiler': ({ contentWarning }) => contentWarning === 'Spoiler',
    'something locked': ({ badges }) => badges.includes('locked'),
    'something edited': ({ editedAt }) => editedAt,
    'an account that is gone': ({ author }) => author.name === '[deleted]',
    code: ({ html }) => /<pre>/.test(html),
  },
  links: {
    'a post of LinkedIn': ({ url }) => url?.startsWith('https://linkedin.com/'),
    'a post of X': ({ url }) => url?.startsWith('https://x.com/'),
    'a post of Threads': ({ url }) => url?.startsWith('https://threads.net/'),
    'any other page': ({ place }) => place === 'talks.example',
    'a note': ({ text }) => text,
    'no time stated': ({ originalAt }) => originalAt === null,
  },
}

describe.each(Object.entries(kinds))('the demo of %s shows every kind of its posts:', (id, ofPlatform) => {
  test.each(Object.entries(ofPlatform))('%s', async (_, shows) => {
    expect((await postsOf(id)).posts.some((post) => shows(post))).toBe(true)
  })
})

/** The posts of the demo of a platform as pages show them: each conversation as one entry, the rest one by one. */
const pages = new Map<string, Promise<string>>()
function pageOf(id: string): Promise<string> {
  const page = pages.get(id) ?? drawAll(id)
  pages.set(id, page)
  return page
}

/** Shortly after midnight, when nothing of what is said during the day has been said: the demo shows everything at any hour. */
const night = new Date('2026-11-20T00:20:00Z')

async function drawAll(id: string): Promise<string> {
  const now = night
  const { demo, posts } = await readAll(id, night)
  const week = posts.slice(0, demo.posts.length).flatMap((post, index) => {
    const seen = demo.posts[index]?.seen ?? now
    // Nothing of it is ever shown.
    if (post.audience === 'withheld') return []
    if (seen > now || (post.publishedAt ?? seen) > now) return []
    const sortAt = post.publishedAt && post.publishedAt < seen ? post.publishedAt : seen
    return [{ ...post, firstSeenAt: seen, sortAt, late: demo.posts[index]?.seen !== undefined, index }]
  })
  const groups = Map.groupBy(week, ({ conversation, index }) => conversation?.key ?? index)
  return [...groups.values()]
    .map((said) => {
      const rows = said.map(({ index, ...post }) => ({
        ...post,
        id: index + 1,
        entryId: (said[0]?.index ?? 0) + 1,
        platform: id,
        sourceId: 1,
        revision: '',
        deletedAt: null,
        authorHidden: false,
        sightings: [],
        copyKeys: [],
        warningHtml: post.warningHtml ?? null,
      }))
      const [first, last] = [rows[0], rows.at(-1)]
      if (!first || !last) return ''
      const people = new Set(rows.map(({ author }) => author.id)).size
      const entry: Entry = {
        id: first.id,
        sortAt: first.sortAt,
        platform: id,
        posts: rows,
        count: rows.length,
        people,
        lastAt: last.sortAt,
        seenAt: now,
        removed: [],
      }
      return renderToStaticMarkup(createElement(EntryItem, { entry, zone: 'UTC', now }))
    })
    .join('\n')
}

test('every point of what a reader must see has a kind, or says why no post can show it', () => {
  const said = [...drawnKinds, ...pointsWithout].map(({ on, point }) => `${on} ${point}`)
  const points = Object.entries(pointsOf).flatMap(([on, many]) => Array.from({ length: many }, (_, index) => `${on} ${index + 1}`))
  expect(points.filter((point) => !said.includes(point))).toEqual([])
})

test.each(drawnKinds)('the pages of the demo show $kind ($on $point)', async ({ on, html }) => {
  // Not toMatch, which prints all of the demo.
  expect(html.test(await pageOf(on))).toBe(true)
})

test('somebody says the same on two networks, and posts lead to a blog that is there', async () => {
  const all = await Promise.all(Object.keys(kinds).map(postsOf))
  const saidBy = all.map(({ posts }) => new Map(posts.map(({ text, author }) => [text.slice(0, 80), author.name])))
  const [bluesky, mastodon] = saidBy
  const twice = [...(bluesky ?? [])].filter(([text, name]) => mastodon?.get(text) === name && text.length > 60)
  expect(twice.length).toBeGreaterThanOrEqual(2)
  const items = new Set(all.flatMap(({ posts }) => posts.filter(({ title }) => title).map(({ url }) => url)))
  expect(all.flatMap(({ posts }) => posts).filter(({ card }) => card && items.has(card.url)).length).toBeGreaterThanOrEqual(4)
})
