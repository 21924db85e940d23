import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import fresh from 'fresh'
import { LRUCache } from 'lru-cache'
import type { Reader } from '#db/audience'
import type { Config } from '../config.ts'
import { log } from '../log.ts'
import { wantsDirectMedia } from '../media/direct-media.ts'
import { robotsTag } from './crawlers.ts'
import { faults } from './faults.ts'
import { cookiesNamed } from './gate.ts'
import type { AskInside, InnerAnswer } from './inner-requests.ts'
import { namesNobody } from './names-nobody.ts'
import { PAGE_QUALITY } from './packing.ts'
import { READER_TAG } from './reader-tag.ts'
import { marked, securityHeaders } from './security-headers.ts'
import { takes } from './takes.ts'
import { withoutNonce } from './without-nonce.ts'

// Over 150 lines: what may be kept, for how long and how it is told stand side by side, because a page that is shown to
// somebody else than it was made for would be the worst that can happen here.

/** The pages of a community that everybody who is not signed in is shown alike, made once for all of them. */
export type KeptPages = {
  /** Whether the request was for such a page, and was answered. */
  take(request: IncomingMessage, response: ServerResponse, reader: Reader): Promise<boolean>
  /**
   * What was shown until now may be so no more. `at` is when posts were saved: of those a reader may learn a moment later;
   * null is anything else, such as a post that was taken back, and counts at once.
   */
  forget(at: Date | null): void
  /** How many answers were kept ones, how many had to be made, and how many bytes are held. */
  counts(): { kept: number; made: number; bytes: number }
  stop(): void
}

/**
 * No page is kept for longer, whatever happens: words such as “4 min ago”, and how the sources fare, of which nobody is
 * told, are right to that.
 */
const LONGEST_MS = 10_000
/** While posts come in one after the other, pages are made anew this often: a page is never older than that after a save. */
const BETWEEN_MS = 250
/**
 * What caches in front may do: keep a page for a second, and show it for nine more while they fetch the new one. A browser
 * asks each time, and is mostly told that it has it already.
 */
const IN_FRONT = 'public, max-age=0, must-revalidate, s-maxage=1, stale-while-revalidate=9'
/** Whoever shows another cookie or a key, or asks for Next's own format, is given another answer. */
const VARY = 'Accept-Encoding, Cookie, Authorization, RSC'
/** Addresses beyond that are made up, and are not worth the memory. */
const LONGEST_TARGET = 1024
/** As a browser says it (`app/reading/zone.ts`). */
const ZONE = /^[\w+/-]{1,64}$/
/** Of what a page answers with, what is not ours to say. */
const PASSED_ON = ['content-type', 'content-disposition', 'etag', 'last-modified', 'link', 'location', 'retry-after']

/** Pages that show posts, sources and the program, to everybody the same; none that has a form with somebody's own state. */
const PAGES = [
  /^\/(?:sources|activity|late|digest|about|keys|status|search)?$/,
  /^\/p\/\d{1,15}$/,
  /^\/sources\/\d{1,15}$/,
  /^\/people\/[a-z0-9-]{1,70}$/,
  /^\/(?:day\/|digest\/)?\d{4}[/-]\d{2}[/-]\d{2}(?:\.txt)?$/,
  /^\/(?:atom\.xml|rss\.xml|feed\.json|digest\.xml|digest\.txt|status\.json|status\.atom)$/,
  /^\/api\/(?:posts|sources|gaps)$/,
]

/** One answer. Its headers are lists of names and values in turns, as Node writes them fastest. */
type Page = {
  status: number
  /** By which somebody tells what they hold; null for what is not to be held. */
  validators: { etag: string | undefined; 'last-modified': string | undefined } | null
  /** What is said to who holds it. */
  unchanged: string[]
  /** In an encoding, made when it is first asked for. */
  in(encoding: Encoding): Promise<Packed>
}
type Packed = { head: string[]; bytes: Buffer }
type Encoding = 'br' | 'gzip' | 'identity'

const compressors: { [encoding in Encoding]: (bytes: Buffer) => Promise<Buffer> } = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: PAGE_QUALITY.community } }),
  gzip: (bytes) => promisify(gzip)(bytes),
  identity: async (bytes) => bytes,
}

/** Keeps pages of `config`'s instance, which `ask` makes. In personal mode, where whoever asks is its owner, it keeps none. */
export function keptPages(config: Config, ask: Promise<AskInside>): KeptPages {
  const bytes = config.MODE === 'community' ? config.KEPT_PAGES_MB * 1024 * 1024 : 0
  const kept = new LRUCache<string, Page>({ maxSize: Math.max(1, bytes), maxEntrySize: Math.max(1, bytes / 4), ttl: LONGEST_MS })
  const pending = new Map<string, Promise<Page | null>>()
  const count = { kept: 0, made: 0 }
  let forgotten = 0
  let forgottenAt = 0
  let waiting: NodeJS.Timeout | undefined

  const forgetNow = () => {
    clearTimeout(waiting)
    waiting = undefined
    forgotten++
    forgottenAt = Date.now()
    kept.clear()
    // Whoever asks from now on does not wait for what was begun before.
    pending.clear()
  }

  const make = async (key: string, asked: Asked): Promise<Page | null> => {
    const [startedAt, before, faultsBefore] = [performance.now(), forgotten, faults()]
    const nonce = randomBytes(16).toString('base64url')
    const directMedia = await wantsDirectMedia(config, { role: 'anonymous' }, new Headers({ host: asked.host }))
    const policy = (inline = marked(nonce)) => securityHeaders(inline, false, directMedia, config.PUBLIC_URL)
    const answer = await (await ask)(asked.target, {
      ...{ host: asked.host, 'x-nonce': nonce, 'content-security-policy': policy().get('Content-Security-Policy') },
      ...(asked.zone && { cookie: `zone=${asked.zone}` }),
    })
    // Nothing that is kept ever comes with a cookie: this is for somebody.
    if (answer.headers['set-cookie']) return null
    const { html, inline } = withoutNonce(answer.body.toString(), nonce)
    const body = isText(answer) ? Buffer.from(html) : answer.body
    // An error that a page met half way is told to the browser's script, with 200.
    const lasts = answer.status === 200 && isText(answer) && faults() === faultsBefore && !html.includes(' data-dgst="')
    const headers = policy(inline)
    for (const name of PASSED_ON) {
      const value = answer.headers[name]
      if (value) headers.set(name, String(value).replaceAll(`; nonce="${nonce}"`, ''))
    }
    if (robotsTag(asked.target, config) === null) headers.delete('X-Robots-Tag')
    // Weak, because compression changes the bytes and not what they say.
    if (lasts && !headers.has('etag')) headers.set('etag', `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`)
    headers.set(READER_TAG, 'anonymous')
    headers.set('Vary', VARY)
    headers.set('Cache-Control', lasts ? IN_FRONT : 'private, no-store')
    const page = pageOf(answer.status, headers, lasts, body)
    const ttl = LONGEST_MS - (performance.now() - startedAt)
    // In two more encodings it takes no more than once over.
    if (lasts && forgotten === before && ttl > 0) kept.set(key, page, { size: body.length * 2 + 4096, ttl })
    return page
  }

  const pageFor = (key: string, asked: Asked): Promise<Page | null> => {
    const begun = pending.get(key)
    if (begun) return begun
    count.made++
    const making = make(key, asked)
      .catch((error: unknown) => {
        log.error({ err: error }, 'a page for everybody could not be made')
        return null
      })
      .finally(() => {
        if (pending.get(key) === making) pending.delete(key)
      })
    pending.set(key, making)
    return making
  }

  return {
    async take(request, response, reader) {
      const asked = bytes > 0 && reader.role === 'anonymous' ? readAsked(request) : null
      if (!asked) return false
      const key = `${asked.zone} ${asked.target}`
      const known = kept.get(key)
      if (known) count.kept++
      const page = known ?? (await pageFor(key, asked))
      if (!page) return false
      await tell(request, response, page)
      return true
    },
    forget(at) {
      const wait = at === null ? 0 : BETWEEN_MS - (Date.now() - forgottenAt)
      if (wait <= 0) forgetNow()
      else waiting ??= setTimeout(forgetNow, wait)
    },
    counts: () => ({ ...count, bytes: kept.calculatedSize }),
    stop: () => clearTimeout(waiting),
  }
}

/** All that a page for everybody may depend on. */
type Asked = { target: string; host: string; zone: string }

/** What a request asks for, if everybody is answered the same; null for every other. */
function readAsked({ method, url = '/', headers }: IncomingMessage): Asked | null {
  const { authorization, cookie, host = '' } = headers
  if ((method !== 'GET' && method !== 'HEAD') || authorization !== undefined || !namesNobody(cookie)) return null
  // Next's own format of a page.
  if (headers.rsc !== undefined || headers['next-router-state-tree'] !== undefined) return null
  const [path = '', query = ''] = url.split('?', 2)
  if (url.length > LONGEST_TARGET || !PAGES.some((page) => page.test(path)) || /(?:^|&)(?:feed|_rsc)=/.test(query)) return null
  const [zone = '', ...others] = cookiesNamed('zone', cookie)
  return others.length === 0 && (zone === '' || ZONE.test(zone)) ? { target: url, host, zone } : null
}

function isText({ headers }: InnerAnswer): boolean {
  return /^(?:text\/|application\/(?:json|[\w.-]+\+(?:json|xml)))/.test(headers['content-type'] ?? '')
}

function pageOf(status: number, headers: Map<string, string>, lasts: boolean, body: Buffer): Page {
  const made = new Map<Encoding, Promise<Packed>>()
  const pack = async (encoding: Encoding) => {
    const bytes = await compressors[encoding](body)
    const others: [string, string][] = encoding === 'identity' ? [] : [['Content-Encoding', encoding]]
    return { head: [...headers, ...others, ['Content-Length', String(bytes.length)]].flat(), bytes }
  }
  return {
    status,
    validators: lasts ? { etag: headers.get('etag'), 'last-modified': headers.get('last-modified') } : null,
    unchanged: [...headers].filter(([name]) => name !== 'content-type').flat(),
    in(encoding) {
      const packed = made.get(encoding) ?? pack(encoding)
      made.set(encoding, packed)
      return packed
    },
  }
}

async function tell(request: IncomingMessage, response: ServerResponse, page: Page): Promise<void> {
  if (page.validators && fresh(request.headers, page.validators)) return void response.writeHead(304, page.unchanged).end()
  const { head, bytes } = await page.in(takes(request, 'br') ? 'br' : takes(request, 'gzip') ? 'gzip' : 'identity')
  response.writeHead(page.status, head).end(request.method === 'HEAD' ? undefined : bytes)
}
