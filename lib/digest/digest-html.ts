import { Body } from '@react-email/body'
import { Container } from '@react-email/container'
import { Head } from '@react-email/head'
import { Html } from '@react-email/html'
import { Link } from '@react-email/link'
import { Preview } from '@react-email/preview'
import { Section } from '@react-email/section'
import { createElement as h, type ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { escapeHtml } from '#connectors/html'
import { connectors } from '#connectors/registry'
import type { DigestItem, Extra, Said } from './digest-item.ts'
import { clockBeside, clockIn } from './digest-times.ts'
import { digestWords as say } from './digest-words.ts'

/**
 * The HTML part of a digest: one column in the pages' colours, for any width from 320 px, light and dark. It fetches
 * nothing: no picture, no font, no tracker. Written with createElement, because Node runs no .tsx; what repeats has
 * classes of few letters instead of styles of its own, because Gmail cuts a mail at 102 KB.
 */

/** A line of the head or foot, and where it leads. */
export type Line = { words: string; href?: string; amber?: boolean; soft?: boolean }

/** A mail's outside, in three parts: its posts stand between the first two, its last lines between the others. */
export function frameHtml({ title, preview, head }: { title: string; preview: string; head: Line[] }): [string, string, string] {
  outside ??= outsideHtml()
  const [top, toPreview, toTitle, toHead, toPosts, toFoot, end] = outside
  const shown = renderToStaticMarkup(h(Preview, null, preview))
  const name = escapeHtml(title)
  return [
    `${top}${name}${toPreview}${shown}${toTitle}${name}${toHead}${head.map((words) => lineHtml(words)).join('')}${toPosts}`,
    toFoot ?? '',
    end ?? '',
  ]
}

/** The same for every mail, and slow to draw: it is drawn once, and cut where they differ. */
let outside: string[] | null = null

function outsideHtml(): string[] {
  const document = h(
    Html,
    { lang: 'en', dir: 'ltr' },
    h(
      Head,
      null,
      h('meta', { name: 'viewport', content: 'width=device-width' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'supported-color-schemes', content: 'light dark' }),
      h('title', null, CUT),
      h('style', null, CSS),
    ),
    h(
      Body,
      { className: 'paper', style: { backgroundColor: LIGHT.paper, margin: 0, padding: 0 } },
      CUT,
      h(
        Container,
        { className: 'column', style: { maxWidth: 600, fontFamily: SANS, fontSize: 16, lineHeight: '24px', color: LIGHT.ink } },
        h(Section, { className: 'head' }, h('h1', null, CUT), CUT),
        h(Section, null, CUT),
        h(Section, { className: 'foot' }, CUT),
      ),
    ),
  )
  return `<!DOCTYPE html>${renderToStaticMarkup(document)}`.split(CUT)
}

/** A day's heading, with the number of its posts. */
export function dayHtml(name: string, posts: string): string {
  return renderToStaticMarkup(h('h2', null, name, ' ', h('small', null, posts)))
}

/** A line between entries. */
export function lineHtml(words: Line): string {
  return renderToStaticMarkup(line(words))
}

/** One entry. `page` is its own page on the site. */
export function itemHtml(item: DigestItem, { page, zone }: { page: string; zone: string }): string {
  const { platform, at, name, beside, above, said, also, original, answers, members } = item
  const facts = [answers, members ? say.membersOnly : null].filter((fact) => fact !== null)
  return renderToStaticMarkup(
    h(
      'div',
      { className: 'e' },
      h(
        'p',
        { className: 'w' },
        h('b', { className: `p-${platform.id}` }, platform.name),
        ' ',
        h('a', { href: page, className: 't' }, clockIn(at, zone)),
      ),
      h(
        'p',
        null,
        h('b', { dir: 'auto' }, name),
        beside.length > 0 && h('span', { className: 's', dir: 'auto' }, ` ${beside.join(' · ')}`),
      ),
      ...above.map((words) => h('p', { key: words, className: 's', dir: 'auto' }, words)),
      ...said.map((one, index) => saidHtml(one, { index, page, beside: at, zone })),
      also.length > 0 &&
        h('p', { className: 's' }, `${say.also} `, ...separated(also.map(({ name: words, url }) => linked({ words, url })))),
      h(
        'p',
        { className: 's' },
        ...separated([original ? linked({ words: original.label, url: original.url }) : null, ...facts].filter((part) => part !== null)),
      ),
    ),
  )
}

function saidHtml(said: Said, { index, page, beside, zone }: { index: number; page: string; beside: Date; zone: string }): ReactNode {
  if ('folded' in said) return h('p', { key: index, className: 's' }, h('a', { href: page }, said.folded))
  const { who, action, at, title, warning, html, cut, extras } = said
  const spoken =
    who !== null &&
    h('p', { className: 'n' }, h('b', null, action ? `* ${who}` : who), ' ', h('span', { className: 't' }, clockBeside(at, beside, zone)))
  if (warning !== null)
    return h(
      'div',
      { key: index },
      spoken,
      h('p', { className: 's', dir: 'auto' }, say.covered(warning), ' ', h('a', { href: page }, say.show)),
    )
  return h(
    'div',
    { key: index },
    spoken,
    title && h('h3', { dir: 'auto' }, title),
    html && h('div', { className: 'b', dir: 'auto', dangerouslySetInnerHTML: { __html: mailable(html) } }),
    cut && h('p', { className: 's' }, h('a', { href: page }, say.readOn)),
    ...extras.map((extra, nth) => h('p', { key: `${nth}`, className: 'x', dir: 'auto' }, linked(extra))),
  )
}

function linked({ words, url }: Extra): ReactNode {
  return url && /^https?:/i.test(url) ? h('a', { href: url, key: words }, words) : words
}

function separated(parts: ReactNode[]): ReactNode[] {
  return parts.flatMap((part, index) => (index > 0 ? [' · ', part] : [part]))
}

function line({ words, href, amber, soft }: Line): ReactNode {
  const className = amber ? 'g' : soft ? 's' : undefined
  return h('p', { className, dir: 'auto' }, href ? h(Link, { href, style: { textDecoration: 'underline' }, className: 'l' }, words) : words)
}

/** Clean HTML as a mail carries it: pictures are what they show in words, and attributes that only pages need are gone. */
function mailable(html: string): string {
  return html
    .replace(/<span class="invisible">[^<]*<\/span>/g, '')
    .replace(/<span class="ellipsis">([^<]*)<\/span>/g, '$1…')
    .replace(/<img\b[^>]*?>/g, (tag) => / alt="([^"]*)"/.exec(tag)?.[1] ?? '')
    .replace(/ (?:class|rel|title|loading)="[^"]*"/g, '')
}

const CUT = '\u{E000}'
const SANS = "'IBM Plex Sans',-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const MONO = "'IBM Plex Mono',ui-monospace,Menlo,Consolas,monospace"

/** The tokens of `app/tokens.css` that a mail needs. */
const LIGHT = { paper: '#fbfaf8', ink: '#191c1f', soft: '#5c646c', line: '#e6e3dd', accent: '#0b6b57', amber: '#a84d08' }
const DARK = { paper: '#101315', ink: '#e8e6e1', soft: '#a2a9af', line: '#24292d', accent: '#5fd0b3', amber: '#f0a35a' }

function colours({ paper, ink, soft, line: hairline, accent, amber }: typeof LIGHT, important: string): string {
  return [
    `.paper,.paper td{background-color:${paper}${important};color:${ink}${important}}`,
    `.column{color:${ink}${important}}`,
    `.paper a{color:${accent}${important}}`,
    `.s,.s a,.t,small{color:${soft}${important}}`,
    `.g{color:${amber}${important}}`,
    `.e,.foot,.b blockquote{border-color:${hairline}${important}}`,
    `.b pre,.b code{background:${hairline}${important}}`,
  ].join('')
}

const platforms = (of: 'light' | 'dark', important: string) =>
  connectors.map(({ id, color }) => `.p-${id}{color:${color[of]}${important}}`).join('')

const CSS = [
  ':root{color-scheme:light dark}',
  '.column{padding:0 16px}',
  'p{margin:0;padding:0}',
  'h1{margin:24px 0 4px;font-size:20px;line-height:28px}',
  'h2{margin:24px 0 8px;font-size:16px;line-height:24px}',
  'h3{margin:4px 0 0;font-size:16px;line-height:22px}',
  'small{font-weight:400;font-size:14px}',
  '.e{border-top:1px solid;padding:12px 0}',
  '.w{font-size:13px;line-height:20px}',
  `.t{font-family:${MONO};font-size:13px;text-decoration:none}`,
  '.s{font-size:14px;line-height:20px}',
  '.n{margin-top:6px;font-size:14px}',
  '.x{font-size:14px;line-height:20px;margin-top:4px}',
  '.g{font-size:14px;line-height:20px;padding:8px 0}',
  '.b{overflow-wrap:anywhere}',
  '.b p,.b ul,.b ol,.b blockquote,.b pre{margin:4px 0 0}',
  '.n+.b p{margin-top:0}',
  '.b blockquote{border-left:2px solid;padding-left:10px}',
  '.b h1,.b h2,.b h3,.b h4,.b h5,.b h6{margin:8px 0 0;font-size:16px;line-height:22px}',
  `.b pre,.b code{font-family:${MONO};font-size:14px;white-space:pre-wrap}`,
  '.b table{border-collapse:collapse}',
  '.foot{border-top:1px solid;margin-top:16px}',
  '.foot p{padding:6px 0;font-size:14px;line-height:20px}',
  colours(LIGHT, ''),
  platforms('light', ''),
  `@media (prefers-color-scheme:dark){${colours(DARK, '!important')}${platforms('dark', '!important')}}`,
].join('')
