import { AtUri } from '@atproto/api'

/** Where each kind of record is read on the web: its word in a path of bsky.app. */
const PATHS: Record<string, string> = {
  'app.bsky.feed.post': 'post',
  'app.bsky.feed.generator': 'feed',
  'app.bsky.graph.list': 'lists',
}

/** The web page of a post, feed, list, starter pack or labeler, by DID: handles change. null for any other record. */
export function pageOf(uri: string): string | null {
  const parsed = parseAtUri(uri)
  if (!parsed) return null
  const { did, collection, rkey } = parsed
  if (collection === 'app.bsky.labeler.service') return profileOf(did)
  if (collection === 'app.bsky.graph.starterpack') return `https://bsky.app/starter-pack/${did}/${rkey}`
  const path = PATHS[collection]
  return path ? `${profileOf(did)}/${path}/${rkey}` : null
}

export function profileOf(did: string): string {
  return `https://bsky.app/profile/${did}`
}

/** The parts of an at-uri; `did` may still be a handle. null for what is none. */
export function parseAtUri(uri: string): { did: string; collection: string; rkey: string } | null {
  try {
    const { host, collection, rkey } = new AtUri(uri)
    return { did: host, collection, rkey }
  } catch {
    return null
  }
}

/** The DID of who wrote a record, with which its uri begins. */
export function authorOf(uri: string): string {
  return parseAtUri(uri)?.did ?? ''
}

/** An address that a page may show, or null: a stranger's record may hold anything. */
export function webAddress(value: unknown): string | null {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : null
}
