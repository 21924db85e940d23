import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { bareMedium } from '#connectors/bare-medium'
import { fromHtml, fromText } from '#connectors/html'
import type { Said } from '#db/own-words'
import type { Card, Media } from '#db/post'
import { facets, status } from './drawn.ts'

/**
 * Pairs of posts of which a person says whether both are copies of one thing. They are written down in this folder as
 * lists of posts, with nothing but what makes them what they are, and given here the HTML that their network makes.
 *
 * A post is `<network> <who> <when>: what it says`. Networks: b Bluesky, m Mastodon, f the author's own feed, p a feed
 * that gathers others', r Reddit, xb and xm what a bridge carries to Bluesky and to Mastodon. When: 5m, 3h, 2d after the
 * first of the list.
 */
export type Pair = { one: Said; other: Said; copies: boolean; from: string }

const NETWORKS = { b: 'bluesky', m: 'mastodon', f: 'feed', p: 'feed', r: 'reddit', xb: 'bluesky', xm: 'mastodon' } as const
const MINUTES = { m: 1, h: 60, d: 1440 } as const
const START = Date.UTC(2026, 10, 22, 9)

const Written = z.strictObject({
  text: z.string().default(''),
  title: z.string().nullable().default(null),
  url: z.string().optional(),
  /** `address | title | description` */
  card: z.string().optional(),
  /** Where a link post of Reddit leads. */
  link: z.string().optional(),
  /** The part of its address that a bridge's copy names in `of`, unless that is an address. */
  id: z.coerce.string().optional(),
  of: z.coerce.string().optional(),
  quote: z.string().optional(),
  image: z.string().nullable().optional(),
  poll: z.array(z.string()).optional(),
  answers: z.boolean().default(false),
  warning: z.string().optional(),
})
type Written = z.infer<typeof Written>

const Posts = z.array(z.record(z.string(), z.union([z.string().transform((text) => Written.parse({ text })), Written])))
const File = z.strictObject({
  same: z.array(Posts).default([]),
  copiesOfFirst: z.array(Posts).default([]),
  different: z.array(Posts).default([]),
  differentFromFirst: z.array(Posts).default([]),
})

const folder = import.meta.dirname
const people = z
  .record(z.string(), z.record(z.enum(['bluesky', 'mastodon', 'reddit', 'feed']), z.string()))
  .parse(parse(readFileSync(join(folder, 'people.yaml'), 'utf8')))

/** All pairs that are written down, each once. */
export function writtenPairs(): Pair[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'people.yaml')
    .flatMap((from) => {
      const file = File.parse(parse(readFileSync(join(folder, from), 'utf8')))
      const of = (lists: z.infer<typeof Posts>[], copies: boolean, pairUp: (list: Said[]) => [Said, Said][]) =>
        lists.flatMap((list) => pairUp(list.map(postOf)).map(([one, other]) => ({ one, other, copies, from })))
      return [
        ...of(file.same, true, each),
        ...of(file.copiesOfFirst, true, first),
        ...of(file.different, false, each),
        ...of(file.differentFromFirst, false, first),
      ]
    })
}

function each(list: Said[]): [Said, Said][] {
  return list.flatMap((one, index) => list.slice(index + 1).map((other): [Said, Said] => [one, other]))
}

function first([one, ...others]: Said[]): [Said, Said][] {
  return one ? others.map((other): [Said, Said] => [one, other]) : []
}

let made = 0

function postOf(entry: Record<string, Written>): Said {
  const [[key, written] = ['', Written.parse({})]] = Object.entries(entry)
  const [, network, who = '', number, unit] =
    /^(b|m|f|p|r|xb|xm) (\w+) (\d+)([mhd])$/.exec(key) ?? fail(`"${key}" is no network, person and time`)
  const on = network as keyof typeof NETWORKS
  const id = written.id ?? String(++made)
  const said = bodyOf(on, written, id)
  return {
    platform: NETWORKS[on],
    externalId: addressOf(on, who, id),
    url: written.url ?? addressOf(on, who, id),
    author: authorOf(on, who),
    place: on === 'r' ? 'r/HPC' : on === 'p' ? 'Planet HPC' : on === 'f' ? `${who}'s feed` : null,
    ...said,
    media: written.image === undefined ? [] : [picture(written.image)],
    poll: written.poll
      ? { options: written.poll.map((text) => ({ text, html: null, votes: null })), multiple: false, voters: null, closesAt: null }
      : null,
    quote: written.quote ? { state: 'not-found', url: null } : null,
    replyTo: written.answers
      ? { state: 'unknown', externalId: `parent of ${id}`, url: null, author: null, text: null, rootExternalId: null }
      : null,
    copyOf: written.of ? (written.of.includes('://') ? written.of : addressOf(on === 'xm' ? 'b' : 'm', who, written.of)) : null,
    sortAt: new Date(START + Number(number) * MINUTES[unit as keyof typeof MINUTES] * 60_000),
  }
}

/** What the networks make of the same words and links. */
function bodyOf(on: keyof typeof NETWORKS, { text, title, card, link }: Written, id: string): Pick<Said, 'title' | 'html' | 'card'> {
  if (on === 'b' || on === 'xb') return { title, html: facets(text), card: card ? cardOf(card) : null }
  if (on === 'm' || on === 'xm') return { title, html: status(text, id), card: card ? cardOf(card) : null }
  return { title, html: text.startsWith('<') ? fromHtml(text) : fromText(text), card: link ? cardOf(link) : null }
}

function cardOf(written: string): Card {
  const [url = '', title = '', description = ''] = written.split(' | ')
  return { kind: 'link', url, title, description, image: null, site: new URL(url).host, authors: [], readingMinutes: null }
}

function picture(alt: string | null): Media {
  return { ...bareMedium, kind: 'image', url: `https://media.example/${++made}.jpg`, alt }
}

function addressOf(on: keyof typeof NETWORKS, who: string, id: string): string {
  if (on === 'b') return `https://bsky.app/profile/did:web:${who}.example/post/${id}`
  if (on === 'm') return `https://inst.example/@${who}/${id}`
  if (on === 'r') return `https://www.reddit.com/r/HPC/comments/${id.padStart(6, 'z')}/a_title/`
  return `https://${on === 'xb' || on === 'xm' ? 'bridge' : on === 'p' ? 'planet' : `${who}-blog`}.example/${on}/${who}/${id}`
}

function authorOf(on: keyof typeof NETWORKS, who: string): Said['author'] {
  const person = people[who] ?? fail(`nobody is called ${who}`)
  const from = on === 'xm' ? 'bluesky' : on === 'xb' ? 'mastodon' : NETWORKS[on]
  const [name = '', handle = ''] = (person[from] ?? '').split(' | ')
  return { id: `${on} ${who}`, name: on === 'r' ? handle.slice(2) : name, nameHtml: null, handle, url: null, avatar: null, badges: [] }
}

function fail(reason: string): never {
  throw new Error(reason)
}
