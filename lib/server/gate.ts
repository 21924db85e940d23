import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'
import type { Reader } from '#db/audience'

/** What the gate answers itself: a sentence, in plain text. */
export type Answer = { status: number; sentence: string; headers?: Record<string, string> }

/** Who may come in, or what to answer instead. */
export type Verdict = { reader: Reader } | { answer: Answer }

/** What is asked for at all, in either mode. */
export type Shape = {
  /** Methods that every address takes. */
  methods: string[]
  /** The paths that take POST as well. */
  posts: string[]
}

export type Gate = Shape & {
  /** The owner's key, as the printed address carries it. */
  key: string
  /** What the owner's browser keeps instead of the key. */
  cookie: { name: string; value: string }
}

/** Longer addresses come from no page of ours. */
const LONGEST_TARGET = 8192
const COOKIE_SECONDS = 365 * 86_400
/** What a reader's browser has to say fits many times over. */
const LONGEST_BODY = 262_144
/** A list of sources that somebody brings along from another reader; a mail of ours that came back. */
const LONGER_BODIES: { [path: string]: number } = { '/sources/new/look': 1_048_576, '/digest/returned': 2_097_152 }

/** Set by reverse proxies only; a browser or a script on this computer never sends one. */
export const FORWARDED = /^(forwarded|via|x-forwarded(-.+)?|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip)$/

/**
 * Decides, in personal mode, on a request before any of it reaches a page. Only this computer may ask, directly: a
 * name that is not loopback is DNS rebinding, a forwarded header is a reverse proxy that would open the board to
 * others. Whoever shows the owner's key (address, cookie or bearer token) is the owner, everybody else anonymous.
 */
export function admit(request: IncomingMessage, gate: Gate): Verdict {
  const refusal = misshapen(request, gate) ?? notDirect(request) ?? notForUs(request, `http://${request.headers.host}`)
  if (refusal) return { answer: refusal }

  const url = new URL(request.url ?? '/', 'http://localhost')
  const shown = url.searchParams.get('key')
  if (shown) return { answer: same(shown, gate.key) ? welcome(url, gate) : WRONG_KEY }

  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer && same(bearer, gate.key)) return { reader: { role: 'owner' } }
  // There another token may open: whoever answers there knows it.
  if (bearer && url.pathname !== '/metrics' && url.pathname !== '/digest/returned') return { answer: WRONG_BEARER }

  const kept = cookiesNamed(gate.cookie.name, request.headers.cookie).some((value) => same(value, gate.cookie.value))
  return { reader: { role: kept ? 'owner' : 'anonymous' } }
}

/** Whether `host` (a Host header, or a HOST to listen on) means this computer. */
export function isLoopback(host: string): boolean {
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return false
  const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '')
  return name === 'localhost' || (ipaddr.isValid(name) && ipaddr.parse(name).range() === 'loopback')
}

/** What to answer to a request that no page of ours leads to, else null. */
export function misshapen(request: IncomingMessage, gate: Shape): Answer | null {
  const target = request.url ?? ''
  if (target.length > LONGEST_TARGET) return { status: 414, sentence: 'This address is too long.' }
  // An address of a whole other server, or one that a browser would take for it in a redirect.
  if (!/^\/(?![/\\])/.test(target)) return { status: 400, sentence: 'This is not an address of this server.' }
  // Next draws its last-resort page there, as an error of its own.
  if (/^\/_global-error\/?(\?|$)/.test(target)) return { status: 404, sentence: 'There is no such page.' }
  const methods = gate.posts.includes(target.replace(/\?.*/s, '')) ? [...new Set([...gate.methods, 'POST'])] : gate.methods
  if (!methods.includes(request.method ?? '')) {
    return { status: 405, sentence: `Only ${methods.join(', ')} are answered here.`, headers: { Allow: methods.join(', ') } }
  }
  return null
}

function notDirect(request: IncomingMessage): Answer | null {
  const hosts = request.headersDistinct.host ?? []
  const [host = ''] = hosts
  if (hosts.length !== 1) return { status: 400, sentence: 'A request names one host.' }
  if (!isLoopback(host)) {
    return { status: 421, sentence: 'In personal mode Backplane answers only as localhost or 127.0.0.1, on the computer it runs on.' }
  }
  const header = Object.keys(request.headers).find((name) => FORWARDED.test(name))
  if (!header) return null
  const sentence = `In personal mode Backplane answers only direct requests; this one came through a proxy (it carries ${header}).`
  return { status: 403, sentence }
}

/**
 * What to answer to something posted that does not come from a page of `ours` (an origin), or from a program, which sends
 * neither of these headers, else null. A form of ours has
 * the origin `null`, because pages here send no referrer (https://fetch.spec.whatwg.org/#append-a-request-origin-header), so that
 * `Sec-Fetch-Site` decides where there is one.
 */
export function notForUs({ method, headers, url = '' }: IncomingMessage, ours: string): Answer | null {
  if (method !== 'POST') return null
  const { origin, 'sec-fetch-site': site } = headers
  if (site ? site !== 'same-origin' : origin && origin !== ours)
    return { status: 403, sentence: 'Only a page of this server may send this.' }
  const length = headers['content-length']
  const close = { Connection: 'close' }
  if (length === undefined || headers['transfer-encoding']) {
    return { status: 411, sentence: 'Say how long it is: Content-Length.', headers: close }
  }
  const longest = LONGER_BODIES[url.replace(/\?.*/s, '')] ?? LONGEST_BODY
  return Number(length) <= longest ? null : { status: 413, sentence: `At most ${longest} bytes are taken.`, headers: close }
}

/** The key leaves the address, so that it stands in no history and no link that is passed on. */
function welcome(url: URL, { cookie }: Gate): Answer {
  url.searchParams.delete('key')
  // Lax, not Strict: the printed link may be clicked in a terminal that is itself a web page. Nothing changes on GET.
  const kept = `${cookie.name}=${cookie.value}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax`
  return { status: 303, sentence: 'Welcome.', headers: { Location: url.pathname + url.search, 'Set-Cookie': kept } }
}

const WRONG_KEY: Answer = {
  status: 403,
  sentence: 'This is not the owner’s key. The address with the right one is printed when Backplane starts.',
}

const WRONG_BEARER: Answer = { status: 401, sentence: 'This is not the owner’s key.', headers: { 'WWW-Authenticate': 'Bearer' } }

/** Equal, in a time that tells nothing of where they differ; hashes because lengths may differ. */
function same(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** The values of all cookies of this name in a Cookie header. */
export function cookiesNamed(name: string, header = ''): string[] {
  const start = `${name}=`
  return header
    .split(/; */)
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length))
}
