import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { type Config, configuration } from '../config.ts'
import { keptSecret } from '../kept-secret.ts'

/**
 * Where media are fetched from by a reader's browser: from us, so that no platform learns who reads. A post's own media
 * stand at `/media/<post>/<name>`, where the name is a hash of the address that the post has them at: the proxy looks
 * into the post, for whom it may be shown to, and fetches nothing that no post names. The parts of a film are named by
 * its playlist alone: their addresses carry the address, signed, for this post only.
 */

const ROOT = '/media/'
/** 72 bits: enough to tell the few media of one post apart, short enough for a page with a hundred of them. */
const NAME_LENGTH = 12

export function mediaAddress(postId: number, url: string): string {
  return `${ROOT}${postId}/${mediaName(url)}`
}

export function mediaName(url: string): string {
  return createHash('sha256').update(url).digest('base64url').slice(0, NAME_LENGTH)
}

/** The address of what a playlist of this post names. */
export function partAddress(key: string, postId: number, url: string): string {
  return `${ROOT}${postId}/${signatureOf(key, postId, url)}/${Buffer.from(url).toString('base64url')}`
}

/** What an address asks for: a post's medium by name, or a part whose signature holds; null for anything else. */
export function readMediaAddress(key: string, path: string): { postId: number; name: string } | { postId: number; url: string } | null {
  const [, id, name, part] = /^\/media\/(\d{1,15})\/([\w-]{12,43})(?:\/([\w-]{1,6000}))?$/.exec(path) ?? []
  if (!id || !name) return null
  const postId = Number(id)
  if (part === undefined) return { postId, name }
  const url = Buffer.from(part, 'base64url').toString()
  const expected = Buffer.from(signatureOf(key, postId, url))
  return expected.length === name.length && timingSafeEqual(expected, Buffer.from(name)) ? { postId, url } : null
}

export function isMediaPath(path: string): boolean {
  return path.startsWith(ROOT)
}

/** What parts are signed with: web processes on several machines have it from AUTH_SECRET, those of one share what DATA_DIR keeps. */
export function mediaKey({ AUTH_SECRET, DATA_DIR }: Pick<Config, 'AUTH_SECRET' | 'DATA_DIR'>): string {
  if (AUTH_SECRET) return createHmac('sha256', AUTH_SECRET).update('media').digest('base64url')
  return keptSecret(join(DATA_DIR, 'media-key'), () => randomBytes(32).toString('base64url'))
}

/** For pages: where each medium of this post is fetched from. The demo's own pictures are here already. */
export function mediaAddressesOf(postId: number): (url: string) => string {
  return (url) => (isOwn(url) ? new URL(url).pathname : mediaAddress(postId, url))
}

function isOwn(url: string): boolean {
  if (process.env.DEMO !== '1' || !url.includes('/demo/')) return false
  const { origin, pathname } = new URL(url)
  return origin === `http://127.0.0.1:${configuration().PORT}` && pathname.startsWith('/demo/')
}

function signatureOf(key: string, postId: number, url: string): string {
  return createHmac('sha256', key).update(`${postId} ${url}`).digest('base64url')
}
