import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { Config } from '../config.ts'
import { log } from '../log.ts'
import { addressBlock, clientAddress } from './client-address.ts'
import type { Answer } from './gate.ts'
import { sharedCounts } from './shared-counts.ts'

/** How often one asker may ask for one kind of thing. */
type Limit = {
  times: number
  seconds: number
  /** Counted in the database, so that it holds over all web processes and restarts; the others each process counts by itself. */
  shared?: true
  /** What was asked for, as it stands in the sentence: “At most 60 searches a minute …” */
  what: string
}

const MINUTE = 60
const HOUR = 3600

/** Generous to who reads, also with many windows; short of what keeps two cores busy (130 pages a second) or fills a mailbox. */
const LIMITS = {
  page: { times: 600, seconds: MINUTE, what: 'pages' },
  media: { times: 3000, seconds: MINUTE, what: 'pictures' },
  search: { times: 60, seconds: MINUTE, what: 'searches' },
  api: { times: 300, seconds: MINUTE, what: 'requests by programs' },
  feed: { times: 60, seconds: MINUTE, what: 'readings of feeds' },
  'sign-in': { times: 20, seconds: HOUR / 4, shared: true, what: 'tries to sign in' },
  /** Whoever asks: links to sign in that one mailbox gets. */
  mailbox: { times: 5, seconds: HOUR, shared: true, what: 'mails to one address' },
  digest: { times: 10, seconds: HOUR, shared: true, what: 'changes of who gets mail' },
  /** By one program, which has the token: a bad day of a large list. */
  returned: { times: 1200, seconds: MINUTE, what: 'mails that came back' },
  'opt-out': { times: 10, seconds: HOUR, shared: true, what: 'wishes to be left out' },
  report: { times: 20, seconds: HOUR, shared: true, what: 'reports' },
  claim: { times: 60, seconds: HOUR, shared: true, what: 'looks at profiles' },
  submit: { times: 30, seconds: HOUR, shared: true, what: 'links that are handed in' },
} satisfies Record<string, Limit>

export type LimitName = keyof typeof LIMITS

/** Pages of one asker that are told what is new at the same time: an institute behind one address has as many. */
const OPEN_PAGES = 100

export type Limits = {
  /** What to answer to who asks too often, else null. `account` is who is signed in: counted apart from the address they share. */
  ask(request: IncomingMessage, response: ServerResponse, account?: string | null): Promise<Answer | null>
}

/** Limits for everybody who asks this process. In personal mode only this computer asks, and nothing is limited. */
export function createLimits(config: Pick<Config, 'MODE' | 'TRUST_PROXY'>): Limits {
  const open = new Map<string, number>()
  let warned = false

  function openPage(asker: string, response: ServerResponse): Answer | null {
    const count = open.get(asker) ?? 0
    if (count >= OPEN_PAGES) return { ...tooMany(60), sentence: `At most ${OPEN_PAGES} open pages of one address are told what is new.` }
    open.set(asker, count + 1)
    response.on('close', () => {
      const left = (open.get(asker) ?? 1) - 1
      if (left > 0) open.set(asker, left)
      else open.delete(asker)
    })
    return null
  }

  return {
    async ask(request, response, account) {
      if (config.MODE === 'personal') return null
      if (!warned && config.TRUST_PROXY === 0 && request.headers['x-forwarded-for']) {
        warned = true
        log.warn('a reverse proxy stands in front, but TRUST_PROXY is 0: all readers are taken for one, and limited as one')
      }
      const limit = limitFor(request)
      if (!limit) return null
      const asker = account ? `account ${account}` : `address ${addressBlock(clientAddress(request, config))}`
      const late = await countAgainst(limit, asker)
      return late ?? (/^\/api\/live(?:\?|$)/.test(request.url ?? '') ? openPage(asker, response) : null)
    },
  }
}

/**
 * Counts one more time for `who` (an asker, or a mailbox to be written to), who is kept as a hash only. Returns what to
 * answer once it was too often, else null. While the database is away each process counts for itself.
 */
export async function countAgainst(name: LimitName, who: string): Promise<Answer | null> {
  const key = createHash('sha256').update(who.toLowerCase()).digest('base64url').slice(0, 22)
  try {
    await limiterOf(name).consume(key)
    return null
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    return tooMany(Math.max(1, Math.ceil(refused.msBeforeNext / 1000)), LIMITS[name])
  }
}

function tooMany(seconds: number, limit?: Limit): Answer {
  const span = limit?.seconds === MINUTE ? 'a minute' : limit?.seconds === HOUR ? 'an hour' : `${(limit?.seconds ?? 0) / MINUTE} minutes`
  const sentence = `At most ${limit?.times} ${limit?.what} in ${span} are answered: try again in ${seconds} s.`
  return { status: 429, sentence, headers: { 'Retry-After': String(seconds) } }
}

const POSTED: [RegExp, LimitName][] = [
  [/^\/(?:sign-in|auth|api\/auth)(?:\/|$)/, 'sign-in'],
  [/^\/digest\/returned\/?$/, 'returned'],
  [/^\/digest(?:\/|$)/, 'digest'],
  [/^\/opt-out(?:\/|$)/, 'opt-out'],
  [/^\/report(?:\/|$)/, 'report'],
  [/^\/submit(?:\/|$)/, 'submit'],
  [/^\/account\/claims(?:\/|$)/, 'claim'],
]

function limitFor({ method, url = '/' }: IncomingMessage): LimitName | null {
  const [path = '/', query = ''] = url.split('?', 2)
  const posted = method === 'POST' ? POSTED.find(([pattern]) => pattern.test(path)) : undefined
  if (posted) return posted[1]
  // The same files for everybody, read from disk, and for browsers to keep.
  if (path.startsWith('/_next/static/') || /^\/[\w-]+\.(?:js|css|png|svg|ico|webmanifest)$/.test(path)) return null
  if (path.startsWith('/media/')) return 'media'
  if (/^\/search(?:\/|$)/.test(path) || /(?:^|&)q=/.test(query)) return 'search'
  if (/\.(?:xml|json)$/.test(path)) return 'feed'
  return /^\/(?:api|metrics)(?:\/|$)/.test(path) ? 'api' : 'page'
}

type Limiter = RateLimiterMemory | RateLimiterPostgres

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneLimiters?: Map<LimitName, Limiter> }

function limiterOf(name: LimitName): Limiter {
  held.backplaneLimiters ??= new Map()
  const known = held.backplaneLimiters.get(name)
  if (known) return known
  const { times: points, seconds: duration, ...rest }: Limit = LIMITS[name]
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration })
  const limiter = rest.shared
    ? new RateLimiterPostgres({
        ...sharedCounts,
        ...{ keyPrefix: name, points, duration, insuranceLimiter: memory },
      })
    : memory
  held.backplaneLimiters.set(name, limiter)
  return limiter
}
