import { load } from 'cheerio/slim'
import { z } from 'zod'
import type { Card, Media, Post } from '#db/post'
import { bodyOf } from './body.ts'
import { isBlanked } from './gone.ts'
import { isPicture } from './media.ts'
import type { Context } from './parse.ts'
import { personOf, SITE } from './person.ts'

/** What neither the API nor a feed tells of any post. */
export const REST = {
  language: null,
  tags: [],
  replyTo: null,
  share: null,
  copyOf: null,
  unsupported: null,
  kind: 'post',
  conversation: null,
  recovered: false,
  reactions: [],
  precisionSeconds: null,
  originalAt: null,
  audience: 'public',
} as const satisfies Partial<Post>

/** The fields of an Atom entry of Reddit's, as feedsmith reads it. */
const Entry = z.object({
  id: z.string().regex(/^t3_\w+$/),
  title: z.object({ value: z.string() }),
  links: z.array(z.object({ href: z.string(), rel: z.string().optional() })).min(1),
  /** None, once the account is gone. */
  authors: z.array(z.object({ name: z.string().optional() })).optional(),
  categories: z.array(z.object({ term: z.string().optional(), label: z.string().optional() })).optional(),
  content: z.object({ value: z.string().optional() }).optional(),
  published: z.string().optional(),
  updated: z.string().optional(),
  media: z.object({ thumbnails: z.array(z.object({ url: z.string().optional() })).optional() }).optional(),
})

/**
 * An entry of a subreddit's feed to one post. A feed tells less than the API: no flair, no marks, no count of comments
 * (null, not none), of a film or gallery only its first picture, of a crosspost only where it leads.
 */
export function parseEntry(native: unknown, { subreddit, site = SITE }: Context): Post {
  const entry = Entry.parse(native)
  const publishedAt = timeOf(entry)
  if (publishedAt === null) throw new Error('An entry without a time')
  const content = entry.content?.value ?? ''
  const body = bodyOf(content, site)
  if (isBlanked(body.text)) throw new Error('This submission was deleted or removed')
  const page = entry.links.find(({ rel }) => !rel || rel === 'alternate') ?? entry.links[0]
  const target = targetOf(content)
  const thumbnail = webAddress(entry.media?.thumbnails?.[0]?.url)
  const crosspost = target && /\/(r\/\w+)\/comments\//i.exec(target)?.[1]
  const isCrosspost = Boolean(crosspost && target && !target.includes(`/comments/${entry.id.slice(3)}`))
  return {
    ...REST,
    externalId: entry.id,
    url: page && URL.canParse(page.href, site) ? new URL(new URL(page.href, site).pathname, site).href : null,
    author: personOf(entry.authors?.[0]?.name ?? '', site),
    place: entry.categories?.find(({ label }) => label)?.label ?? (subreddit ? `r/${subreddit}` : null),
    badges: isCrosspost && crosspost ? [`crosspost from ${crosspost}`] : [],
    title: entry.title.value.replace(/\s+/g, ' ').trim(),
    html: body.html,
    text: body.text,
    contentWarning: body.hasSpoilers ? 'Spoiler' : null,
    sensitive: body.hasSpoilers,
    media: target ? picture(target, thumbnail) : [],
    card: target && (isCrosspost || !target.includes('/comments/')) ? cardOf(target, thumbnail) : null,
    poll: null,
    quote: null,
    replyCount: null,
    publishedAt,
    editedAt: null,
  }
}

/** When an entry was posted; null where it does not say, or not in a way that a Date holds. */
export function timeOf({ published, updated }: { published?: string; updated?: string }): Date | null {
  const time = new Date(published ?? updated ?? '')
  return Number.isNaN(time.getTime()) ? null : time
}

/** Whether an entry shows that its submission is gone. */
export function isEntryGone(native: unknown): boolean {
  const entry = Entry.safeParse(native)
  return entry.success && isBlanked(bodyOf(entry.data.content?.value ?? '', SITE).text)
}

/** Where "[link]" leads, in what Reddit appends to the text; a link of the text itself may be called the same. */
function targetOf(content: string): string | null {
  const $ = load(content, null, false)
  $('div.md').remove()
  const links = $('a[href]').filter((_, link) => $(link).text().trim() === '[link]')
  return webAddress(links.last().attr('href'))
}

function webAddress(written: string | undefined): string | null {
  return written && /^https?:\/\//i.test(written) && URL.canParse(written) ? written : null
}

function picture(target: string, preview: string | null): Media[] {
  if (!isPicture(target)) return []
  const unknown = { alt: null, width: null, height: null, mimeType: null, durationSeconds: null, bytes: null, title: null, captions: [] }
  return [{ ...unknown, kind: 'image', url: target, preview }]
}

/** The page, film, gallery or post that an entry links to. */
function cardOf(target: string, image: string | null): Card | null {
  if (isPicture(target)) return null
  const { hostname, pathname } = new URL(target)
  const kind =
    hostname === 'v.redd.it' ? 'video' : /(^|\.)reddit\.com$/.test(hostname) && pathname.startsWith('/gallery/') ? 'photo' : 'link'
  const title = { video: 'Video', photo: 'Gallery', link: '' }[kind]
  return { kind, url: target, title, description: '', image, site: hostname.replace(/^www\./, ''), authors: [], readingMinutes: null }
}
