import { RichText } from '@atproto/api'
import { z } from 'zod'
import type { SafeHtml } from '#db/post'
import { fromSegments } from '../html.ts'
import { profileOf, webAddress } from './links.ts'

const Ref = z.object({ uri: z.string() })

/**
 * The record of a post, as far as we use it. What makes it a post must be there; what decorates it is dropped where it
 * is not as it should be, because anybody can write any record, and lexicons grow.
 * https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json
 */
export const PostRecord = z.object({
  $type: z.literal('app.bsky.feed.post'),
  /** May be empty where something is embedded. */
  text: z.string(),
  createdAt: z.string(),
  facets: z.array(z.unknown()).catch([]),
  langs: z.array(z.string()).catch([]),
  tags: z.array(z.string()).catch([]),
  reply: z.object({ root: Ref, parent: Ref }).optional().catch(undefined),
  embed: z.object({ $type: z.string() }).optional().catch(undefined),
  /** Bridgy Fed notes where its copies of what was said elsewhere come from (https://fed.brid.gy/docs#translate). */
  bridgyOriginalUrl: z.string().optional().catch(undefined),
})
export type PostRecord = z.infer<typeof PostRecord>

const Facet = z.object({
  index: z.object({ byteStart: z.int().min(0), byteEnd: z.int() }),
  features: z.array(z.looseObject({ $type: z.string() })),
})

/** Text with its mentions, links and tags as links. A facet that overlaps another or fits no text is dropped, the text kept. */
export function htmlOf(record: PostRecord): SafeHtml {
  const richText = new RichText({ text: record.text, facets: facetsOf(record) })
  return fromSegments(
    [...richText.segments()].map((segment) => {
      const { text, link, mention, tag } = segment
      // A link over a blank line would stand in two paragraphs.
      if (/\n\s*\n/.test(text)) return { text }
      // The visible text of a link is often cut short: its target is told in full.
      if (link) return { text, href: webAddress(link.uri), title: text === link.uri ? undefined : link.uri }
      if (mention) return { text, href: profileOf(encodeURI(mention.did)) }
      if (tag) return { text, href: `https://bsky.app/hashtag/${encodeURIComponent(tag.tag)}` }
      return { text }
    }),
  )
}

/** Tags in the text and beside it, lower case, without `#`. */
export function tagsOf(record: PostRecord): string[] {
  const inText = facetsOf(record).flatMap(({ features }) => features.map(({ $type, tag }) => ($type.endsWith('#tag') ? tag : null)))
  const all = [...inText, ...record.tags].filter((tag) => typeof tag === 'string').map((tag) => tag.replace(/^#/, '').toLowerCase())
  return [...new Set(all)].filter(Boolean)
}

/** The first language that a page can be marked with (BCP 47), or null. */
export function languageOf(record: PostRecord): string | null {
  return record.langs.find((language) => /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(language)) ?? null
}

/** Facets that fit the text; their indices count bytes of UTF-8, and a boundary inside of a character fits nothing. */
function facetsOf(record: PostRecord) {
  const bytes = Buffer.from(record.text)
  const startsCharacter = (index: number) => index === bytes.length || ((bytes[index] ?? 0x80) & 0xc0) !== 0x80
  return record.facets.flatMap((facet) => {
    const { data } = Facet.safeParse(facet)
    const fits = data && data.index.byteStart < data.index.byteEnd && data.index.byteEnd <= bytes.length
    return fits && startsCharacter(data.index.byteStart) && startsCharacter(data.index.byteEnd) ? [data] : []
  })
}
