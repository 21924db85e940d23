import { z } from 'zod'
import type { Person, Post } from '#db/post'
import { fromText, toText } from '../html.ts'
import { siteOf } from './sites.ts'

const said = (most: number) => z.string().trim().max(most).default('')

/** A link that a person hands in, with what they say of it: nothing of it is looked up. */
export const Submission = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  /** What it says, in a line. */
  title: said(300),
  /** Who wrote it. */
  author: said(100),
  /** What the one who hands it in says of it. */
  note: said(1000),
  by: z.object({ id: z.string().min(1), name: z.string().min(1) }),
  /** When it was posted there, as far as the one who hands it in knows. */
  statedAt: z.iso.datetime().nullable().default(null),
  submittedAt: z.iso.datetime(),
})
export type Submission = z.input<typeof Submission>

/**
 * A submission as a post: a card of the link, by whoever wrote it, passed on by who handed it in. The note is in its
 * author's name, so that nobody is taken for having said it. A page that is handed in twice is one post that two passed on.
 * Throws what is no submission.
 */
export function parse(native: unknown): Post {
  const { title, author: written, note, by, statedAt, submittedAt, ...given } = Submission.parse(native)
  const url = addressOf(given.url)
  const { hostname } = new URL(url)
  const site = siteOf(url)
  const author = authorOf(url, written)
  const html = fromText(note && `${by.name}: “${note}”`)
  return {
    externalId: url,
    url,
    author,
    place: site ? null : hostname,
    badges: [],
    title: null,
    html,
    text: toText(html),
    language: null,
    tags: [],
    contentWarning: null,
    sensitive: false,
    media: [],
    card: {
      kind: 'link',
      url,
      title,
      description: '',
      image: null,
      site: site?.name ?? hostname,
      authors: author.id === '' ? [] : [author.name],
      readingMinutes: null,
    },
    poll: null,
    quote: null,
    replyTo: null,
    share: { externalId: `${by.id} ${url}`, by: { ...nobody, id: by.id, name: by.name }, at: submittedAt },
    // What is here of it already stands for it.
    copyOf: url,
    unsupported: null,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: null,
    publishedAt: new Date(submittedAt),
    originalAt: statedAt === null ? null : new Date(statedAt),
    editedAt: null,
    audience: 'public',
  }
}

const nobody: Person = { id: '', name: '', nameHtml: null, handle: '', url: null, avatar: null, badges: [] }

/** As the address says, where it does; else as was said by who handed it in. */
function authorOf(url: string, written: string): Person {
  const { hostname, origin, pathname } = new URL(url)
  const account = siteOf(url)?.account?.exec(pathname)?.[1]
  const profile = `${origin}/${pathname.split('/')[1]}`
  if (account)
    return { ...nobody, id: `${hostname}/${account.toLowerCase()}`, name: written || account, handle: `@${account}`, url: profile }
  return written ? { ...nobody, id: `${hostname}/${written.toLowerCase()}`, name: written } : nobody
}

/** Words in an address that say how somebody came there. */
const CAME_BY = /^(utm_\w+|fbclid|gclid|igshid|mc_[ce]id|ref|ref_src)$/i

/** One address for one page: of the networks by path alone, elsewhere without fragment and tracking words. */
function addressOf(given: string): string {
  const url = new URL(given)
  url.hash = ''
  url.username = url.password = ''
  const site = siteOf(given)
  if (site) {
    url.search = ''
    url.protocol = 'https:'
    url.hostname = site.hosts[0]
    url.pathname = url.pathname.replace(/(?<=.)\/+$/, '')
  }
  for (const name of [...url.searchParams.keys()]) if (CAME_BY.test(name)) url.searchParams.delete(name)
  return url.href
}
