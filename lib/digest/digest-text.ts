import { compile } from 'html-to-text'
import type { DigestItem, Said } from './digest-item.ts'
import { clockBeside, clockIn } from './digest-times.ts'
import { digestWords as say } from './digest-words.ts'

/** The plain text of a digest: lines of 72 characters, links numbered and told under the entry that has them. */

const WIDTH = 72
export const RULE = '-'.repeat(WIDTH)

/** The links of the entry that is being converted: the library hands its formatters nothing of ours. */
let linksNow: string[] = []

/** What a link says, then its number. Compiled once: that takes long. */
const toLines = compile({
  wordwrap: false,
  limits: { maxDepth: 100 },
  formatters: {
    numbered(element, walk, builder) {
      const href = String(element.attribs?.href ?? '')
      walk(element.children, builder)
      if (/^(https?|mailto):/i.test(href)) builder.addInline(` [${numberOf(href, linksNow)}]`)
    },
    described(element, _walk, builder) {
      builder.addInline(String(element.attribs?.alt ?? ''))
    },
  },
  selectors: [
    { selector: 'a', format: 'numbered' },
    { selector: 'img', format: 'described' },
    { selector: 'span.invisible', format: 'skip' },
    { selector: 'span.ellipsis', format: 'inlineSurround', options: { suffix: '…' } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
  ],
})

/** One entry as text, with a blank line after it. `page` is its own page on the site. */
export function itemText(item: DigestItem, { page, zone }: { page: string; zone: string }): string {
  const { platform, at, name, beside, above, said, also, original, answers, members } = item
  const links: string[] = []
  const numbered = (words: string, url: string | null) => (url && /^https?:/i.test(url) ? `${words} [${numberOf(url, links)}]` : words)
  const heading = [`${clockIn(at, zone)}  ${name}`, ...beside, platform.name].join(' · ')
  const body = said.flatMap((one) => saidLines(one, { links, page, beside: at, zone }))
  const copies = also.length > 0 ? [`${say.also} ${also.map(({ name: words, url }) => numbered(words, url)).join(', ')}`] : []
  const facts = [original && numbered(original.label, original.url), answers, members ? say.membersOnly : null].filter(Boolean)
  const foot = [...copies, facts.join(' · ')].filter(Boolean)
  return [
    ...wrapped(heading, 0, 7),
    ...above.flatMap((line) => wrapped(line, 7)),
    ...body,
    ...foot.flatMap((line) => wrapped(line, 7)),
    // An address is never broken, however long it is.
    ...links.map((link, index) => `       [${index + 1}] ${link}`),
    '',
  ].join('\n')
}

function saidLines(said: Said, { links, page, beside, zone }: { links: string[]; page: string; beside: Date; zone: string }): string[] {
  if ('folded' in said) return wrapped(`… ${said.folded} [${numberOf(page, links)}]`, 7)
  const { who, action, at, title, warning, html, cut, extras } = said
  linksNow = links
  const text = warning === null ? toLines(html).trim() : `${say.covered(warning)} [${numberOf(page, links)}]`
  const spoken = who === null ? text : `${action ? '* ' : ''}${who}${action ? '' : ` ${clockBeside(at, beside, zone)}:`} ${text}`
  return [
    ...(title ? wrapped(title, 7) : []),
    // What is set in columns, such as code, stays so.
    ...spoken.split('\n').flatMap((line) => (/^\s|\S\s{2,}\S/.test(line) ? [`       ${line}`] : wrapped(line, 7))),
    ...(cut ? wrapped(`${say.readOn} [${numberOf(page, links)}]`, 7) : []),
    ...extras.flatMap(({ words, url }) => wrapped(url ? `${words} [${numberOf(url, links)}]` : words, 7)),
  ]
}

/** Words in lines of at most 72 characters, the first indented by `first`, the others by `indent`; longer words stand alone. */
export function wrapped(words: string, first: number, indent = first): string[] {
  const lines: string[] = []
  let line = ' '.repeat(first)
  let empty = true
  for (const word of words.split(/[ \t\n]+/).filter(Boolean)) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = ' '.repeat(indent)
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  if (!empty) lines.push(line)
  return lines
}

function numberOf(href: string, links: string[]): number {
  const at = links.indexOf(href)
  return at >= 0 ? at + 1 : links.push(href)
}
