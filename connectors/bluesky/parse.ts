import { AppBskyEmbedRecord, AppBskyFeedDefs } from '@atproto/api'
import { z } from 'zod'
import type { Person, Post, Quote, ReplyTo, SafeHtml, Share } from '#db/post'
import { fromText } from '../html.ts'
import { type QuotedView, readEmbed } from './embeds.ts'
import { valuesOf, wantsMembersOnly, weigh } from './labels.ts'
import { pageOf, profileOf, webAddress } from './links.ts'
import { htmlOf, languageOf, PostRecord, tagsOf } from './record.ts'

/** An item of a feed as the AppView sends it (JSON); a lone post is one without reply and reason. */
type Native = AppBskyFeedDefs.FeedViewPost

/** What must be there for the rest to mean anything; the AppView vouches for the shape of what it adds itself. */
const Item = z.object({
  post: z.object({
    uri: z.string().startsWith('at://'),
    cid: z.string(),
    author: z.object({ did: z.string().startsWith('did:'), handle: z.string() }),
    indexedAt: z.string(),
    record: PostRecord,
  }),
})

/** A clock that was never set says 1970, or 1980 on some; nothing was posted in these years. */
const FIRST_BELIEVABLE = Date.UTC(1981, 0, 1)
const PARENT_CHARACTERS = 200

/**
 * One item to one post; a repost becomes the post that it passes on, at the time of the repost. A post that is to be
 * hidden comes back empty, with the audience `withheld`. Throws what is no post.
 * https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/defs.json
 */
export function parse(native: unknown): Post {
  const checked = Item.safeParse(native)
  if (!checked.success) throw new Error(`This is no post: ${z.prettifyError(checked.error)}`)
  const { record, uri } = checked.data.post
  const { post, reply, reason: why } = native as Native
  const embedded = readEmbed(post.embed, record.embed?.$type)
  const verdict = weigh({ author: post.author, labels: post.labels, record: post.record, linked: embedded.linkedLabels })
  const quoted = embedded.quoted ? quoteOf(embedded.quoted) : null
  const reason = AppBskyFeedDefs.isReasonRepost(why) ? why : null
  const membersOnly = verdict.membersOnly || quoted?.membersOnly || parentWantsMembersOnly(reply) || wantsMembersOnly(reason?.by)
  const saidAt = timeOf(record.createdAt, post.indexedAt)
  const said: Post = {
    externalId: uri,
    url: pageOf(uri),
    author: withStatus(personOf(post.author), post.author.status, saidAt),
    place: null,
    badges: [],
    title: null,
    html: htmlOf(record),
    text: record.text.trim(),
    language: languageOf(record),
    tags: tagsOf(record),
    contentWarning: verdict.warning,
    sensitive: verdict.warning !== null,
    media: embedded.media,
    card: embedded.card,
    poll: null,
    quote: quoted?.quote ?? null,
    replyTo: replyToOf(record, reply),
    share: reason ? shareOf(uri, reason) : null,
    copyOf: webAddress(record.bridgyOriginalUrl),
    unsupported: embedded.unsupported,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: post.replyCount ?? null,
    publishedAt: reason ? timeOf(reason.indexedAt, reason.indexedAt) : saidAt,
    originalAt: reason ? saidAt : null,
    // Posts have no edits for people; where a record is replaced all the same, the change of its text tells.
    editedAt: null,
    audience: membersOnly ? 'members' : 'public',
  }
  return verdict.hidden ? withheld(said) : said
}

/** Bridgy Fed's account for somebody on the fediverse: `ada.example.org.ap.brid.gy` is @ada@example.org there. */
const BRIDGED = /^([^.]+)\.(.+)\.ap\.brid\.gy$/

/** An account as a person; a handle that no longer leads to it says nothing, so that the DID stands for it. */
export function personOf(profile: AppBskyFeedDefs.PostView['author']): Person {
  const bridged = BRIDGED.exec(profile.handle)
  const handle = profile.handle === 'handle.invalid' ? profile.did : bridged ? `@${bridged[1]}@${bridged[2]}` : `@${profile.handle}`
  const { verifiedStatus, trustedVerifierStatus } = profile.verification ?? {}
  const badges = [
    bridged ? 'via Bridgy Fed' : null,
    valuesOf(profile.labels).includes('bot') ? 'bot' : null,
    trustedVerifierStatus === 'valid' ? 'trusted verifier' : verifiedStatus === 'valid' ? 'verified' : null,
    profile.pronouns?.trim() || null,
  ].filter((badge) => badge !== null)
  return {
    id: profile.did,
    name: profile.displayName?.trim() || handle.replace(/^@/, ''),
    nameHtml: null,
    handle,
    url: profileOf(profile.did),
    avatar: webAddress(profile.avatar),
    badges,
    ...(wantsMembersOnly(profile) && { audience: 'members' as const }),
  }
}

const Live = z.object({ createdAt: z.string(), durationMinutes: z.number().catch(0) })

/**
 * Who was live when they said it. An account's status is of now, and ends by itself: a post of before or after it says
 * nothing of it. https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/actor/status.json
 */
function withStatus(author: Person, status: Native['post']['author']['status'], saidAt: Date | null): Person {
  const live = status?.status === 'app.bsky.actor.status#live' && !status.isDisabled ? Live.safeParse(status.record).data : null
  const from = Date.parse(live?.createdAt ?? '')
  const to = status?.expiresAt ? Date.parse(status.expiresAt) : from + (live?.durationMinutes ?? 0) * 60_000
  const during = saidAt !== null && saidAt.getTime() >= from && saidAt.getTime() <= to
  return during ? { ...author, badges: [...author.badges, 'live at the time'] } : author
}

/**
 * When it was said: authors declare any time they like, so that what is later than the AppView's first sight of it is
 * that first sight. null for a time that cannot be.
 * https://docs.bsky.app/docs/advanced-guides/timestamps
 */
function timeOf(createdAt: string, indexedAt: string): Date | null {
  const time = Math.min(Date.parse(createdAt), Date.parse(indexedAt))
  return time >= FIRST_BELIEVABLE ? new Date(time) : null
}

/** The repost's own uri is optional in the lexicon; who reposted what is as good a key. */
function shareOf(uri: string, { by, uri: repost, indexedAt }: AppBskyFeedDefs.ReasonRepost): Share {
  const at = timeOf(indexedAt, indexedAt) ?? new Date(0)
  return { externalId: repost ?? `${by.did} reposted ${uri}`, by: personOf(by), at: at.toISOString() }
}

function replyToOf(record: PostRecord, reply: Native['reply']): ReplyTo | null {
  if (!record.reply) return null
  const { root, parent } = record.reply
  const relation = { externalId: parent.uri, rootExternalId: root.uri, author: null, text: null }
  const shown = reply?.parent
  if (!shown) return { ...relation, state: 'unknown', url: pageOf(parent.uri) }
  if (!AppBskyFeedDefs.isPostView(shown) || weigh(shown).hidden) return { ...relation, state: 'unavailable', url: null }
  const { data: parentRecord } = PostRecord.safeParse(shown.record)
  // A warning covers what it is on, also where that is quoted in a line.
  const text = weigh(shown).warning ?? parentRecord?.text.replace(/\s+/g, ' ').trim() ?? ''
  return { ...relation, state: 'shown', url: pageOf(shown.uri), author: personOf(shown.author), text: cut(text) || null }
}

function parentWantsMembersOnly(reply: Native['reply']): boolean {
  return AppBskyFeedDefs.isPostView(reply?.parent) && weigh(reply.parent).membersOnly
}

/** One level only: what a quoted post quotes is not shown. */
function quoteOf(view: QuotedView): { quote: Quote; membersOnly: boolean } {
  const absent = (state: Exclude<Quote['state'], 'shown'>) => ({ quote: { state, url: null }, membersOnly: false })
  if (AppBskyEmbedRecord.isViewDetached(view)) return absent('detached')
  if (AppBskyEmbedRecord.isViewBlocked(view)) return absent('blocked')
  if (!AppBskyEmbedRecord.isViewRecord(view)) return absent('not-found')
  const { success, data: record } = PostRecord.safeParse(view.value)
  const embedded = readEmbed(view.embeds?.[0])
  const verdict = weigh({ author: view.author, labels: view.labels, record: view.value, linked: embedded.linkedLabels })
  if (!success) return absent('not-found')
  if (verdict.hidden) return absent('unauthorized')
  const quote: Quote = {
    state: 'shown',
    externalId: view.uri,
    url: pageOf(view.uri),
    author: personOf(view.author),
    title: null,
    html: htmlOf(record),
    text: record.text.trim(),
    publishedAt: timeOf(record.createdAt, view.indexedAt)?.toISOString() ?? null,
    media: embedded.media,
    contentWarning: verdict.warning,
    sensitive: verdict.warning !== null,
  }
  return { quote, membersOnly: verdict.membersOnly }
}

/** Nothing of it but that it was: so that nothing can leak, and that it can come back once the label is gone. */
function withheld(post: Post): Post {
  const html: SafeHtml = fromText('')
  const gone = { html, text: '', tags: [], media: [], card: null, quote: null, contentWarning: null, unsupported: null }
  const replyTo = post.replyTo && { ...post.replyTo, state: 'unavailable' as const, author: null, text: null, url: null }
  return { ...post, ...gone, replyTo, audience: 'withheld' }
}

function cut(text: string): string {
  const characters = [...text]
  return characters.length > PARENT_CHARACTERS ? `${characters.slice(0, PARENT_CHARACTERS - 1).join('')}…` : text
}
