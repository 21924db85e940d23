import type { Person, Post, Quote, ReplyTo } from '#db/post'
import { fromHtml, nameWithEmojis, toText } from '../html.ts'
import { cardOf, mediaOf, pollOf } from './attachments.ts'
import { addressOf, consentTo, isShared } from './consent.ts'
import type { Account, Said, Quote as StatusQuote, Whole } from './status.ts'
import { Status } from './status.ts'

export type Context = {
  /** Origin of the server that was asked: relative links and local accounts are its own. */
  server: string
  /** What the server calls itself in addresses, where that is not its host. */
  domain?: string
  /** Addresses (`user@server`) of accounts that agreed to have their unlisted posts shown as well. */
  unlisted?: string[]
  /** `uri` by local id of statuses seen of late: a status names what it answers by local id alone. */
  uris?: { [id: string]: string }
}

/** Meta's service reaches the fediverse late and in part, so that its posts say where they come from. */
const THREADS_HOSTS = ['threads.net', 'threads.com']

/**
 * One status, as masto hands it over (camelCased), to one post; a boost becomes the post that it boosts, at the
 * boost's time. Throws what is no status, and what may not be kept (`consent.ts`), which readers pass by beforehand.
 * https://docs.joinmastodon.org/entities/Status/
 */
export function parse(native: unknown, context: Context): Post {
  const consented = { domain: domainOf(context), unlisted: context.unlisted }
  if (consentTo(native, consented) === 'no') throw new Error('This status is not for everybody, or its author asks to be left out')
  const status = Status.parse(native)
  const said = status.reblog ?? status
  const authors = [said.account, ...(status.reblog ? [status.account] : [])]
  const quote = said.quote ? quoteOf(said.quote, said, context) : null
  const { html, text } = bodyOf(said, context, quote ? ['quote-inline'] : [])
  const author = personOf(said.account, context)
  return {
    externalId: said.uri,
    url: pageOf(said),
    author,
    place: null,
    badges: badgesOf(said, author),
    title: null,
    html,
    text,
    language: said.language,
    tags: [...new Set(said.tags.map(({ name }) => name.toLowerCase()))],
    contentWarning: said.spoilerText.trim() || null,
    ...warningWithEmojis(said),
    sensitive: said.sensitive,
    media: said.mediaAttachments.map(mediaOf),
    card: said.card ? cardOf(said.card) : null,
    poll: said.poll ? pollOf(said.poll) : null,
    quote,
    replyTo: replyToOf(said, author, context),
    share: status.reblog ? { externalId: status.uri, by: personOf(status.account, context), at: status.createdAt.toISOString() } : null,
    copyOf: bridgedFrom(said),
    unsupported: null,
    kind: 'post',
    conversation: null,
    recovered: false,
    reactions: [],
    precisionSeconds: null,
    replyCount: said.repliesCount ?? null,
    publishedAt: status.createdAt,
    originalAt: status.reblog ? said.createdAt : null,
    editedAt: said.editedAt,
    audience: [...authors, ...quotedAuthors(said)].some(({ noindex }) => noindex) ? 'unindexed' : 'public',
  }
}

/** The host in the addresses of a server's own accounts. */
export function domainOf({ server, domain }: Context): string {
  return (domain ?? new URL(server).host).toLowerCase()
}

function personOf(account: Account, context: Context): Person {
  const id = addressOf(account.acct, domainOf(context))
  const name = account.displayName.trim() || account.username || account.acct
  // A bridge's account is somebody's elsewhere, and called as there.
  const [, bridged] = /^([^@]+)@(?:bsky|web)\.brid\.gy$/.exec(id) ?? []
  return {
    id,
    name,
    nameHtml: nameWithEmojis(name, account.emojis),
    handle: `@${bridged ?? (account.acct.includes('@') ? account.acct : `${account.acct}@${domainOf(context)}`)}`,
    url: account.url,
    avatar: account.avatarStatic ?? account.avatar,
    badges: [
      ...(bridged ? ['via Bridgy Fed'] : []),
      ...(['bot', 'group', 'memorial', 'moved', 'limited', 'suspended', 'locked'] as const).filter((flag) => account[flag]),
    ],
    ...(account.noindex && { audience: 'unindexed' as const }),
  }
}

/** Bridgy Fed names what it copies in the address of the copy, or in its `uri` (https://fed.brid.gy/docs#translate). */
const BRIDGED = /^https:\/\/(?:bsky|web|fed)\.brid\.gy\/r\/(https?:\/\/.+)$/
const BRIDGED_URI = /^https:\/\/bsky\.brid\.gy\/convert\/ap\/at:\/\/(did:[a-z]+:[\w.:%-]+)\/app\.bsky\.feed\.post\/([\w.~:-]+)$/

/** The page of what a status is a bridge's copy of, or null. */
function bridgedFrom({ uri, url }: Said): string | null {
  // The `uri` first: it names people by DID, as the original's own page does here, the address by a handle that changes.
  const [, did, key] = BRIDGED_URI.exec(uri) ?? []
  if (did && key) return `https://bsky.app/profile/${did}/post/${key}`
  const [, page] = BRIDGED.exec(url ?? '') ?? []
  return page && URL.canParse(page) ? page : null
}

function badgesOf({ visibility }: Said, author: Person): string[] {
  const badges: string[] = []
  if (THREADS_HOSTS.some((host) => author.id.endsWith(`@${host}`))) badges.push('Threads via fediverse')
  if (visibility === 'unlisted') badges.push('unlisted')
  return badges
}

function bodyOf({ content, emojis }: Said, { server }: Context, drop: string[]) {
  const plain = fromHtml(content, { base: server, drop })
  // The text keeps `:shortcode:`, which a picture would take out of it.
  return { html: emojis.length > 0 ? fromHtml(content, { base: server, drop, emojis }) : plain, text: toText(plain) }
}

/** The page of a status. `url` may be missing, and then the `uri` leads there on most servers. */
function pageOf({ url, uri }: Said): string | null {
  return url ?? (/^https?:\/\//i.test(uri) && URL.canParse(uri) ? uri : null)
}

/** Why a quote is not shown, by its state; whatever is not listed is not authorised. https://docs.joinmastodon.org/entities/Quote/ */
const QUOTE_STATES: Record<string, Exclude<Quote['state'], 'shown'>> = {
  pending: 'pending',
  rejected: 'rejected',
  revoked: 'revoked',
  deleted: 'deleted',
  blocked_account: 'blocked',
  blocked_domain: 'blocked',
  muted_account: 'muted',
}

function quoteOf(quote: StatusQuote, by: Said, context: Context): Quote {
  if (quote.state !== 'accepted') return { state: QUOTE_STATES[quote.state] ?? 'unauthorized', url: null }
  const quoted = quote.quotedStatus
  // Known by its local id alone: a quote within a quote. The post itself still names it for programs without quotes.
  if (!quoted) return { state: 'nested', url: quotedPageIn(by.content) }
  if (!isShared(quoted, { domain: domainOf(context), unlisted: context.unlisted })) return { state: 'unauthorized', url: null }
  return {
    state: 'shown',
    externalId: quoted.uri,
    url: pageOf(quoted),
    author: personOf(quoted.account, context),
    title: null,
    // Its own `.quote-inline` stays: it is the door to what it quotes, which is not shown.
    ...bodyOf(quoted, context, []),
    publishedAt: quoted.createdAt.toISOString(),
    media: quoted.mediaAttachments.map(mediaOf),
    contentWarning: quoted.spoilerText.trim() || null,
    ...warningWithEmojis(quoted),
    sensitive: quoted.sensitive,
  }
}

/** Told only where there are any, as few posts have. */
function warningWithEmojis({ spoilerText, emojis }: Pick<Said, 'spoilerText' | 'emojis'>): Pick<Post, 'warningHtml'> {
  const warningHtml = nameWithEmojis(spoilerText.trim(), emojis)
  return warningHtml ? { warningHtml } : {}
}

function quotedPageIn(content: string): string | null {
  const inline = content.split(/class="[^"]*\bquote-inline\b[^"]*"/)[1]
  const href = inline?.match(/href="(https?:\/\/[^"]+)"/i)?.[1]?.replaceAll('&amp;', '&')
  return href && URL.canParse(href) ? href : null
}

/** A shown quote is as private as its most careful author. */
function quotedAuthors({ quote }: Whole): Account[] {
  return quote?.state === 'accepted' && quote.quotedStatus ? [quote.quotedStatus.account] : []
}

/** What a status answers is known by its local id; its author by a mention, or because people answer themselves. */
function replyToOf(status: Said, author: Person, context: Context): ReplyTo | null {
  const { inReplyToId, inReplyToAccountId, account, mentions } = status
  if (!inReplyToId) return null
  const toSelf = inReplyToAccountId === account.id
  const mention = mentions.find(({ id }) => id === inReplyToAccountId)
  const uri = context.uris?.[inReplyToId] ?? (toSelf ? siblingOf(status, inReplyToId) : null)
  return {
    state: 'unknown',
    externalId: uri,
    url: uri && URL.canParse(uri) && /^https?:/i.test(uri) ? uri : null,
    author: toSelf ? author : mention ? personOf({ ...nobody, ...mention }, context) : null,
    text: null,
    rootExternalId: null,
  }
}

/** On the server that a status is at home, its `uri` ends in its local id: an answer to oneself differs in that only. */
function siblingOf({ uri, id }: Said, siblingId: string): string | null {
  return uri.endsWith(`/${id}`) ? `${uri.slice(0, -id.length)}${siblingId}` : null
}

/** What a mention does not tell of an account. */
const nobody = Status.shape.account.parse({ id: '-', acct: '-' })
