import { z } from 'zod'
import { parseAtUri } from './links.ts'

/** https://atproto.com/specs/handle and https://atproto.com/specs/did, as far as a person can mistype them. */
const HANDLE = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i
const DID = /^did:[a-z]+:[a-zA-Z0-9._:%-]+$/

const actor = z
  .string()
  .transform((written) => written.trim().replace(/^@/, ''))
  .refine((name) => isDid(name) || isHandle(name), 'a handle such as name.bsky.social, or a DID')
  .transform((name) => (isDid(name) ? name : name.toLowerCase()))

const record = (collection: string, example: string) =>
  z.string().refine((uri) => parseAtUri(uri)?.collection === collection && parseAtUri(uri)?.rkey !== '', `an at-uri such as ${example}`)

/**
 * What of Bluesky a source follows: exactly one of `feed`, `author`, `list` and `feedsBy`. `label` and `handle` are
 * found by `resolve`, so that a reader sees a name.
 */
export const Settings = z
  .strictObject({
    feed: record('app.bsky.feed.generator', 'at://did:plc:…/app.bsky.feed.generator/hpc').optional(),
    author: actor.optional(),
    list: record('app.bsky.graph.list', 'at://did:plc:…/app.bsky.graph.list/…').optional(),
    /** Who made the feed called `named`, where its record key is not known. */
    feedsBy: actor.optional(),
    named: z.string().trim().min(1, 'the name of a feed').optional(),
    /** The AppView that answers; the public one wants no account. */
    service: z.url({ protocol: /^https?$/, error: 'an http(s) address' }).default('https://public.api.bsky.app'),
    /** Jetstream v1; the client library asks for `/subscribe` whatever the path. */
    jetstream: z.url({ protocol: /^wss?$/, error: 'a ws(s) address' }).default('wss://jetstream2.us-east.bsky.network/subscribe'),
    /** The display name of the feed or list. */
    label: z.string().optional(),
    /** Of the author, or of who made the feed or list. */
    handle: z.string().optional(),
  })
  .refine(({ feed, author, list, feedsBy }) => [feed, author, list, feedsBy].filter(Boolean).length === 1, {
    error: 'give exactly one of feed, author, list and feedsBy',
  })
  .refine(({ feedsBy, named }) => (feedsBy === undefined) === (named === undefined), {
    error: 'feedsBy and named go together: who made the feed, and what it is called',
  })
export type Settings = z.infer<typeof Settings>

/** What a person would paste: bsky.app links, at-uris, DIDs, `@handle`, `name.bsky.social`; null for anything else. */
export function locate(input: string): Settings | null {
  const written = input.trim()
  const found = fromWeb(written) ?? fromAtUri(written) ?? fromName(written)
  return found ? (Settings.safeParse(found).data ?? null) : null
}

type Found = { feed: string } | { author: string } | { list: string }

function fromWeb(written: string): Found | null {
  if (!/^https?:\/\//i.test(written) || !URL.canParse(written)) return null
  const { hostname, pathname } = new URL(written)
  const [section, who, what, rkey] = pathname.replace(/%3a/gi, ':').split('/').filter(Boolean)
  if (!['bsky.app', 'www.bsky.app'].includes(hostname) || section !== 'profile' || !who) return null
  if (what === 'feed' && rkey) return { feed: `at://${who}/app.bsky.feed.generator/${rkey}` }
  if (what === 'lists' && rkey) return { list: `at://${who}/app.bsky.graph.list/${rkey}` }
  // A post is one of an author's.
  return what === undefined || what === 'post' || what === 'rss' ? { author: who } : null
}

function fromAtUri(written: string): Found | null {
  const parsed = written.startsWith('at://') ? parseAtUri(written) : null
  if (!parsed) return null
  if (parsed.collection === 'app.bsky.feed.generator') return { feed: written }
  if (parsed.collection === 'app.bsky.graph.list') return { list: written }
  return ['', 'app.bsky.actor.profile', 'app.bsky.feed.post'].includes(parsed.collection) ? { author: parsed.did } : null
}

/** A bare domain may be a blog's: it is a handle only when written with @, or under bsky.social. */
function fromName(written: string): Found | null {
  if (isDid(written)) return { author: written }
  const name = written.replace(/^@/, '')
  return isHandle(name) && (written.startsWith('@') || /\.bsky\.social$/i.test(name)) ? { author: name } : null
}

export function isDid(name: string): name is `did:${string}:${string}` {
  return DID.test(name)
}

function isHandle(name: string): boolean {
  return HANDLE.test(name)
}
