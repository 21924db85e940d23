import type { parseFeed } from 'feedsmith'
import type { Author, Enclosure, Picture, Text } from './entry.ts'
import { plainTitle } from './title.ts'

/** What the formats have in common, and the library leaves as each writes it. */

type Rss = Extract<ReturnType<typeof parseFeed<string>>, { format: 'rss' }>['feed']
type Media = NonNullable<Rss['items']>[number]['media']

/** `written` from `base`, http(s) only; null for what is neither. */
export function absolute(written: string | null | undefined, base: string): string | null {
  const trimmed = written?.trim()
  if (!trimmed || !URL.canParse(trimmed, base)) return null
  const { href, protocol } = new URL(trimmed, base)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}

/** `xml:base` narrows what links are relative to, and may itself be relative (W3C XML Base §4). */
export function from(base: string, narrower: string | null | undefined): string {
  return absolute(narrower, base) ?? base
}

type Link = { href?: string; rel?: string; type?: string }

/** The page that an Atom link leads to: `alternate`, which is also what a link without `rel` is; HTML before others. */
export function alternate(links: Link[] | undefined): string | undefined {
  const pages = (links ?? []).filter(({ href, rel }) => href && (!rel || rel === 'alternate'))
  return (pages.find(({ type }) => !type || type.includes('html')) ?? pages[0])?.href
}

export function typed({ value = '', type = 'text' }: { value?: string; type?: string }): Pick<Text, 'value' | 'type'> {
  return { value, type: /html/i.test(type) ? 'html' : 'text' }
}

/** Where a format does not say whether text is HTML, a tag or an entity in it does. */
export function textOf(value: string | undefined, base: string, type?: 'text' | 'html'): Text | null {
  if (!value?.trim()) return null
  return { value, type: type ?? (/<\/?[a-z][^>]*>|&(#\d+|#x[\da-f]+|[a-z]+\d*);/i.test(value) ? 'html' : 'text'), base }
}

type Named = string | { name?: string; uri?: string; url?: string; link?: string; avatar?: string }

/** The first group of authors that names anybody. An address of mail is nobody's name, and not published. */
export function authorsOf(...groups: (Named | Named[] | undefined)[]): Author[] {
  for (const group of groups) {
    const authors = [group ?? []].flat().flatMap((one) => {
      const { name = '', uri, url = uri, link = url, avatar }: Exclude<Named, string> = typeof one === 'string' ? { name: one } : one
      const said = name.replace(/<?[^\s<>()]+@[^\s<>()]+>?/g, '').replace(/^\s*\((.*)\)\s*$/, '$1')
      const plain = plainTitle({ value: said, type: 'html' })
      return plain ? [{ name: plain, url: web(link), avatar: web(avatar) }] : []
    })
    if (authors.length > 0) return authors
  }
  return []
}

function web(url: string | undefined): string | null {
  return url && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null
}

export function groupOf(media: Media) {
  return media?.groups?.[0]
}

export function picturesOf(media: Media, base: string, cover?: string): Picture[] {
  const contents = [...(media?.contents ?? []), ...(groupOf(media)?.contents ?? [])]
  const images = contents.filter(({ medium, type }) => medium === 'image' || type?.startsWith('image/'))
  const thumbnails = [...(media?.thumbnails ?? []), ...(groupOf(media)?.thumbnails ?? [])]
  return [
    ...images.map((one) => ({ ...one, alt: one.description?.value ?? null })),
    ...thumbnails.map((one) => ({ ...one, alt: null })),
    { url: cover, alt: null, width: null, height: null },
  ].flatMap(({ url: written, alt, width, height }) => {
    const url = absolute(written, base)
    return url ? [{ url, alt, width: width ?? null, height: height ?? null }] : []
  })
}

export function mediaFiles(media: Media, base: string): Enclosure[] {
  return [...(media?.contents ?? []), ...(groupOf(media)?.contents ?? [])]
    .filter(({ medium, type }) => /^(audio|video)/.test(type ?? medium ?? ''))
    .flatMap((one) =>
      enclosureOf({ url: one.url, mimeType: one.type ?? `${one.medium}/*`, bytes: one.fileSize, duration: one.duration }, base),
    )
}

type File = { url?: string; mimeType?: string; bytes?: number; duration?: number | null; title?: string }

export function enclosureOf({ url: written, mimeType = '', bytes, duration, title }: File, base: string): Enclosure[] {
  const url = absolute(written, base)
  if (!url) return []
  // Podcasting software writes 0, or 1, where it does not know a length.
  return [
    { url, mimeType: mimeType || null, bytes: bytes && bytes > 1 ? bytes : null, durationSeconds: duration || null, title: title ?? null },
  ]
}

const PERIODS: Record<string, number> = { hourly: 3600, daily: 86_400, weekly: 604_800, monthly: 2_592_000, yearly: 31_536_000 }

/** RSS 1.0 Syndication module: so many times a period (https://web.resource.org/rss/1.0/modules/syndication/). */
export function periodSeconds(sy: { updatePeriod?: string; updateFrequency?: number } | undefined): number | null {
  const period = PERIODS[sy?.updatePeriod?.trim().toLowerCase() ?? '']
  return period ? period / Math.max(1, sy?.updateFrequency ?? 1) : null
}

export function slowest(...seconds: (number | null | undefined)[]): number | null {
  return Math.max(0, ...seconds.map((one) => one ?? 0)) || null
}
