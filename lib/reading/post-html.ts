import { escapeHtml } from '#connectors/html'
import { connectors } from '#connectors/registry'
import type { Card, Media, Poll, Quote, ReplyTo } from '#db/post'
import type { TimelinePost } from '#db/timeline'

/**
 * A whole post as HTML that stands alone, for where our pages do not reach: feed readers (and mail). Body, relation,
 * media, poll, card and quote, in plain elements with absolute links; the title is left to what surrounds it. What an
 * author covered stays covered, as far as the reading program knows `details`.
 */
export function postHtml(post: TimelinePost): string {
  const body = [
    post.html,
    ...post.media.map((medium) => mediumHtml(medium, post.sensitive)),
    post.poll && pollHtml(post.poll),
    post.card && cardHtml(post.card),
    post.quote && quoteHtml(post.quote),
    post.unsupported && `<p><em>${escapeHtml(post.unsupported)}</em></p>`,
  ].filter(Boolean)
  const covered = post.contentWarning
    ? `<details><summary>${escapeHtml(post.contentWarning)}</summary>${body.join('\n')}</details>`
    : body.join('\n')
  const label = connectors.find(({ id }) => id === post.platform)?.shareLabel ?? 'Reposted by'
  const shared = post.share && `<p>${label} ${linked(post.share.by.name || post.share.by.handle, post.share.by.url)}</p>`
  return [shared, post.replyTo && replyHtml(post.replyTo), covered].filter(Boolean).join('\n')
}

/** Posts under each other, each under its title, which leads to it; behind them what there is more. */
export function postsHtml(posts: { post: TimelinePost; title: string }[], more: { words: string; url: string } | null): string {
  const told = posts.map(({ post, title }) => `<h3>${linked(title, post.url)}</h3>\n${postHtml(post)}`)
  return [...told, ...(more ? [`<p>${linked(more.words, more.url)}</p>`] : [])].join('\n')
}

function replyHtml({ author, url, text, state }: ReplyTo): string {
  if (state === 'unavailable') return '<p>Replying to a post that is unavailable</p>'
  const whom = linked(author ? author.handle || author.name : 'an earlier post', url)
  return `<p>Replying to ${whom}${text ? `: ${escapeHtml(text)}` : ''}</p>`
}

const mediaWords: Record<Media['kind'], string> = { image: 'Image', gifv: 'Animation', video: 'Video', audio: 'Audio', file: 'File' }

/** A picture is drawn unless it is covered; what moves or sounds is a link with its preview. */
function mediumHtml(medium: Media, covered: boolean): string {
  const words = [mediaWords[medium.kind], medium.title, medium.alt].filter(Boolean).join(': ')
  const picture = medium.kind === 'image' ? (medium.url ?? medium.preview) : medium.preview
  if (covered || !isHttp(picture)) return `<p>${linked(covered ? `Sensitive ${words.toLowerCase()}` : words, medium.url)}</p>`
  const drawn = `<img src="${escapeHtml(picture)}" alt="${escapeHtml(medium.alt ?? '')}">`
  return `<p>${isHttp(medium.url) ? `<a href="${escapeHtml(medium.url)}">${drawn}</a>` : drawn}</p>`
}

function pollHtml({ options, voters }: Poll): string {
  const items = options.map(({ text, votes }) => `<li>${escapeHtml(text)}${votes === null ? '' : ` (${votes})`}</li>`)
  return `<ul>${items.join('')}</ul>${voters === null ? '' : `<p>${voters} voted</p>`}`
}

function cardHtml({ url, title, site, description }: Card): string {
  const more = description ? `<br>${escapeHtml(description)}` : ''
  return `<p>${linked(title || url, url)}${site ? ` · ${escapeHtml(site)}` : ''}${more}</p>`
}

function quoteHtml(quote: Quote): string {
  if (quote.state !== 'shown')
    return `<blockquote><p>${linked(`Quoted post: ${quote.state.replace('-', ' ')}`, quote.url)}</p></blockquote>`
  const by = `<p>${linked(quote.author.name || quote.author.handle, quote.url ?? quote.author.url)}${quote.title ? `: ${escapeHtml(quote.title)}` : ''}</p>`
  if (quote.contentWarning) return `<blockquote>${by}<p>${escapeHtml(quote.contentWarning)}</p></blockquote>`
  return `<blockquote>${by}${quote.html}${quote.media.map((medium) => mediumHtml(medium, quote.sensitive)).join('')}</blockquote>`
}

function linked(words: string, url: string | null): string {
  return isHttp(url) ? `<a href="${escapeHtml(url)}">${escapeHtml(words)}</a>` : escapeHtml(words)
}

function isHttp(url: string | null): url is string {
  return url !== null && /^https?:/i.test(url)
}
