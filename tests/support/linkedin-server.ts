import { type Answer, type Asked, serve } from './server.ts'

export type RawPost = {
  [field: string]: unknown
  id: string
  author: string
  createdAt: number
  lastModifiedAt: number
  lifecycleState: string
}

const PAGE = 'urn:li:organization:4242'
/** LinkedIn serves a version of its API for a year. */
const SERVED_MONTHS = 12

/** The version that came out so many months ago. */
export function versionOf(monthsAgo: number): string {
  const at = new Date()
  at.setUTCMonth(at.getUTCMonth() - monthsAgo, 1)
  return `${at.getUTCFullYear()}${String(at.getUTCMonth() + 1).padStart(2, '0')}`
}

/** The nth post of the page, a minute after the one before. */
export function rawPost(n: number, change: { [field: string]: unknown } = {}): RawPost {
  const at = Date.now() - 86_400_000 + n * 60_000
  return {
    id: `urn:li:share:${7_200_000_000_000_000_000n + BigInt(n)}`,
    author: PAGE,
    commentary: `Post ${n}`,
    createdAt: at,
    publishedAt: at,
    lastModifiedAt: at,
    lifecycleState: 'PUBLISHED',
    lifecycleStateInfo: { isEditedByAuthor: false },
    visibility: 'PUBLIC',
    distribution: { feedDistribution: 'MAIN_FEED', targetEntities: [], thirdPartyDistributionChannels: [] },
    isReshareDisabledByAuthor: false,
    ...change,
  }
}

/**
 * A strict stand-in for api.linkedin.com: a token of an administrator of one page; refuses who names no version, one that it
 * no longer serves (426) or no Rest.li protocol; finders and batches as Rest.li writes them, with their method in a header;
 * what is not there in `statuses`, and posts of pages that the token does not administer with 403.
 */
export async function serveLinkedin() {
  const behaviour = { token: 'the-token', instead: null as Answer | null }
  let posts: RawPost[] = []
  const server = await serve({ '*': answer })

  const failure = (status: number, code: string, message: string): Answer => ({
    status,
    body: { status, serviceErrorCode: 100, code, message },
  })

  function answer({ url, path, headers, method }: Asked): Answer {
    if (headers.authorization !== `Bearer ${behaviour.token}`) return failure(401, 'INVALID_ACCESS_TOKEN', 'Invalid access token')
    if (behaviour.instead) return behaviour.instead
    const version = headers['linkedin-version']
    if (!version)
      return failure(400, 'VERSION_MISSING', 'A version must be present. Please specify a version by adding the LinkedIn-Version header.')
    if (String(version) > versionOf(0) || String(version) < versionOf(SERVED_MONTHS))
      return failure(426, 'NONEXISTENT_VERSION', `Requested version ${version}01 is not active`)
    if (headers['x-restli-protocol-version'] !== '2.0.0') return failure(400, 'ILLEGAL_ARGUMENT', 'Unknown protocol')
    if (method !== 'GET') return failure(405, 'METHOD_NOT_ALLOWED', 'only reading')
    const asks = headers['x-restli-method']
    if (url.pathname === '/rest/posts') return /[?&]ids=List\(/.test(path) ? these(path, asks) : finder(url, asks)
    const organization = /^\/rest\/organizations\/(\d+)$/.exec(url.pathname)?.[1]
    if (organization === '4242') return { body: { id: 4242, localizedName: 'Example Lab', vanityName: 'example-lab' } }
    if (url.pathname === '/rest/organizations' && url.searchParams.get('q') === 'vanityName')
      return {
        body: {
          elements:
            url.searchParams.get('vanityName') === 'example-lab'
              ? [{ id: 4242, localizedName: 'Example Lab', vanityName: 'example-lab' }]
              : [],
          paging: { start: 0, count: 10, links: [] },
        },
      }
    return failure(404, 'NOT_FOUND', 'Not found')
  }

  function finder(url: URL, asks: unknown): Answer {
    const given = url.searchParams
    for (const name of given.keys())
      if (!['q', 'author', 'start', 'count', 'sortBy', 'isDsc', 'viewContext'].includes(name))
        return failure(400, 'QUERY_PARAM_NOT_ALLOWED', name)
    if (given.get('q') !== 'author' || asks !== 'FINDER') return failure(400, 'ILLEGAL_ARGUMENT', 'No such finder')
    if (given.get('author') !== PAGE) return failure(403, 'ACCESS_DENIED', 'Not enough permissions to access: partnerApiPosts')
    const [start, count] = [Number(given.get('start') ?? 0), Number(given.get('count') ?? 10)]
    if (count < 1 || count > 100) return failure(400, 'ILLEGAL_ARGUMENT', 'count')
    const key = given.get('sortBy') === 'CREATED' ? 'createdAt' : 'lastModifiedAt'
    const all = posts.toSorted((one, other) => other[key] - one[key])
    return { body: { elements: all.slice(start, start + count), paging: { start, count, links: [], total: all.length } } }
  }

  function these(path: string, asks: unknown): Answer {
    if (asks !== 'BATCH_GET') return failure(400, 'ILLEGAL_ARGUMENT', 'a batch wants its method in a header')
    const written = /ids=List\(([^)]*)\)/.exec(path)?.[1] ?? ''
    // Rest.li: what would mean something in a list is encoded once.
    if (/urn:/.test(written)) return failure(400, 'ILLEGAL_ARGUMENT', 'URNs in a list must be encoded')
    const ids = written.split(',').map(decodeURIComponent)
    const found = ids.flatMap((id) => posts.find((one) => one.id === id) ?? [])
    const missing = ids.filter((id) => !found.some((one) => one.id === id))
    return {
      body: {
        results: Object.fromEntries(found.map((one) => [one.id, one])),
        statuses: Object.fromEntries(missing.map((id) => [id, 404])),
        errors: Object.fromEntries(missing.map((id) => [id, { status: 404, message: 'Not found' }])),
      },
    }
  }

  return {
    ...server,
    behaviour,
    add: (...more: RawPost[]) => {
      posts.push(...more)
    },
    change: (id: string, change: object) => {
      posts = posts.map((one) => (one.id === id ? { ...one, ...change } : one))
    },
    remove: (...ids: string[]) => {
      posts = posts.filter(({ id }) => !ids.includes(id))
    },
  }
}
