import { fromHtml, fromSegments, type Segment } from '#connectors/html'
import type { SafeHtml } from '#db/post'

/** A link under a text of its own, an address, a person or a tag. */
const PART =
  /\[([^\]]+)\]\((https?:[^)]+)\)|(https?:\/\/[^\s)]+|(?<=\s)[\w.-]+\.example\/\S+)|(?<!\w)([#@][\p{L}\p{N}_][\p{L}\p{N}_.@-]*)/gu

/** Bluesky: links are cut short as they are written, people and tags are links. */
export function facets(text: string): SafeHtml {
  return fromSegments(
    parts(text).map(({ text, href }) => {
      if (/^[#@]/.test(text))
        return { text, href: `https://bsky.app/${text.startsWith('#') ? 'hashtag' : 'profile'}/${encodeURI(text.slice(1))}` }
      return { text: href === text ? text.replace(/^https?:\/\//, '').replace(/^(.{26}).{4,}$/, '$1...') : text, href }
    }),
  )
}

/** Mastodon: https://docs.joinmastodon.org/spec/activitypub/#sanitization, with `invisible` and `ellipsis`. */
export function status(text: string, id: string): SafeHtml {
  const html = parts(text).map(({ text, href }) => {
    if (text.startsWith('#'))
      return `<a href="https://inst.example/tags/${text.slice(1)}" class="mention hashtag" rel="tag">#<span>${text.slice(1)}</span></a>`
    if (text.startsWith('@'))
      return `<span class="h-card"><a href="https://inst.example/${text}" class="u-url mention">@<span>${text.slice(1).split('@')[0]}</span></a></span>`
    if (!href) return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/\n\n+/g, '</p><p>').replace(/\n/g, '<br>')
    const shown = href.replace(/^https?:\/\/(www\.)?/, '')
    const invisible = href.slice(0, href.length - shown.length)
    const [start, rest] = [shown.slice(0, 30), shown.slice(30)]
    return `<a href="${href}"><span class="invisible">${invisible}</span><span class="${rest ? 'ellipsis' : ''}">${start}</span><span class="invisible">${rest}</span></a>`
  })
  return fromHtml(`<p>${html.join('')}</p>`, { base: `https://inst.example/${id}` })
}

function parts(text: string): Segment[] {
  const found = [...text.matchAll(PART)]
  const ends = [0, ...found.map((match) => match.index + match[0].length)]
  const between = [...found.map(({ index }) => index), text.length].map((start, at) => ({ text: text.slice(ends[at], start) }))
  return between.flatMap((plain, at): Segment[] => {
    const [all, shown, target, address] = found[at] ?? []
    if (all === undefined) return [plain]
    if (shown !== undefined) return [plain, { text: shown, href: target }]
    return [plain, address ? { text: address, href: address.startsWith('http') ? address : `https://${address}` } : { text: all }]
  })
}
