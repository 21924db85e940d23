import { load } from 'cheerio/slim'
import type { SafeHtml } from '#db/post'
import { fromHtml, toText } from '../html.ts'

export type Body = {
  html: SafeHtml
  text: string
  /** Pictures that stand in the text, in their order: their id on Reddit and what is written under them. */
  pictures: { mediaId: string; caption: string | null }[]
  /** Parts of it are covered until asked for. */
  hasSpoilers: boolean
}

/** Pictures within a text are links to where Reddit keeps them. */
const KEPT_PICTURE = /^https?:\/\/(?:preview|i)\.redd\.it\/(?:[\w-]*-)?(\w+)\.\w+/i
const POLL_LINK = /^https?:\/\/www\.reddit\.com\/poll\/\w+$/i

/**
 * The text of a submission, without the wrapper and comments that Reddit puts around it, without the link to the poll
 * that we draw ourselves, and without the pictures, which are media. Links to `/r/…` and `/u/…` become whole.
 */
export function bodyOf(written: string, site: string): Body {
  const $ = load(written, null, false)
  const whole = $('div.md').first()
  const pictures: Body['pictures'] = []
  for (const link of whole.find('a[href]').toArray()) {
    const href = $(link).attr('href') ?? ''
    const mediaId = KEPT_PICTURE.exec(href)?.[1]
    if (!mediaId && !POLL_LINK.test(href)) continue
    const said = $(link).text().trim()
    if (mediaId) pictures.push({ mediaId, caption: said && !/^https?:/i.test(said) ? said : null })
    const paragraph = $(link).parent('p')
    $(link).remove()
    if (paragraph.text().trim() === '') paragraph.remove()
  }
  const html = fromHtml(whole.html() ?? '', { base: site })
  return { html, text: toText(html), pictures, hasSpoilers: whole.find('.md-spoiler-text').length > 0 }
}
