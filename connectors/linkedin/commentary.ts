import type { Segment } from '../html.ts'

/**
 * LinkedIn's “little text”: plain text in which what else would mean something is escaped with a backslash, with mentions as
 * `@[name](urn)` and hashtags as `{hashtag|\#|tag}` or as they are.
 * https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format
 */
const TOKEN =
  /(?<mention>@\[(?<name>(?:\\.|[^\]\\])*)\]\s?\((?<urn>urn:li:\w+:[^)]+)\))|\{hashtag\|(?:\\?[#＃])\|(?<tag>[^}]+)\}|(?<![\p{L}\p{N}\\])#(?<plain>[\p{L}\p{N}_]+)|\\(?<escaped>[|{}@[\]()<>#\\*_~])|(?<link>https?:\/\/[^\s<>]+)/gu

/** The runs of a commentary, and the hashtags in it. */
export function segmentsOf(commentary: string): { segments: Segment[]; tags: string[] } {
  const segments: Segment[] = []
  const tags: string[] = []
  let end = 0
  for (const match of commentary.matchAll(TOKEN)) {
    const { mention, name = '', urn = '', tag, plain, escaped, link } = match.groups ?? {}
    segments.push({ text: commentary.slice(end, match.index) })
    end = match.index + match[0].length
    const hashtag = tag ?? plain
    if (mention) segments.push({ text: unescaped(name), href: pageOf(urn) })
    else if (hashtag) {
      const word = unescaped(hashtag)
      tags.push(word.toLowerCase())
      segments.push({ text: `#${word}`, href: `https://www.linkedin.com/feed/hashtag/${encodeURIComponent(word.toLowerCase())}` })
    } else if (link) segments.push(...linked(link))
    else segments.push({ text: escaped ?? '' })
  }
  segments.push({ text: commentary.slice(end) })
  return { segments: segments.filter(({ text }) => text !== ''), tags: [...new Set(tags)] }
}

/** Underscores in an address come escaped, and a full stop behind it is the sentence's. */
function linked(written: string): Segment[] {
  const whole = unescaped(written)
  const address = whole.replace(/[.,;:!?)\]]+$/, '')
  return [{ text: address, href: address }, { text: whole.slice(address.length) }]
}

function unescaped(text: string): string {
  return text.replace(/\\([|{}@[\]()<>#\\*_~])/g, '$1')
}

/** Organisations have a page by their number; people have none that their number leads to. */
function pageOf(urn: string): string | null {
  const id = /^urn:li:organization(?:Brand)?:(\d+)$/.exec(urn)?.[1]
  return id ? `https://www.linkedin.com/company/${id}` : null
}
