import { fromText } from '#connectors/html'
import { copyKeysOf } from '#db/copies'
import type { Audience, Card, Media, Person, Quote, ReplyTo } from '#db/post'
import type { posts, sightings } from '#db/schema'
import { aPost } from '../support/post.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { nameOf, vocabulary } from './vocabulary.ts'

// Over 150 lines, because what a platform's posts look like is told here, all kinds of it.

/** A source of the archive: `members` ones are read by who signed in. */
export type MadeSource = { id: number; platform: string; members: boolean }
export type MadePost = typeof posts.$inferInsert & { id: number; sortAt: Date; audience: Audience; authorHidden: boolean }
export type MadeEntry = { posts: MadePost[]; sightings: (typeof sightings.$inferInsert)[] }

/** Of a hundred entries, so many begin on this platform; and how many people speak there. */
type Kind = {
  platform: string
  share: number
  people: number
  unindexed?: number
  members?: number
  shared?: number
  talk?: number
  flairs?: string[]
}

/** Every platform, as much as each has to tell; 2,000 people in all. `talk`: posts in a stretch of conversation, about. */
export const KINDS: Kind[] = [
  { platform: 'bluesky', share: 28, people: 520, members: 0.05, shared: 0.15 },
  { platform: 'mastodon', share: 28, people: 520, unindexed: 0.3, shared: 0.2 },
  { platform: 'reddit', share: 13, people: 330, flairs: ['Question', 'News', 'Discussion', 'Job', 'Help', 'Showcase', 'Meta', 'Poll'] },
  { platform: 'feed', share: 14, people: 150, flairs: ['commercial'] },
  { platform: 'irc', share: 4, people: 120, talk: 6 },
  { platform: 'slack', share: 5, people: 160, talk: 3 },
  { platform: 'x', share: 3, people: 80, shared: 0.1 },
  { platform: 'threads', share: 2, people: 60, shared: 0.05, flairs: ['Threads via fediverse'] },
  { platform: 'linkedin', share: 2, people: 40 },
  { platform: 'links', share: 1, people: 20 },
]

const TAGS = 400
/** Said by few, and so long ago that a page of it is far to look for. */
export const RARE_TAG = 'sunway'
const RULE = 'everything'
const SECOND_MS = 1000

type Sayer = Person & { number: number }

/**
 * What a community says: posts of people of whom few say most, with tags, flairs, boosts, answers, pictures, links, quotes,
 * stretches of conversation, and the same thing on a second network. The same at every run. `next` makes the entry that
 * begins at `at`, with ids from `id` on; `early` says that it is of the archive's first tenth.
 */
export function madePosts(sources: MadeSource[], seed = 7) {
  const random = randomNumbers(seed)
  const words = vocabulary(random)
  const people = new Map(KINDS.map(({ platform, people }) => [platform, peopleOf(platform, people)]))
  const sourcesOf = Map.groupBy(sources, ({ platform }) => platform)
  const said = new Map<string, MadePost[]>()
  const chance = (of: number | undefined) => of !== undefined && random() < of
  /** Of so many, the first far more often than the last. */
  const few = (of: number) => Math.min(of - 1, Math.floor(Math.exp(random() * Math.log(of + 1)) - 1))
  const oneOf = <T>(all: T[]): T => all[few(all.length)] ?? never()

  return { next }

  function next(id: number, at: Date, early: boolean): MadeEntry {
    const kind = kindAt(random() * 100)
    const source = oneOf(sourcesOf.get(kind.platform) ?? [])
    const audience = source.members || chance(kind.members) ? 'members' : chance(kind.unindexed) ? 'unindexed' : 'public'
    if (kind.talk) return talkOf(kind, kind.talk, source, id, at, audience, early)
    const first = postOf(kind, source, { id, entryId: id, at, audience, early })
    const posts = [first]
    // The same, said on another network a little later.
    if (audience === 'public' && chance(0.02) && !first.share) {
      const other = kind.platform === 'mastodon' ? 'bluesky' : 'mastodon'
      const there = (sourcesOf.get(other) ?? []).find(({ members }) => !members) ?? never()
      const author = people.get(other)?.[personIn(first)] ?? never()
      const row = {
        ...first,
        id: id + 1,
        platform: other,
        sourceId: there.id,
        externalId: `${other}:${id + 1}`,
        url: urlOf(other, id + 1),
        author,
      }
      posts.push({ ...row, sortAt: after(at, 60), publishedAt: after(at, 60), badges: [], replyTo: null })
    }
    return { posts, sightings: posts.flatMap((post) => sightingsOf(post, kind)) }
  }

  function talkOf(kind: Kind, talk: number, source: MadeSource, id: number, at: Date, audience: Audience, early: boolean): MadeEntry {
    const key = `${kind.platform}/${source.id}/${id}`
    const conversation = { key, title: `#channel-${source.id}`, silenceMinutes: 20 }
    const count = 1 + Math.floor(random() * random() * talk * 4)
    const posts = Array.from({ length: count }, (_, nth) => {
      const row = postOf(kind, source, { id: id + nth, entryId: id, at: after(at, nth * 40), audience, early })
      return { ...row, kind: 'message' as const, conversation, copyKeys: null }
    })
    return { posts, sightings: posts.flatMap((post) => sightingsOf(post, kind)) }
  }

  function postOf(
    kind: Kind,
    source: MadeSource,
    where: { id: number; entryId: number; at: Date; audience: Audience; early: boolean },
  ): MadePost {
    const { platform, talk } = kind
    const { id, entryId, at, audience, early } = where
    const author = oneOf(people.get(platform) ?? [])
    const tags = talk || !chance(0.5) ? [] : tagsOf(early)
    const text = [
      words.sentence(talk ? 4 + random() * 20 : 15 + random() * 45),
      ...words.marks(id, early),
      ...tags.map((tag) => `#${tag}`),
    ].join(' ')
    const titled = platform === 'feed' || platform === 'reddit' || platform === 'links'
    const earlier = said.get(platform) ?? []
    const share = chance(kind.shared) ? sharedBy(oneOf(people.get(platform) ?? []), id, at) : null
    const { number: _, ...shown } = author
    const post = aPost(`${platform}:${id}`, {
      ...{ author: shown, text, html: fromText(text), tags, audience, share, publishedAt: at, url: urlOf(platform, id) },
      title: titled ? text.split(' ').slice(0, 8).join(' ') : null,
      place: titled || talk ? `Place ${source.id}` : null,
      badges: kind.flairs && chance(platform === 'feed' ? 0.05 : 0.6) ? [oneOf(kind.flairs)] : [],
      media: !talk && chance(0.12) ? [pictureOf(id, words.sentence(8))] : [],
      card: !talk && chance(0.15) ? cardOf(id, words.sentence(7)) : null,
      replyTo: !share && chance(0.15) ? answerTo(earlier[earlier.length - 1 - few(earlier.length)]) : null,
      quote: !talk && chance(0.03) ? quoteOf(earlier.at(-1)) : null,
      language: chance(0.1) ? 'de' : 'en',
    })
    const copyKeys = copyKeysOf({ ...post, platform, sortAt: at })
    const stored = {
      id,
      entryId,
      platform,
      sourceId: source.id,
      copyKeys,
      firstSeenAt: at,
      sortAt: at,
      late: false,
      revision: '',
      authorHidden: false,
    }
    const row = { ...post, ...stored }
    remember(platform, row)
    return row
  }

  function remember(platform: string, row: MadePost): void {
    const earlier = said.get(platform) ?? []
    if (row.audience === 'public') earlier.push(row)
    said.set(platform, earlier.length > 400 ? earlier.slice(-200) : earlier)
  }

  function tagsOf(early: boolean): string[] {
    const tags = Array.from({ length: 1 + few(3) }, () => `tag${few(TAGS)}`)
    return [...new Set(['hpc', ...tags, ...(early && chance(0.001) ? [RARE_TAG] : [])].slice(chance(0.5) ? 0 : 1))]
  }

  /** Where it came from; one in ten another source of the platform showed, too, half of them by a boost. */
  function sightingsOf(post: MadePost, kind: Kind): MadeEntry['sightings'] {
    const seen = { postId: post.id, sourceId: post.sourceId, shareId: '', share: null, rule: RULE, fetchedAt: post.sortAt }
    const other = chance(0.1) ? oneOf(sourcesOf.get(post.platform) ?? []) : null
    if (!other || other.id === post.sourceId) return [seen]
    const share = kind.shared && chance(0.5) ? sharedBy(oneOf(people.get(post.platform) ?? []), post.id, post.sortAt) : null
    return [seen, { ...seen, sourceId: other.id, shareId: share?.externalId ?? '', share }]
  }

  function personIn({ author }: MadePost): number {
    return Number(author.id.split(':').at(-1)) % 60
  }
}

function kindAt(hundredth: number): Kind {
  let below = 0
  for (const kind of KINDS) {
    below += kind.share
    if (hundredth < below) return kind
  }
  return KINDS[0] ?? never()
}

function peopleOf(platform: string, count: number): Sayer[] {
  return Array.from({ length: count }, (_, number) => {
    const name = nameOf(number * 13 + platform.length * 1009 + platform.charCodeAt(0))
    const handle = `@${name.toLowerCase().replace(' ', '.')}`
    return {
      ...{ id: `${platform}:${number}`, name, nameHtml: null, handle, url: `https://${platform}.example/${number}` },
      avatar: null,
      badges: [],
      number,
    }
  })
}

function sharedBy({ number: _, ...by }: Sayer, id: number, at: Date) {
  return { externalId: `share:${by.id}:${id}`, by, at: at.toISOString() }
}

function answerTo(post: MadePost | undefined): ReplyTo | null {
  if (!post) return null
  const { externalId, url = null, author, text } = post
  return { state: 'shown', externalId, url, author, text: text.slice(0, 200), rootExternalId: externalId }
}

function quoteOf(post: MadePost | undefined): Quote | null {
  if (!post) return null
  const { externalId, url = null, author, html, text, sortAt } = post
  const rest = { title: null, media: [], contentWarning: null, sensitive: false }
  return { state: 'shown', externalId, url, author, html, text, publishedAt: sortAt.toISOString(), ...rest }
}

function pictureOf(id: number, alt: string): Media {
  const url = `https://media.example/${id}`
  const size = { width: 1200, height: 800, mimeType: 'image/jpeg', durationSeconds: null, bytes: null }
  return { kind: 'image', url: `${url}.jpg`, preview: `${url}-small.jpg`, alt, ...size, title: null, captions: [] }
}

function cardOf(id: number, title: string): Card {
  const url = `https://pages.example/${id}`
  return {
    kind: 'link',
    url,
    title,
    description: `${title}, and what came of it`,
    image: null,
    site: 'pages.example',
    authors: [],
    readingMinutes: null,
  }
}

function urlOf(platform: string, id: number): string {
  return `https://${platform}.example/said/${id}`
}

function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * SECOND_MS)
}

function never(): never {
  throw new Error('there are people and sources on every platform')
}
