import { decodeHTML } from 'entities'
import { compile } from 'html-to-text'
import { LinkifyIt } from 'linkify-it'
import sanitize from 'sanitize-html'
import type { SafeHtml } from '#db/post'

/**
 * The one place where strangers' HTML becomes ours. Everything that reaches a page as HTML is a `SafeHtml`, and only
 * the functions below make one.
 */

export type Emoji = { shortcode: string; url: string }

export type FromHtml = {
  /** What relative links are relative to. */
  base?: string
  /** Custom emoji: `:shortcode:` becomes its picture. */
  emojis?: Emoji[]
  /** Classes whose elements are dropped, content and all. */
  drop?: string[]
}

/** Nobody is told whence a reader comes, and nobody gains by being linked. */
const LINK_REL = 'nofollow noopener noreferrer'

const linkify = new LinkifyIt({ fuzzyLink: false, fuzzyEmail: false })

/** What a body may consist of: text, its structure, links and pictures. No style, no script, no form, no frame. */
const BODY_TAGS = `p div br hr a span del s pre code em strong b i u ul ol li blockquote h1 h2 h3 h4 h5 h6 table thead
   tbody tr th td sub sup small q cite abbr kbd samp var mark dl dt dd figure figcaption img ruby rt rp
   bdi time`.split(/\s+/)

/** Boxes that are not in the list above: what they hold stays apart from what is beside them. */
const BOXES = 'section article main header footer aside nav details summary address center fieldset form'.split(' ')

/** Gone with all that is in them: what they hold is for machines, or an excuse for not being shown. */
const GONE = [
  ...['style', 'script', 'noscript', 'template', 'head', 'title', 'iframe', 'frameset', 'object', 'embed', 'applet', 'svg', 'math'],
  ...['textarea', 'select', 'option', 'button', 'video', 'audio', 'canvas', 'map', 'dialog'],
]

/** Pictures that are there to count readers: what blog hosts and feed burners append to each item. */
const COUNTERS =
  /\/\/(?:pixel|stats)\.wp\.com\/|\/\/(?:www\.)?blogger\.(?:com|googleusercontent\.com)\/tracker\/|\/\/feeds\.feedburner\.com\/~|\/\/medium\.com\/_\/stat\?/i

/**
 * One paragraph of text without markup, as most of what is said in chats: taking it apart twice to find that out is half of
 * what reading an archive would cost. Nothing in it can be a tag, nor an entity but those of quotes.
 */
const PLAIN = /^<p>((?:[^<>&]|&#3[49];)+)<\/p>$/
/** The same, sanitised, with nothing in it that reading aloud would change: single spaces between words. */
const PLAIN_WORDS = /^<p>([^<>&\s\u200b]+(?: [^<>&\s\u200b]+)*)<\/p>$/

/** Strangers' HTML, reduced to the allowlist; relative links made absolute; links open without telling whence. */
export function fromHtml(html: string, { base, emojis = [], drop = [] }: FromHtml = {}): SafeHtml {
  const plain = emojis.length === 0 ? PLAIN.exec(html)?.[1] : undefined
  if (plain !== undefined) return `<p>${plain.replaceAll('&#34;', '"').replaceAll('&#39;', "'")}</p>` as SafeHtml
  const unwanted = new WeakSet<sanitize.Attributes>()
  const clean = sanitize(html, {
    allowedTags: BODY_TAGS,
    allowedAttributes: {
      a: ['href', 'class', 'rel', 'title'],
      span: ['class', 'lang', 'dir'],
      p: ['dir', 'lang'],
      ol: ['start', 'reversed'],
      li: ['value'],
      img: ['src', 'alt', 'title', 'width', 'height', 'loading', 'class'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan', 'scope'],
      abbr: ['title'],
      time: ['datetime'],
      bdi: ['dir'],
    },
    // Mastodon's own classes carry meaning (a shortened link); any other is a stranger's styling.
    allowedClasses: { a: ['mention', 'hashtag'], span: ['invisible', 'ellipsis'], img: ['emoji'] },
    allowedSchemes: ['https', 'http', 'mailto'],
    allowedSchemesByTag: { img: ['https', 'http'] },
    allowProtocolRelative: false,
    nonTextTags: GONE,
    nestingLimit: 50,
    transformTags: {
      a: (_tag, attribs) => ({ tagName: 'a', attribs: { ...attribs, href: absolute(attribs.href, base), rel: LINK_REL } }),
      img: (_tag, attribs) => draw(attribs, base),
      ...Object.fromEntries(BOXES.map((box) => [box, 'div'])),
      // A page has one h1, and it is not a stranger's.
      h1: 'h3',
      h2: 'h3',
      // By the time of the filter a stranger's classes are gone, so what is to be dropped is noted before.
      '*': (tagName, attribs) => {
        if (drop.length > 0 && hasClass(attribs, drop)) unwanted.add(attribs)
        return { tagName, attribs }
      },
    },
    exclusiveFilter: ({ tag, attribs }) => unwanted.has(attribs) || (tag === 'img' && !attribs.src),
    textFilter: emojis.length > 0 ? (text) => drawEmojis(text, emojis) : undefined,
  })
  return clean.trim() as SafeHtml
}

/** The same with links that lead to a key of `targets` leading to its value instead; what they show stays. */
export function withTargets(html: SafeHtml, targets: Map<string, string>): SafeHtml {
  return html.replace(/(?<= href=")[^"]+(?=")/g, (href) => {
    const target = targets.get(decodeHTML(href))
    return target && /^https?:\/\//i.test(target) && URL.canParse(target) ? escapeHtml(new URL(target).href) : href
  }) as SafeHtml
}

/** Plain text: escaped, http(s) links made links, blank lines made paragraphs and line ends kept. */
export function fromText(text: string): SafeHtml {
  return paragraphs(linked(text))
}

/** A run of text, and where it leads. */
export type Segment = { text: string; href?: string | null; title?: string }

/** Text whose links are given (rich text): each segment escaped, only http(s) targets kept. */
export function fromSegments(segments: Segment[]): SafeHtml {
  return paragraphs(
    segments
      .map(({ text, href, title }) => {
        if (!href || !/^https?:\/\//i.test(href) || !URL.canParse(href)) return escapeHtml(text)
        const hover = title ? ` title="${escapeHtml(title)}"` : ''
        return `<a href="${escapeHtml(href)}"${hover} rel="${LINK_REL}">${escapeHtml(text)}</a>`
      })
      .join(''),
  )
}

/** A run of text in one style: how chats without markup write emphasis. */
export type StyledRun = {
  text: string
  bold?: boolean
  italic?: boolean
  underline?: boolean
  strike?: boolean
  mono?: boolean
  reverse?: boolean
}

const STYLE_TAGS = { bold: 'b', italic: 'i', underline: 'u', strike: 's', mono: 'code', reverse: 'mark' } as const

/** One line in styled runs: escaped, http(s) links made links, also where a style begins or ends within one. */
export function fromFormatted(runs: StyledRun[]): SafeHtml {
  const links = (linkify.match(runs.map(({ text }) => text).join('')) ?? []).filter(({ url }) => /^https?:\/\//i.test(url))
  let html = ''
  let start = 0
  for (const run of runs) {
    const end = start + run.text.length
    const within = links.filter(({ index, lastIndex }) => index < end && lastIndex > start)
    const edges = within.flatMap(({ index, lastIndex }) => [Math.max(index, start), Math.min(lastIndex, end)])
    const cuts = [start, ...edges, end]
    let piece = ''
    for (const [at, from] of cuts.slice(0, -1).entries()) {
      const to = cuts[at + 1] ?? end
      const link = within.find(({ index, lastIndex }) => index <= from && from < lastIndex)
      const escaped = escapeHtml(run.text.slice(from - start, to - start))
      piece += link && escaped ? `<a href="${escapeHtml(link.url)}" rel="${LINK_REL}">${escaped}</a>` : escaped
    }
    for (const [style, tag] of Object.entries(STYLE_TAGS))
      if (run[style as keyof typeof STYLE_TAGS] && piece) piece = `<${tag}>${piece}</${tag}>`
    html += piece
    start = end
  }
  return (html && `<p>${html}</p>`) as SafeHtml
}

/** One line with custom emoji drawn: a display name. null when it has none, so that plain text serves. */
export function nameWithEmojis(name: string, emojis: Emoji[]): SafeHtml | null {
  const drawn = drawEmojis(escapeHtml(name), emojis)
  return drawn === escapeHtml(name) ? null : (drawn as SafeHtml)
}

/** Clean HTML with its pictures fetched from elsewhere: `at` is asked for each http(s) address, and answers with an address too. */
export function withPicturesAt(html: SafeHtml, at: (url: string) => string): SafeHtml {
  if (!html.includes('<img')) return html
  // The sanitiser writes attributes one way: in double quotes, with quotes and brackets escaped.
  return html.replace(/(<img\b[^>]*?\ssrc=")([^"]+)/g, (written, before: string, src: string) => {
    const url = unescapeHtml(src)
    return /^https?:/i.test(url) && URL.canParse(url) ? before + escapeHtml(at(url)) : written
  }) as SafeHtml
}

/** Clean HTML with the links of its hashtags led elsewhere: `at` is asked for each tag, in lower case; null leaves its link as it is. */
export function withTagsAt(html: SafeHtml, at: (tag: string) => string | null): SafeHtml {
  return html.replace(
    /(<a\b[^>]*?\bhref=")([^"]*)("[^>]*>)(?=#(?:<span>)?([^<]+))/g,
    (written, before: string, _href, after: string, tag: string) => {
      const href = at(unescapeHtml(tag).toLowerCase())
      return href === null ? written : before + escapeHtml(href) + after
    },
  ) as SafeHtml
}

// Compiled once: compiling takes ten times as long as converting a post.
const readAloud = compile({
  wordwrap: false,
  // Deeper than anything that is meant to be read; the library recurses.
  limits: { maxDepth: 100 },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'span.invisible', format: 'skip' },
    { selector: 'span.ellipsis', format: 'inlineSurround', options: { suffix: '…' } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
  ],
})

/** What a reader would read aloud: line ends kept, link targets and pictures left out. */
export function toText(html: string): string {
  return PLAIN_WORDS.exec(html)?.[1] ?? readAloud(html).trim()
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const NAMED: Record<string, string> = { amp: '&', quot: '"', lt: '<', gt: '>' }

/** What the sanitiser and `escapeHtml` write, read back. */
function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|(amp|quot|lt|gt));/g, (_written, code, name) => NAMED[name] ?? String.fromCodePoint(Number(code)))
}

function linked(text: string): string {
  let html = ''
  let end = 0
  for (const { index, lastIndex, url } of linkify.match(text) ?? []) {
    if (!/^https?:\/\//i.test(url)) continue
    html += escapeHtml(text.slice(end, index))
    html += `<a href="${escapeHtml(url)}" rel="${LINK_REL}">${escapeHtml(text.slice(index, lastIndex))}</a>`
    end = lastIndex
  }
  return html + escapeHtml(text.slice(end))
}

function paragraphs(html: string): SafeHtml {
  const blocks = html
    .replace(/\r\n?/g, '\n')
    .trim()
    .split(/\n{2,}/)
  return blocks
    .filter(Boolean)
    .map((block) => `<p>${block.replaceAll('\n', '<br>')}</p>`)
    .join('') as SafeHtml
}

/** `escaped` is already HTML; a shortcode that nobody declared stays text. */
function drawEmojis(escaped: string, emojis: Emoji[]): string {
  return escaped.replace(/:([\w-]+):/g, (written, shortcode: string) => {
    const emoji = emojis.find((candidate) => candidate.shortcode === shortcode)
    if (!emoji || !/^https?:\/\//i.test(emoji.url)) return written
    return `<img class="emoji" src="${escapeHtml(emoji.url)}" alt="${written}" title="${written}" loading="lazy">`
  })
}

/** A picture as it may stand in a body; without `src`, and so dropped, when it cannot be shown or only counts readers. */
function draw(attribs: sanitize.Attributes, base: string | undefined): sanitize.Tag {
  const { class: written = '', style = '' } = attribs
  const src = absolute(attribs.src, base)
  const counts = isPixel(attribs) || /display\s*:\s*none/i.test(style) || COUNTERS.test(src)
  // Blogging software replaces emoji in the text by pictures of them.
  const emoji = /(^|\s)(wp-smiley|emoji)(\s|$)/.test(written) ? 'emoji' : ''
  return { tagName: 'img', attribs: { ...attribs, src: counts ? '' : src, class: emoji, loading: 'lazy' } }
}

/** Where it leads from `base`; empty for what leads nowhere without one: a relative link would lead into our own pages. */
function absolute(written: string | undefined, base: string | undefined): string {
  return written && URL.canParse(written, base) ? new URL(written, base).href : ''
}

function hasClass({ class: written = '' }: sanitize.Attributes, names: string[]): boolean {
  return written.split(/\s+/).some((name) => names.includes(name))
}

function isPixel({ width, height }: sanitize.Attributes): boolean {
  return [width, height].some((side) => side !== undefined && Number.parseInt(side, 10) <= 1)
}
