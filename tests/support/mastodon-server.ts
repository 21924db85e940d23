import { type Answer, type Asked, serve } from './server.ts'

/** A status as servers send it (snake_case), with as little in it as our reader asks for. */
export type RawStatus = { [key: string]: unknown; id: string; uri: string; created_at: string }

type Behaviour = {
  /** What `min_id` does: as documented; as `since_id`, which gives the newest page; or nothing. */
  minId: 'documented' | 'since' | 'ignored'
  links: boolean
  /** The most that a page holds. */
  cap: number
  /** Shows nothing without this token. */
  token: string | null
  /** `configuration` of `/api/v2/instance`; null: there is no such address. */
  configuration: object | null
}

const TIMELINE = /^\/api\/v1\/(timelines\/(public|tag\/[^/]+)|accounts\/[^/]+\/statuses)$/
const PARAMETERS = new Set(['local', 'limit', 'min_id', 'max_id', 'any[]', 'all[]', 'none[]'])

/**
 * A strict stand-in for a server with Mastodon's API: one list of statuses behind every timeline, paged as documented
 * (https://docs.joinmastodon.org/api/guidelines/#pagination), which refuses parameters that no server knows and, as
 * GoToSocial does, programs that do not say who they are.
 */
export async function serveMastodon(given: Partial<Behaviour> = {}) {
  const behaviour: Behaviour = { minId: 'documented', links: true, cap: 40, token: null, configuration: {}, ...given }
  let statuses: RawStatus[] = []
  const server = await serve({ '*': answer })

  function answer({ url, headers }: Asked): Answer {
    if (!headers['user-agent']) return { status: 418, body: { error: "I'm a teapot: no user agent" } }
    if (url.pathname === '/api/v2/instance')
      return behaviour.configuration
        ? { body: { domain: new URL(server.origin).host, configuration: behaviour.configuration } }
        : { status: 404, body: { error: 'Record not found' } }
    if (behaviour.token && headers.authorization !== `Bearer ${behaviour.token}`)
      return { status: 401, body: { error: 'The access token is invalid' } }
    if (TIMELINE.test(url.pathname)) return timeline(url)
    if (url.pathname === '/api/v1/statuses') {
      const ids = url.searchParams.getAll('id[]')
      return { body: statuses.filter(({ id }) => ids.includes(id)) }
    }
    const id = /^\/api\/v1\/statuses\/([^/]+)$/.exec(url.pathname)?.[1]
    const found = statuses.find((status) => status.id === id)
    return found ? { body: found } : { status: 404, body: { error: 'Record not found' } }
  }

  function timeline(url: URL): Answer {
    const odd = [...url.searchParams.keys()].filter((name) => !PARAMETERS.has(name))
    const asked = Number(url.searchParams.get('limit') ?? 20)
    if (odd.length > 0 || !(asked >= 1 && asked <= 40)) return { status: 400, body: { error: `bad parameters: ${url.search}` } }
    const limit = Math.min(asked, behaviour.cap)
    const [above, below] = [url.searchParams.get('min_id'), url.searchParams.get('max_id')]
    const within = [...statuses]
      .sort(byId)
      .filter(({ id }) => !below || compareIds(id, below) < 0)
      .filter(({ id }) => !above || behaviour.minId === 'ignored' || compareIds(id, above) > 0)
    // Newest first in every case; `min_id` takes the page from the other end.
    const page = above && behaviour.minId === 'documented' ? within.slice(-limit) : within.slice(0, limit)
    const link = (name: string, id: string | undefined) => {
      const to = new URL(url)
      to.searchParams.delete('min_id')
      to.searchParams.delete('max_id')
      to.searchParams.set(name, id ?? '')
      return to.href
    }
    const links = `<${link('max_id', page.at(-1)?.id)}>; rel="next", <${link('min_id', page[0]?.id)}>; rel="prev"`
    return { body: page, headers: behaviour.links && page.length > 0 ? { link: links } : {} }
  }

  return {
    ...server,
    behaviour,
    add: (...more: RawStatus[]) => {
      statuses.push(...more)
    },
    change: (id: string, change: object) => {
      statuses = statuses.map((status) => (status.id === id ? { ...status, ...change } : status))
    },
    remove: (id: string) => {
      statuses = statuses.filter((status) => status.id !== id)
    },
    /** Pages of timelines that were asked for, without what else was. */
    pagesAsked: () => server.asked.filter(({ url }) => TIMELINE.test(url.pathname)),
  }
}

/** Ids of one server, oldest first: by length, then by character. */
function compareIds(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0)
}

function byId(one: RawStatus, other: RawStatus): number {
  return compareIds(other.id, one.id)
}

const START = Date.UTC(2026, 10, 20, 12)

/** The nth status of a server, a minute after the one before, unless told. */
export function rawStatus(n: number, change: { [key: string]: unknown } = {}, origin = 'https://mast.example.org'): RawStatus {
  const id = String(change.id ?? 115_000_000_000_000_000n + BigInt(n) * 65_536n)
  return {
    id,
    uri: `${origin}/users/ada/statuses/${id}`,
    url: `${origin}/@ada/${id}`,
    created_at: new Date(START + n * 60_000).toISOString(),
    edited_at: null,
    visibility: 'public',
    sensitive: false,
    spoiler_text: '',
    content: `<p>Post ${n}</p>`,
    account: { id: '1', acct: 'ada', username: 'ada', display_name: 'Ada', note: '', fields: [], emojis: [], url: `${origin}/@ada` },
    media_attachments: [],
    mentions: [],
    tags: [],
    emojis: [],
    ...change,
  }
}
