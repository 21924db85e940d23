import { type Answer, type Asked, serve } from './server.ts'

/** A submission as the API sends it, with as little in it as our reader asks for. */
export type RawSubmission = { [key: string]: unknown; name: string; created_utc: number }

/** `<platform>:<app ID>:<version string> (by /u/<reddit username>)` (Reddit's Data API rules). */
const USER_AGENT = /^[\w.-]+:[\w.-]+:[\w.-]+ \(by \/u\/[\w-]{3,20}\)$/
/** Of a subreddit, an account and a multireddit; as feeds with `.rss` behind. */
const LISTINGS = /^\/(?:r\/hpc\/new|user\/ada_example\/(?:submitted|m\/hpc\/new))(?:\/\.rss)?$/
const START = Date.UTC(2026, 10, 20, 12) / 1000

type Behaviour = {
  /** Seconds that a token is good for, as it says. */
  expiresIn: number
  /** Requests left in the period, for the app. */
  remaining: number
  /** Seconds to the end of the period. */
  reset: number
  /** The most that a page holds, whatever was asked for. */
  cap: number
  /** Answers every request for a feed, or for the API, with this. */
  instead: Answer | null
  /** Entries that a feed holds. */
  entries: number
  /** Whether the entries of a feed stand newest first. */
  isInOrder: boolean
  grants: string[]
}

/**
 * A strict stand-in for www.reddit.com and oauth.reddit.com: tokens by Basic auth and grant, a Bearer that expires,
 * listings by fullname, at most 100 a page and 1000 in all, with `before` of a removed submission an empty page;
 * refuses programs that do not name themselves as Reddit wants it, parameters it does not know and listings without
 * `raw_json`, whose strings would come escaped.
 */
export async function serveReddit(given: Partial<Behaviour> = {}) {
  const behaviour: Behaviour = {
    expiresIn: 86_400,
    remaining: 99,
    reset: 300,
    cap: 100,
    instead: null,
    entries: 100,
    isInOrder: true,
    grants: ['client_credentials', 'refresh_token'],
    ...given,
  }
  let submissions: RawSubmission[] = []
  const tokens = new Set<string>()
  let given_ = 0
  const server = await serve({ '*': answer })

  function answer(asked: Asked): Answer {
    const { url, headers } = asked
    if (url.pathname === '/api/v1/access_token') return token(asked)
    if (LISTINGS.test(url.pathname) && url.pathname.endsWith('/.rss')) return behaviour.instead ?? feed(url)
    if (!USER_AGENT.test(headers['user-agent'] ?? '')) return { status: 429, body: 'whoa there, pardner' }
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    if (!bearer || !tokens.has(bearer)) return { status: 401, body: { message: 'Unauthorized', error: 401 } }
    if (behaviour.instead) return behaviour.instead
    behaviour.remaining -= 1
    const limits = {
      'x-ratelimit-used': String(100 - behaviour.remaining),
      'x-ratelimit-remaining': behaviour.remaining.toFixed(1),
      'x-ratelimit-reset': String(behaviour.reset),
    }
    if (behaviour.remaining < 0) return { status: 429, headers: limits, body: { message: 'Too Many Requests', error: 429 } }
    if (url.searchParams.get('raw_json') !== '1') return { status: 400, body: 'this stand-in wants raw_json=1' }
    if (LISTINGS.test(url.pathname)) return { headers: limits, body: listing(url) }
    if (url.pathname === '/api/info') return { headers: limits, body: info(url) }
    return { status: 404, headers: limits, body: { message: 'Not Found', error: 404 } }
  }

  function token({ method, headers, body }: Asked): Answer {
    if (!USER_AGENT.test(headers['user-agent'] ?? '')) return { status: 429, body: { message: 'Too Many Requests', error: 429 } }
    if (method !== 'POST' || headers.authorization !== `Basic ${btoa('the-app:the-secret')}`)
      return { status: 401, body: { message: 'Unauthorized', error: 401 } }
    const form = new URLSearchParams(body)
    const grant = form.get('grant_type') ?? ''
    if (!behaviour.grants.includes(grant)) return { status: 400, body: { error: 'unsupported_grant_type' } }
    if (grant === 'refresh_token' && form.get('refresh_token') !== 'the-refresh-token')
      return { status: 400, body: { error: 'invalid_grant' } }
    const made = `token-${++given_}`
    tokens.add(made)
    return { body: { access_token: made, token_type: 'bearer', expires_in: behaviour.expiresIn, scope: 'read' } }
  }

  function sorted(): RawSubmission[] {
    return [...submissions].sort((one, other) => other.created_utc - one.created_utc)
  }

  /** https://www.reddit.com/dev/api/#listings */
  function listing(url: URL): object {
    for (const name of url.searchParams.keys())
      if (!['raw_json', 'limit', 'after', 'before', 'count', 'sort'].includes(name)) throw new Error(`an odd parameter: ${name}`)
    const all = sorted().slice(0, 1000)
    const limit = Math.min(Number(url.searchParams.get('limit') ?? 25), 100, behaviour.cap)
    const [after, before] = [url.searchParams.get('after'), url.searchParams.get('before')]
    const at = all.findIndex(({ name }) => name === (after ?? before))
    const from = after ? at + 1 : 0
    const page = (after || before) && at < 0 ? [] : before ? all.slice(Math.max(0, at - limit), at) : all.slice(from, from + limit)
    const more = from + page.length < all.length && page.length > 0
    return listingOf(page, more ? (page.at(-1)?.name ?? null) : null)
  }

  function info(url: URL): object {
    const ids = (url.searchParams.get('id') ?? '').split(',')
    if (ids.length > 100) throw new Error('more than 100 ids')
    return listingOf(
      submissions.filter(({ name }) => ids.includes(name)),
      null,
    )
  }

  function feed(url: URL): Answer {
    const limit = Math.min(Number(url.searchParams.get('limit') ?? 25), 100, behaviour.entries)
    const self = url.href.replaceAll('&', '&amp;')
    const shown = sorted().slice(0, limit)
    const entries = (behaviour.isInOrder ? shown : shown.toReversed()).map(atomEntry).join('')
    return {
      headers: { 'content-type': 'application/atom+xml; charset=UTF-8' },
      body: `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><category term="HPC" label="r/HPC"/><updated>2026-11-22T10:00:00+00:00</updated><id>/r/hpc/new/.rss</id><link rel="self" href="${self}" type="application/atom+xml" /><title>hpc</title>${entries}</feed>`,
    }
  }

  return {
    ...server,
    behaviour,
    add: (...more: RawSubmission[]) => {
      submissions.push(...more)
    },
    change: (name: string, change: object) => {
      submissions = submissions.map((one) => (one.name === name ? { ...one, ...change } : one))
    },
    remove: (...names: string[]) => {
      submissions = submissions.filter(({ name }) => !names.includes(name))
    },
    /** Tokens that were given out are dead, whatever they said. */
    forgetTokens: () => tokens.clear(),
    /** What was asked for besides tokens. */
    pagesAsked: () => server.asked.filter(({ url }) => url.pathname !== '/api/v1/access_token'),
    tokensAsked: () => server.asked.filter(({ url }) => url.pathname === '/api/v1/access_token'),
  }
}

function listingOf(page: RawSubmission[], after: string | null): object {
  const children = page.map((data) => ({ kind: 't3', data }))
  return { kind: 'Listing', data: { after, dist: page.length, modhash: null, geo_filter: '', children, before: null } }
}

/** As Reddit writes it: the text, then who submitted it, where it leads, and its comments. */
function atomEntry(submission: RawSubmission): string {
  const { name, title, author, selftext_html: said, url, permalink, created_utc } = submission
  const page = `https://www.reddit.com${permalink}`
  const content = `${said ?? ''} &#32; submitted by &#32; <a href="https://www.reddit.com/user/${author}"> /u/${author} </a> <br/> <span><a href="${url ?? page}">[link]</a></span> &#32; <span><a href="${page}">[comments]</a></span>`
  const time = new Date(created_utc * 1000).toISOString().replace('.000Z', '+00:00')
  const by = author === '[deleted]' ? '' : `<author><name>/u/${author}</name><uri>https://www.reddit.com/user/${author}</uri></author>`
  return `<entry>${by}<category term="HPC" label="r/HPC"/><content type="html">${escapeXml(content)}</content><id>${name}</id><link href="${page}" /><updated>${time}</updated><published>${time}</published><title>${escapeXml(String(title))}</title></entry>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** The nth submission of a subreddit, a minute after the one before, unless told. */
export function rawSubmission(n: number, change: { [key: string]: unknown } = {}): RawSubmission {
  const id = (40_000_000 + n).toString(36)
  return {
    name: `t3_${id}`,
    id,
    title: `Submission ${n}`,
    author: 'ada_example',
    author_fullname: 't2_ada',
    author_flair_text: null,
    author_flair_richtext: [],
    subreddit: 'HPC',
    subreddit_name_prefixed: 'r/HPC',
    permalink: `/r/HPC/comments/${id}/submission_${n}/`,
    url: `https://www.reddit.com/r/HPC/comments/${id}/submission_${n}/`,
    domain: 'self.HPC',
    created_utc: START + n * 60,
    edited: false,
    is_self: true,
    selftext: `Text ${n}`,
    selftext_html: `<!-- SC_OFF --><div class="md"><p>Text ${n}</p>\n</div><!-- SC_ON -->`,
    thumbnail: 'self',
    over_18: false,
    spoiler: false,
    stickied: false,
    locked: false,
    archived: false,
    distinguished: null,
    link_flair_text: null,
    link_flair_richtext: [],
    num_comments: n,
    score: 7,
    media: null,
    removed_by_category: null,
    ...change,
  }
}
