import { type Answer, type Asked, serve } from './server.ts'

/** A post as Threads keeps it; only the fields that were asked for are answered. */
export type RawMedium = { [field: string]: unknown; id: string; media_type: string; timestamp: string }

const TOP = '/v1.0'
/** https://developers.facebook.com/docs/threads/threads-media */
const FIELDS =
  'id media_product_type media_type media_url permalink owner username text timestamp shortcode thumbnail_url alt_text link_attachment_url gif_url topic_tag is_spoiler_media text_entities text_attachment poll_attachment is_reply is_quote_post quoted_post reposted_post replied_to root_post children has_replies'.split(
    ' ',
  )
const DAY_SECONDS = 86_400

/** The nth post, a minute after the one before: `+0000` at the end, as Threads writes it. */
export function rawMedium(n: number, change: { [field: string]: unknown } = {}): RawMedium {
  const at = new Date(Math.floor(Date.now() / 1000) * 1000 - DAY_SECONDS * 1000 + n * 60_000)
  return {
    id: String(17_900_000_000_000_000n + BigInt(n)),
    media_product_type: 'THREADS',
    media_type: 'TEXT_POST',
    permalink: `https://www.threads.com/@ada.hpc/post/D${n}`,
    owner: { id: '900' },
    username: 'ada.hpc',
    text: `Post ${n}`,
    timestamp: at.toISOString().replace('.000Z', '+0000'),
    shortcode: `D${n}`,
    is_quote_post: false,
    is_reply: false,
    ...change,
  }
}

/**
 * A strict stand-in for graph.threads.net: tokens that end, that are taken back, and that can be renewed when they are a day
 * old, each giving another; fields that there are not are refused, and no field is answered that was not asked for; pages newest
 * first, with `after`; what is not there is `(#100)`, as Graph says it.
 */
export async function serveThreads() {
  const now = () => Date.now() / 1000
  const behaviour = { instead: null as Answer | null, username: 'ada.hpc' }
  /** By the token: when it was made, when it ends (seconds since 1970), and whether its owner took it back. */
  const tokens = new Map([['token-0', { madeAt: now() - 8 * DAY_SECONDS, endsAt: now() + 52 * DAY_SECONDS, revoked: false }]])
  let posts: RawMedium[] = []
  const server = await serve({ '*': answer })

  const failure = (status: number, code: number, message: string, error_subcode?: number): Answer => ({
    status,
    body: {
      error: {
        message,
        type: code === 190 ? 'OAuthException' : 'THApiException',
        code,
        ...(error_subcode && { error_subcode }),
        fbtrace_id: 'A1',
      },
    },
  })

  function answer({ url, headers, method }: Asked): Answer {
    if (method !== 'GET') return failure(400, 100, 'Unsupported request')
    const renewing = url.pathname === '/refresh_access_token'
    const token = renewing ? url.searchParams.get('access_token') : /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    const known = tokens.get(token ?? '')
    if (!known) return failure(401, 190, 'Invalid OAuth access token - Cannot parse access token')
    if (known.revoked) return failure(400, 190, 'Error validating access token: The user has not authorized application 1.', 458)
    if (known.endsAt < now()) return failure(400, 190, 'Error validating access token: Session has expired', 463)
    if (behaviour.instead) return behaviour.instead
    if (renewing) return renewed(url, known.madeAt)
    return read(url)
  }

  function renewed(url: URL, madeAt: number): Answer {
    if (url.searchParams.get('grant_type') !== 'th_refresh_token') return failure(400, 100, 'Invalid parameter')
    if (now() - madeAt < DAY_SECONDS) return failure(400, 100, 'This token is too young to be refreshed')
    const made = `token-${tokens.size}`
    tokens.set(made, { madeAt: now(), endsAt: now() + 60 * DAY_SECONDS, revoked: false })
    return { body: { access_token: made, token_type: 'bearer', expires_in: 60 * DAY_SECONDS } }
  }

  function read(url: URL): Answer {
    const asked = fieldsOf(url.searchParams.get('fields') ?? 'id')
    if (url.pathname === `${TOP}/me`) {
      const me: { [field: string]: unknown } = {
        id: '900',
        username: behaviour.username,
        name: 'Ada',
        threads_profile_picture_url: 'https://scontent.example.org/ada.jpg',
      }
      const odd = asked.find(({ name }) => !(name in me))
      if (odd) return failure(400, 100, `Tried accessing nonexisting field (${odd.name})`)
      return { body: picked(me, asked) }
    }
    const odd = asked.find(({ name }) => !FIELDS.includes(name))
    if (odd) return failure(400, 100, `Tried accessing nonexisting field (${odd.name})`)
    if (url.pathname === `${TOP}/me/threads`) return page(url, asked)
    const id = url.pathname.slice(TOP.length + 1)
    const post = posts.find((one) => one.id === id)
    if (!post)
      return failure(
        400,
        100,
        `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions`,
        33,
      )
    return { body: picked(post, asked) }
  }

  function page(url: URL, asked: Field[]): Answer {
    for (const name of url.searchParams.keys())
      if (!['fields', 'limit', 'after', 'before', 'since', 'until'].includes(name)) return failure(400, 100, `Invalid parameter ${name}`)
    const limit = Number(url.searchParams.get('limit') ?? 25)
    if (limit < 1 || limit > 100) return failure(400, 100, 'Invalid limit')
    const all = posts.toSorted((one, other) => (BigInt(other.id) > BigInt(one.id) ? 1 : -1))
    const from = Number((url.searchParams.get('after') ?? 'c0').slice(1))
    const some = all.slice(from, from + limit)
    const more = from + limit < all.length
    const paging = {
      cursors: { before: `c${from}`, after: `c${from + some.length}` },
      ...(more && { next: `${url.origin}${url.pathname}?after=c${from + some.length}` }),
    }
    return { body: { data: some.map((one) => picked(one, asked)), ...(some.length > 0 && { paging }) } }
  }

  return {
    ...server,
    behaviour,
    tokens,
    add: (...more: RawMedium[]) => {
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

type Field = { name: string; within: Field[] | null }

/** `id,quoted_post{id,text}` as Graph reads it. */
function fieldsOf(written: string): Field[] {
  return [...written.matchAll(/([a-z_]+)(?:\{([^}]*)\})?/g)].map(([, name = '', within]) => ({
    name,
    within: within === undefined ? null : fieldsOf(within),
  }))
}

/** No more than was asked for; of what leads elsewhere its id, where nothing of it was. */
function picked(one: object, asked: Field[]): object {
  if ('data' in one && Array.isArray(one.data)) return { data: one.data.map((item) => picked(item, asked)) }
  return Object.fromEntries(
    Object.entries(one).flatMap(([name, value]) => {
      const field = asked.find((some) => some.name === name)
      if (!field) return []
      const leads = ['quoted_post', 'reposted_post', 'replied_to', 'root_post', 'children'].includes(name)
      return [
        [
          name,
          leads && typeof value === 'object' && value !== null ? picked(value, field.within ?? [{ name: 'id', within: null }]) : value,
        ],
      ]
    }),
  )
}
