import { createHash } from 'node:crypto'
import type { Media, Person, Post } from '#db/post'
import { bareMedium } from '../bare-medium.ts'
import { readDate } from './dates.ts'
import type { Author, Enclosure, Entry, FeedInfo, Picture } from './entry.ts'
import { picturesIn, summarise } from './summary.ts'
import { plainTitle } from './title.ts'

/** What an entry does not say of itself. */
export type FeedContext = Pick<FeedInfo, 'title' | 'home' | 'icon' | 'language'> & {
  /** The address of the feed, as the source names it: part of its authors' ids. */
  url: string
  /** How hpc.social sorts blogs. */
  class: 'personal' | 'community' | 'commercial' | null
  /** ISO 8601: a date after this is no date. */
  fetchedAt: string
}

const MINUTE_MS = 60_000
/** Clocks differ a little. */
const AHEAD_MS = 5 * MINUTE_MS
/** A change of this soon after publishing is part of publishing: software stamps the two one after the other. */
const EDIT_MS = MINUTE_MS
const MAX_TAGS = 20
const MAX_ENCLOSURES = 4
/** A picture smaller than this is a button or a smiley. */
const MIN_PICTURE_PIXELS = 48

/** One entry of a feed to one post. Throws for an entry that says nothing, or nothing to know it by. */
export function parse(entry: Entry, context: FeedContext): Post {
  const externalId = externalIdOf(entry, context)
  const title = entry.title && plainTitle(entry.title)
  // The author's own summary, else the start of the text; a summary that only repeats the title is none.
  const short = entry.summary && summarise(entry.summary)
  const speaks = short && short.text !== '' && short.text !== title
  // Of the whole text only the pictures are wanted then.
  const full = entry.content && !speaks ? summarise(entry.content) : null
  const summary = speaks ? short : (full ?? short)
  const within = full?.pictures ?? (entry.content ? picturesIn(entry.content) : [])
  const publishedAt = dateBefore(entry.published ?? entry.updated, context)
  const updatedAt = dateBefore(entry.updated, context)
  const media = [...firstPicture([...within, ...(short?.pictures ?? [])], entry), ...files(entry.enclosures)]
  if (!title && !summary?.text && media.length === 0) throw new Error('an item without title, text or media')
  return {
    externalId,
    url: entry.link,
    author: toPerson(entry.authors, context),
    place: entry.origin ?? context.title,
    badges: context.class ? [context.class] : [],
    title: title || null,
    html: summary?.html ?? summarise({ value: '', type: 'text', base: context.url }).html,
    text: summary?.text ?? '',
    language: languageTag(entry.language ?? context.language),
    tags: toTags(entry.tags),
    contentWarning: null,
    sensitive: false,
    media,
    card: null,
    poll: null,
    quote: null,
    replyTo: null,
    share: null,
    copyOf: null,
    unsupported: null,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: entry.commentCount,
    publishedAt,
    originalAt: null,
    editedAt: updatedAt && publishedAt && updatedAt.getTime() - publishedAt.getTime() > EDIT_MS ? updatedAt : null,
    audience: 'public',
  }
}

/**
 * The key of an entry among all feeds: its id, else its link, else a hash of what it says. An id that is no URI
 * ("42") is one only within its own site, whose host is put before it; the host is that of the link, so that an
 * aggregator and the blog itself agree.
 */
export function externalIdOf({ id, link, title, published, summary, content }: Entry, { url }: Pick<FeedContext, 'url'>): string {
  const { host } = new URL(link ?? url)
  if (id) return /^[a-z][a-z0-9+.-]*:/i.test(id) ? id : `${host}#${id}`
  if (link) return canonical(link)
  const said = [title?.value, published, title ? null : (summary ?? content)?.value].filter(Boolean)
  if (said.length === 0) throw new Error('an item without id, link, title or text')
  return `${host}#${createHash('sha256').update(said.join('\n')).digest('hex').slice(0, 32)}`
}

/** Without what counts campaigns, and without the place within the page. */
function canonical(link: string): string {
  const url = new URL(link)
  url.hash = ''
  for (const name of [...url.searchParams.keys()]) if (/^(utm_|fbclid$|gclid$|mc_[ce]id$)/.test(name)) url.searchParams.delete(name)
  return url.href
}

/** null for what is no date, or lies in the future: "undated" is truer than a wrong time. */
function dateBefore(written: string | null, { fetchedAt }: FeedContext): Date | null {
  const date = readDate(written)
  return date && date.getTime() <= Date.parse(fetchedAt) + AHEAD_MS ? date : null
}

/** Made once: it takes longer to make than all else that is done for an author. */
const listed = new Intl.ListFormat('en')

/** The authors as one; a blog whose posts name nobody speaks itself. */
function toPerson(authors: Author[], { url, title, home, icon }: FeedContext): Person {
  const [first] = authors
  const names = authors.map(({ name }) => name)
  const name = names.length > 0 ? listed.format(names) : (title ?? new URL(home ?? url).host)
  return {
    id: `${url}#${name.toLowerCase()}`,
    name,
    nameHtml: null,
    handle: '',
    url: first?.url ?? home,
    avatar: first?.avatar ?? icon,
    badges: [],
  }
}

/** What the feed names, and what the text shows: the first with an alternative text, else the first. */
function firstPicture(shown: Picture[], { pictures, enclosures }: Entry): Media[] {
  const attached = enclosures.filter(({ mimeType }) => mimeType?.startsWith('image/'))
  const candidates = [...pictures, ...attached.map(({ url, title }) => ({ url, alt: title, width: null, height: null })), ...shown].filter(
    ({ width, height }) => (width ?? MIN_PICTURE_PIXELS) >= MIN_PICTURE_PIXELS && (height ?? MIN_PICTURE_PIXELS) >= MIN_PICTURE_PIXELS,
  )
  const picture = candidates.find(({ alt }) => alt) ?? candidates[0]
  if (!picture) return []
  const { url, alt, width, height } = picture
  return [{ ...bareMedium, kind: 'image', url, alt, width, height }]
}

/** What is attached besides pictures, each once: podcasts often name a file in two ways. */
function files(enclosures: Enclosure[]): Media[] {
  const once = new Map(enclosures.toReversed().map((one) => [one.url, one]))
  const others = [...once.values()].reverse().filter(({ mimeType }) => !mimeType?.startsWith('image/'))
  return others.slice(0, MAX_ENCLOSURES).map(toMedia)
}

function toMedia({ url, mimeType, bytes, durationSeconds, title }: Enclosure): Media {
  const [kind] = mimeType?.split('/') ?? []
  return { ...bareMedium, kind: kind === 'audio' || kind === 'video' ? kind : 'file', url, mimeType, bytes, durationSeconds, title }
}

function toTags(written: string[]): string[] {
  const tags = written.map((tag) => (plainTitle({ value: tag, type: 'html' }) ?? '').replace(/^#/, '').toLowerCase())
  // What blogging software says of posts that were given no category.
  return [...new Set(tags)].filter((tag) => tag !== '' && tag !== 'uncategorized' && tag.length <= 60).slice(0, MAX_TAGS)
}

function languageTag(written: string | null): string | null {
  try {
    return Intl.getCanonicalLocales(written?.trim().replace('_', '-') || [])[0] ?? null
  } catch {
    return null
  }
}
