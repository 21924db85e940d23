import { z } from 'zod'
import { parseAtUri } from './links.ts'

/** https://atproto.com/specs/handle and https://atproto.com/specs/did, as far as a person can mistype them. */
const HANDLE = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i
const DID = /^did:[a-z]+:[a-zA-Z0-9._:%-]+$/

/** Short links to starter packs; they lead on by a redirect. */
export const SHORT_LINK = /^https:\/\/go\.bsky\.app\/[\w-]+$/
const KINDS = ['feed', 'author', 'list', 'starterPack', 'feedsBy'] as const

const actor = z
  .string()
  .transform((written) => written.trim().replace(/^@/, ''))
  .refine((name) => isDid(name) || isHandle(name), 'a handle such as name.bsky.social, or a DID')
  .transform((name) => (isDid(name) ? name : name.toLowerCase()))

const record = (collection: string, example: string) =>
  z.string().refine((uri) => parseAtUri(uri)?.collection === collection && parseAtUri(uri)?.rkey !== '', `an at-uri such as ${example}`)

/**
 * What of Bluesky a source follows: exactly one of `KINDS`. `label` and `handle` are
 * found by `resolve`, so that a reader sees a name.
 */
export const Settings = z
  .strictObject({
    feed: record('app.bsky.feed.generator', 'at://did:plc:…/app.bsky.feed.generator/hpc').optional(),
    author: actor.optional(),
    list: record('app.bsky.graph.list', 'at://did:plc:…/app.bsky.graph.list/…').optional(),
    /** Its people are a list, which `resolve` finds; as an at-uri, or the short link that is passed around. */
    starterPack: z
      .union([
        record('app.bsky.graph.starterpack', 'at://did:plc:…/app.bsky.graph.starterpack/…'),
        z.string().regex(SHORT_LINK, 'a link to a starter pack'),
      ])
      .optional(),
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
  .refine((given) => KINDS.filter((kind) => given[kind] !== undefined).length === 1, { error: `give exactly one of ${KINDS.join(', ')}` })
  .refine(({ feedsBy, named }) => (feedsBy === undefined) === (named === undefined), {
    error: 'feedsBy and named go together: who made the feed, and what it is called',
  })
export type Settings = z.infer<typeof Settings>

export function isDid(name: string): name is `did:${string}:${string}` {
  return DID.test(name)
}

export function isHandle(name: string): boolean {
  return HANDLE.test(name)
}
