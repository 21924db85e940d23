import { z } from 'zod'
import type { Card, Media, Person, Quote } from '#db/post'
import { bareMedium } from '../bare-medium.ts'
import { escapeHtml, fromHtml, toText } from '../html.ts'
import { drawBlocks } from './blocks.ts'
import { isLeftOut } from './consent.ts'
import { type Attachment, File, timeOf } from './message.ts'
import { fromMrkdwn, unescaped } from './mrkdwn.ts'
import { type Drawing, linkHtml } from './names.ts'
import { publicAddress } from './public-address.ts'

/** What hangs on a message: pages that it links to, messages that it quotes, and what apps attach. */
export type Hanging = { html: string; card: Card | null; quote: Quote | null; media: Media[]; unsupported: string | null }

export function drawAttachment(attachment: Attachment, drawing: Drawing): Hanging {
  const nothing: Hanging = { html: '', card: null, quote: null, media: [], unsupported: null }
  if (attachment.is_msg_unfurl || attachment.is_share) return { ...nothing, quote: quoteOf(attachment, drawing) }
  if (attachment.blocks.length > 0) {
    const drawn = drawBlocks(attachment.blocks, drawing)
    return { ...nothing, ...drawn, html: drawn.html && `<blockquote>${drawn.html}</blockquote>` }
  }
  const pretext = attachment.pretext ? fromMrkdwn(attachment.pretext, drawing) : ''
  const card = cardOf(attachment, drawing)
  return card
    ? { ...nothing, html: pretext, card }
    : { ...nothing, html: pretext + boxOf(attachment, drawing), media: picturesOf(attachment) }
}

/** A page, as the one who posted its link sees it under the message. */
function cardOf(attachment: Attachment, drawing: Drawing): Card | null {
  const url = [attachment.title_link, attachment.from_url, attachment.original_url].map(publicAddress).find((address) => address !== null)
  if (!url) return null
  const { title, text, fields, image_url, thumb_url, service_name, author_name, footer, fallback, video_html } = attachment
  const about = [text ?? '', ...(fields ?? []).map((field) => [field.title, field.value].filter(Boolean).join(': '))]
    .filter(Boolean)
    .join('\n')
  return {
    kind: video_html ? 'video' : 'link',
    url,
    title: unescaped(title ?? fallback ?? service_name ?? new URL(url).host),
    description: toText(fromMrkdwn(about, drawing)),
    image: publicAddress(image_url) ?? publicAddress(thumb_url),
    site: unescaped(service_name ?? footer ?? new URL(url).host),
    authors: author_name && author_name !== service_name ? [unescaped(author_name)] : [],
    readingMinutes: null,
  }
}

/** What apps attach without an address: a small box of its own. */
function boxOf(attachment: Attachment, drawing: Drawing): string {
  const { author_name, title, text, fields, footer, fallback } = attachment
  const parts = [
    author_name && `<p><small>${escapeHtml(unescaped(author_name))}</small></p>`,
    title && `<p><strong>${escapeHtml(unescaped(title))}</strong></p>`,
    text && fromMrkdwn(text, drawing),
    fields?.length && `<ul>${fields.map((field) => `<li>${fieldHtml(field, drawing)}</li>`).join('')}</ul>`,
    footer && `<p><small>${escapeHtml(unescaped(footer))}</small></p>`,
  ].filter(Boolean)
  const html = parts.length > 0 ? parts.join('') : fallback && !attachment.image_url && fromMrkdwn(fallback, drawing)
  return html ? `<blockquote>${html}</blockquote>` : ''
}

function fieldHtml({ title, value }: { title: string | null; value: string | null }, drawing: Drawing): string {
  const name = title ? `<strong>${escapeHtml(unescaped(title))}</strong>: ` : ''
  return name + fromMrkdwn(value ?? '', drawing).replace(/<\/?p>/g, '')
}

function picturesOf({ image_url, fallback }: Attachment): Media[] {
  const url = publicAddress(image_url)
  if (!url) return []
  return [{ ...bareMedium, kind: 'image', url, preview: url, alt: fallback }]
}

/** A message of this workspace that was passed on; one from a channel that is not public stays there. */
function quoteOf(attachment: Attachment, drawing: Drawing): Quote {
  const { channel_id, ts, from_url, author_id, author_name, author_icon, text, message_blocks } = attachment
  const url = publicAddress(from_url)
  if (!channel_id || !ts || !drawing.channels[channel_id] || isLeftOut(author_id, drawing)) return { state: 'unauthorized', url: null }
  const blocks = message_blocks?.flatMap(({ message }) => message.blocks) ?? []
  const composed = blocks.length > 0 ? drawBlocks(blocks, drawing).html : fromMrkdwn(text ?? '', drawing)
  const html = fromHtml(composed)
  const user = author_id ? drawing.users[author_id] : undefined
  const author: Person = {
    id: `${drawing.team.id}/${author_id ?? author_name ?? ''}`,
    name: user?.name ?? author_name ?? '',
    nameHtml: null,
    handle: user ? `@${user.account}` : '',
    url: author_id && drawing.team.domain ? `https://${drawing.team.domain}.slack.com/team/${author_id}` : null,
    avatar: user?.avatar ?? publicAddress(author_icon),
    badges: user?.badges ?? [],
  }
  return {
    state: 'shown',
    externalId: `${drawing.team.id}/${channel_id}/${ts}`,
    url,
    author,
    title: null,
    html,
    text: toText(html),
    publishedAt: timeOf(ts).toISOString(),
    media: attachment.files.flatMap((file) => drawFile(file).media),
    contentWarning: null,
    sensitive: false,
  }
}

const Address = z.url({ protocol: /^https?$/ })

/**
 * A file by name, kind and size, and the page in Slack where members find it. Its own address is never told: it wants
 * a token. Of a snippet the first lines are here. Throws what is no file.
 */
export function drawFile(given: unknown): { html: string; media: Media[] } {
  const file = File.parse(given)
  if (file.mode === 'tombstone') return { html: '<p><em>File removed</em></p>', media: [] }
  if (file.mode === 'hidden_by_limit') return { html: '<p><em>File hidden by the workspace’s limit</em></p>', media: [] }
  const title = file.title ?? file.name ?? 'A file in Slack'
  const more = file.preview_is_truncated || (file.lines_more ?? 0) > 0 ? '\n…' : ''
  const isSnippet = file.mode === 'snippet' && file.preview
  return {
    html: isSnippet ? `<p>${pageOf(file, escapeHtml(title))}</p><pre><code>${escapeHtml(`${file.preview}${more}`)}</code></pre>` : '',
    media: [
      {
        ...bareMedium,
        kind: 'file',
        url: Address.safeParse(file.permalink).data ?? null,
        alt: file.alt_txt,
        width: file.original_w ?? null,
        height: file.original_h ?? null,
        mimeType: file.mimetype,
        durationSeconds: file.duration_ms ? Math.round(file.duration_ms / 1000) : null,
        bytes: file.size ?? null,
        title,
      },
    ],
  }
}

function pageOf({ permalink }: File, html: string): string {
  return permalink ? linkHtml(permalink, html) : html
}
