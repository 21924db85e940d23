import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createHttp } from '#connectors/http'
import { ConnectorError } from '#connectors/trouble'
import { postWithMedia, shownAmong } from '#db/post-with-media'
import { userAgentOf } from '../collecting/user-agent.ts'
import type { Config } from '../config.ts'
import { log } from '../log.ts'
import { readerOf } from '../server/reader.ts'
import { playlistAt } from './hls-playlist.ts'
import { isMediaPath, mediaKey, mediaName, partAddress, readMediaAddress } from './media-address.ts'
import { createMediaCache, type MediaCache, type Medium } from './media-cache.ts'
import { mediaOf } from './post-media.ts'

/**
 * Answers `/media/…`: what posts show, fetched by us, so that no platform learns who reads here. Only what a post names
 * is fetched, only for who may see that post, and only pictures, films, sound and captions by their bytes; what a
 * stranger sent is never a page of ours. Returns whether the request was one for media.
 */
export type MediaProxy = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** A browser and a proxy ask again after so long whether it is still shown, which costs no bytes: what is deleted is so there, too. */
const FRESH_SECONDS = 300
const FAILED_SECONDS = 60
const SWEEP_MS = 10 * 60_000
/** A picture or a film is drawn, and nothing in it runs or loads: it is no page, even where it is opened as one. */
const POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
/** No address of a part gets longer than what the gate lets in. */
const LONGEST_PART = 4000

/** Sweeps now and then, too, for as long as the process lives. Throws what the file system throws where the folder cannot be made. */
export async function startMediaProxy(config: Config): Promise<MediaProxy> {
  const key = mediaKey(config)
  const http = createHttp({ userAgent: userAgentOf(config), trustedHosts: config.TRUSTED_HOSTS, atOnce: 6 })
  const cache = await createMediaCache({ folder: join(config.DATA_DIR, 'media'), maxBytes: config.MEDIA_CACHE_MB * 1024 * 1024, http })
  // Whoever may see it: what is members-only is kept as well.
  const sweep = () =>
    cache
      .sweep((ids) => shownAmong({ role: 'owner' }, ids))
      .catch((err: unknown) => log.warn({ err }, 'kept media could not be looked through'))
  setInterval(sweep, SWEEP_MS).unref()
  return (request, response) => answer(request, response, { key, cache })
}

type Held = { key: string; cache: MediaCache }

async function answer(request: IncomingMessage, response: ServerResponse, { key, cache }: Held): Promise<boolean> {
  const path = (request.url ?? '').replace(/\?.*/s, '')
  if (!isMediaPath(path)) return false
  const asked = readMediaAddress(key, path)
  const reader = readerOf({ get: (name) => String(request.headers[name] ?? '') })
  const post = asked && (await postWithMedia(reader, asked.postId))
  const url = post && asked && ('url' in asked ? asked.url : [...mediaOf(post)].find((one) => mediaName(one) === asked.name))
  if (!asked || !post || !url) {
    say(response, 404, 'There is no such picture, film or sound.')
    return true
  }
  try {
    const medium = await cache.get(url, asked.postId)
    response.setHeaders(new Map(headersFor(medium, path, post.audience === 'members')))
    const at = (part: string) => (part.length > LONGEST_PART ? null : partAddress(key, asked.postId, part))
    await send(request, response, medium, at)
  } catch (error) {
    failed(response, error)
  }
  return true
}

function headersFor({ type }: Medium, path: string, membersOnly: boolean): [string, string][] {
  return [
    ['Content-Type', type.mime],
    // Not for a compressing proxy to change: a range would no longer be one.
    ['Cache-Control', `${membersOnly ? 'private' : 'public'}, max-age=${FRESH_SECONDS}, must-revalidate, no-transform`],
    ['ETag', `"${mediaName(path)}"`],
    ['Content-Security-Policy', POLICY],
    // A drawing that could hold a script is drawn within our pages, and never opened as one.
    ['Content-Disposition', type.mime === 'image/svg+xml' ? 'attachment' : 'inline'],
  ]
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  medium: Medium,
  at: (part: string) => string | null,
): Promise<void> {
  const head = request.method === 'HEAD'
  if (request.headers['if-none-match'] === response.getHeader('ETag')) {
    response.writeHead(304).end()
    return
  }
  if (medium.type.shown === 'playlist') {
    const playlist = playlistAt(await textOf(medium), medium.url, (part) => at(part) ?? '')
    response.writeHead(200, { 'Content-Length': Buffer.byteLength(playlist) }).end(head ? undefined : playlist)
    return
  }
  const range = rangeOf(request, medium.bytes)
  if (range === 'none') {
    response.writeHead(416, { 'Content-Range': `bytes */${medium.bytes}`, 'Cache-Control': 'no-store' }).end()
    return
  }
  const { from, to } = range ?? { from: 0, to: medium.bytes ?? Number.POSITIVE_INFINITY }
  if (medium.bytes !== null) response.setHeader('Accept-Ranges', 'bytes').setHeader('Content-Length', to - from)
  if (range) response.setHeader('Content-Range', `bytes ${from}-${to - 1}/${medium.bytes}`)
  response.writeHead(range ? 206 : 200)
  if (head) response.end()
  else await pipeline(medium.read(from, to), response)
}

/** The one range that is asked for (RFC 9110 §14.2); null for all of it, also where several are asked for; 'none' where it lies beyond the end. */
function rangeOf({ headers }: IncomingMessage, bytes: number | null): { from: number; to: number } | 'none' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? []
  if (bytes === null || first === undefined || last === undefined || (!first && !last)) return null
  const from = first ? Number(first) : Math.max(0, bytes - Number(last))
  const to = first && last ? Math.min(Number(last) + 1, bytes) : bytes
  return from < to ? { from, to } : 'none'
}

async function textOf(medium: Medium): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of medium.read(0, Number.POSITIVE_INFINITY)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function failed(response: ServerResponse, error: unknown): void {
  // Half way, nothing can be said any more; and who asked may just have left.
  if (response.headersSent || response.destroyed) return void response.destroy()
  if (!(error instanceof ConnectorError)) log.error({ err: error }, 'a medium could not be passed on')
  for (const name of ['ETag', 'Content-Disposition', 'Content-Length']) response.removeHeader(name)
  const sentence =
    error instanceof ConnectorError ? `It cannot be shown: ${error.message}.` : 'Something went wrong here. The log says what.'
  say(response, 502, sentence, FAILED_SECONDS)
}

function say(response: ServerResponse, status: number, sentence: string, seconds = 0): void {
  const keep = seconds > 0 ? `private, max-age=${seconds}` : 'no-store'
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': keep }).end(`${sentence}\n`)
}
