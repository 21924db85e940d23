import { z } from 'zod'
import type { Audience, Post } from '#db/post'
import { bareMedium } from '../bare-medium.ts'
import { fromText, toText } from '../html.ts'

/** Whose export it is: rows do not say it. */
export type Author = { name: string; profile: string | null }

const address = z.string().transform((written) => (/^https?:\/\//.test(written) && URL.canParse(written) ? written : null))

/** A row of `Shares.csv`. */
export const Share = z.object({
  Date: z.string(),
  ShareLink: z.string(),
  ShareCommentary: z.string().default(''),
  SharedUrl: address.default(null),
  MediaUrl: address.default(null),
  Visibility: z.string().default(''),
})

/** Ids hold when they were given out, in milliseconds since 1970, above their last 22 bits. */
const TIME_BITS = 22n
const DAY_MS = 86_400_000

/** Who may see what was shared; null: less than all of the network. Only what says so is for everybody. */
export function audienceOf(visibility: string): Audience | null {
  if (/^(PUBLIC|ANYONE)$/i.test(visibility)) return 'public'
  return /CONNECTIONS|GROUP|EVENT|CONTAINER/i.test(visibility) ? null : 'members'
}

/** One thing shared. Throws what is none. */
export function parse(native: unknown, { name, profile }: Author): Post {
  const share = Share.parse(native)
  const urn = decodeURIComponent(/urn(?:%3A|:)li(?:%3A|:)\w+(?:%3A|:)\d+/i.exec(share.ShareLink)?.[0] ?? '')
  const audience = audienceOf(share.Visibility)
  if (!urn) throw new Error('A share without its link')
  if (!audience) throw new Error('This was shared with a few')
  const html = fromText(textOf(share.ShareCommentary))
  return {
    externalId: urn,
    url: `https://www.linkedin.com/feed/update/${urn}`,
    author: { id: profile ?? name.toLowerCase(), name, nameHtml: null, handle: '', url: profile, avatar: null, badges: [] },
    place: null,
    badges: [],
    title: null,
    html,
    text: toText(html),
    language: null,
    tags: [...new Set([...share.ShareCommentary.matchAll(/#([\p{L}\p{N}_]+)/gu)].map(([, tag = '']) => tag.toLowerCase()))],
    contentWarning: null,
    sensitive: false,
    media: share.MediaUrl ? [{ ...bareMedium, kind: 'image', url: share.MediaUrl }] : [],
    card: cardOf(share.SharedUrl),
    poll: null,
    quote: null,
    replyTo: null,
    share: null,
    copyOf: null,
    unsupported: null,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: null,
    publishedAt: timeOf(urn, share.Date),
    originalAt: null,
    editedAt: null,
    audience,
  }
}

/** Lines end within quotes of their own there: `first ""\n""second`. */
function textOf(commentary: string): string {
  return commentary.replace(/"?\r?\n"?/g, '\n').trim()
}

function cardOf(url: string | null): Post['card'] {
  if (!url) return null
  const site = new URL(url).hostname.replace(/^www\./, '')
  return { kind: 'link', url, title: site, description: '', image: null, site, authors: [], readingMinutes: null }
}

/** The time in the id, which is exact, where the date beside it, in a zone that it does not name, agrees. */
function timeOf(urn: string, written: string): Date | null {
  const told = new Date(
    `${written
      .trim()
      .replace(' ', 'T')
      .replace(/( UTC)?$/, '')}Z`,
  )
  const ofId = new Date(Number(BigInt(/\d+$/.exec(urn)?.[0] ?? '0') >> TIME_BITS))
  if (Number.isNaN(told.getTime())) return Math.abs(ofId.getTime()) > DAY_MS ? ofId : null
  return Math.abs(told.getTime() - ofId.getTime()) < DAY_MS ? ofId : told
}
