import { type Answer, type Asked, serve } from './server.ts'

/** A post as X keeps it, with as little in it as our reader asks for; only what was asked for is answered. */
export type RawTweet = {
  [field: string]: unknown
  id: string
  text: string
  author_id: string
  referenced_tweets?: { type: string; id: string }[]
  attachments?: { media_keys?: string[]; poll_ids?: string[] }
  edit_history_tweet_ids?: string[]
}
type RawUser = { [field: string]: unknown; id: string; username: string; protected?: boolean }
type RawMedium = { [field: string]: unknown; media_key: string }

const EPOCH = 1_288_834_974_657n
const WEEK_MS = 7 * 86_400_000
const TWEET_FIELDS =
  'attachments author_id conversation_id created_at edit_history_tweet_ids entities id in_reply_to_user_id lang note_tweet possibly_sensitive public_metrics referenced_tweets text withheld'.split(
    ' ',
  )
const USER_FIELDS = 'id name username profile_image_url protected verified_type'.split(' ')
const MEDIA_FIELDS = 'media_key type url preview_image_url alt_text variants width height duration_ms'.split(' ')
const POLL_FIELDS = 'id options end_datetime voting_status'.split(' ')
const FIELDS: { [name: string]: string[] } = {
  'tweet.fields': TWEET_FIELDS,
  'user.fields': USER_FIELDS,
  'media.fields': MEDIA_FIELDS,
  'poll.fields': POLL_FIELDS,
  expansions: [
    ...['author_id', 'attachments.media_keys', 'attachments.poll_ids', 'referenced_tweets.id', 'referenced_tweets.id.author_id'],
    'referenced_tweets.id.attachments.media_keys',
  ],
}
/** What each way takes beside fields and expansions, and how small and large a page of it may be. */
const WAYS: [RegExp, { takes: string[]; least: number; way: 'list' | 'user' | 'search' }][] = [
  [/^\/2\/lists\/(\d+)\/tweets$/, { takes: ['max_results', 'pagination_token'], least: 1, way: 'list' }],
  [
    /^\/2\/users\/(\d+)\/tweets$/,
    { takes: ['max_results', 'pagination_token', 'since_id', 'start_time', 'exclude'], least: 5, way: 'user' },
  ],
  [/^\/2\/tweets\/search\/recent$/, { takes: ['query', 'max_results', 'next_token', 'since_id', 'start_time'], least: 10, way: 'search' }],
]

/** The id of a post said at this time. */
export function idAt(at: Date, n = 0): string {
  return String(((BigInt(at.getTime()) - EPOCH) << 22n) + BigInt(n))
}

/** The nth post of an hour ago and before: each a minute older than the one with the next number. */
export function rawTweet(n: number, change: Partial<RawTweet> = {}): RawTweet {
  const at = new Date(Date.now() - 86_400_000 + n * 60_000)
  const id = idAt(at, n)
  return {
    id,
    text: `Post ${n}`,
    author_id: '11',
    created_at: at.toISOString(),
    edit_history_tweet_ids: [id],
    lang: 'en',
    possibly_sensitive: false,
    conversation_id: id,
    public_metrics: { reply_count: 0 },
    ...change,
  }
}

/**
 * A strict stand-in for api.x.com: a bearer token; answers with no more than `id`, `text` and `edit_history_tweet_ids` unless
 * asked; refuses parameters that a way does not take (a list has no `since_id`), fields that there are not, pages that are too
 * small and searches before seven days ago; pages newest first; leaves out who protects their posts, and says in `errors` what
 * it does not give by its id. `billed`: the posts of today that it would have charged, each once.
 */
export async function serveX() {
  const behaviour = { token: 'the-bearer', remaining: 900, reset: 0, instead: null as Answer | null }
  let tweets: RawTweet[] = []
  const users: RawUser[] = [
    { id: '11', username: 'Ada_HPC', name: 'Ada', profile_image_url: 'https://pbs.example.org/ada.jpg', protected: false },
    { id: '12', username: 'grace', name: 'Grace', protected: false, verified_type: 'business' },
  ]
  const media: RawMedium[] = []
  const polls: { [field: string]: unknown; id: string }[] = []
  const billed = new Set<string>()
  const server = await serve({ '*': answer })

  const problem = (status: number, type: string, detail: string): Answer => ({
    status,
    body: { title: type, detail, type: `https://api.x.com/2/problems/${type}`, status },
  })

  function answer({ url, headers, method }: Asked): Answer {
    if (headers.authorization !== `Bearer ${behaviour.token}`)
      return { status: 401, body: { title: 'Unauthorized', type: 'about:blank', status: 401, detail: 'Unauthorized' } }
    if (behaviour.instead) return behaviour.instead
    if (method !== 'GET') return problem(400, 'invalid-request', 'only reading')
    behaviour.remaining -= 1
    const limits = {
      'x-rate-limit-limit': '900',
      'x-rate-limit-remaining': String(Math.max(0, behaviour.remaining)),
      'x-rate-limit-reset': String(behaviour.reset || Math.ceil(Date.now() / 1000) + 900),
    }
    if (behaviour.remaining < 0) return { ...problem(429, 'rate-limit-exceeded', 'Too Many Requests'), headers: limits }
    return { ...route(url), headers: limits }
  }

  function route(url: URL): Answer {
    const given = url.searchParams
    for (const [name, known] of Object.entries(FIELDS))
      for (const one of (given.get(name) ?? '').split(',').filter(Boolean))
        if (!known.includes(one))
          return problem(400, 'invalid-request', `The \`${name}\` query parameter value [${one}] is not one of its values`)
    const [pattern, how] = WAYS.find(([path]) => path.test(url.pathname)) ?? []
    const others = [...given.keys()].filter((name) => !(name in FIELDS))
    if (pattern && how) {
      const odd = others.find((name) => !how.takes.includes(name))
      if (odd) return problem(400, 'invalid-request', `The query parameter [${odd}] is not one of [${how.takes}]`)
      return timeline(how, pattern.exec(url.pathname)?.[1] ?? '', given)
    }
    if (url.pathname === '/2/tweets') return look(given)
    if (url.pathname === '/2/users/by') return named(given)
    const list = /^\/2\/lists\/(\d+)$/.exec(url.pathname)?.[1]
    if (list === '77') return { body: { data: { id: list, name: 'HPC people' } } }
    return problem(404, 'resource-not-found', 'Not Found')
  }

  function timeline(how: (typeof WAYS)[number][1], id: string, given: URLSearchParams): Answer {
    const most = Number(given.get('max_results') ?? 10)
    if (most < how.least || most > 100) return problem(400, 'invalid-request', `max_results [${most}] is not between ${how.least} and 100`)
    const [sinceId, start] = [given.get('since_id'), given.get('start_time')]
    if (how.way === 'search') {
      if (!given.get('query')) return problem(400, 'invalid-request', 'query is missing')
      const from = sinceId ? Number((BigInt(sinceId) >> 22n) + EPOCH) : start ? Date.parse(start) : Date.now()
      if (from < Date.now() - WEEK_MS) return problem(400, 'invalid-request', 'since_id or start_time must be within the last seven days')
    }
    const user = how.way === 'user' ? users.find((one) => one.id === id) : undefined
    if (how.way === 'user' && !user) return { body: { errors: [{ ...missing('user', id), type: typeOf('resource-not-found') }] } }
    if (user?.protected) return { body: { errors: [{ ...missing('user', id), type: typeOf('not-authorized-for-resource') }] } }
    if (how.way === 'list' && id !== '77') return problem(404, 'resource-not-found', 'Not Found')
    const all = visible()
      .filter((one) => !user || one.author_id === user.id)
      .filter((one) => !sinceId || BigInt(one.id) > BigInt(sinceId))
      .filter((one) => !start || Date.parse(String(one.created_at)) >= Date.parse(start))
    const from = Number((given.get('pagination_token') ?? given.get('next_token') ?? 'at-0').replace('at-', ''))
    const page = all.slice(from, from + most)
    const more = from + most < all.length && { next_token: `at-${from + most}` }
    const meta = { result_count: page.length, ...(page[0] && { newest_id: page[0].id, oldest_id: page.at(-1)?.id }), ...more }
    return { body: { ...(page.length > 0 && withIncludes(page, given)), meta } }
  }

  /** What was not edited into something newer, newest first. */
  function visible(): RawTweet[] {
    return tweets
      .filter((one) => one.edit_history_tweet_ids?.at(-1) === one.id && !users.find(({ id }) => id === one.author_id)?.protected)
      .sort((one, other) => (BigInt(other.id) > BigInt(one.id) ? 1 : -1))
  }

  function look(given: URLSearchParams): Answer {
    const ids = (given.get('ids') ?? '').split(',')
    if (ids.length > 100 || ids.some((id) => !/^\d+$/.test(id))) return problem(400, 'invalid-request', 'ids: 1 to 100 numbers')
    const found = ids.flatMap((id) => tweets.find((one) => one.id === id) ?? [])
    const isHidden = (one: RawTweet) => users.find(({ id }) => id === one.author_id)?.protected
    const errors = ids.flatMap((id) => {
      const one = found.find((tweet) => tweet.id === id)
      if (one && !isHidden(one)) return []
      return [{ ...missing('tweet', id), type: typeOf(one ? 'not-authorized-for-resource' : 'resource-not-found') }]
    })
    const shown = found.filter((one) => !isHidden(one))
    return { body: { ...(shown.length > 0 && withIncludes(shown, given)), ...(errors.length > 0 && { errors }) } }
  }

  function named(given: URLSearchParams): Answer {
    const names = (given.get('usernames') ?? '').split(',')
    const found = names.flatMap((name) => users.find(({ username }) => username.toLowerCase() === name.toLowerCase()) ?? [])
    return { body: { data: found.map((user) => projected(user, ['id', 'name', 'username'], given.get('user.fields'))) } }
  }

  function withIncludes(page: RawTweet[], given: URLSearchParams) {
    const expands = (given.get('expansions') ?? '').split(',')
    const fields = given.get('tweet.fields')
    const referred = expands.includes('referenced_tweets.id')
      ? page.flatMap(({ referenced_tweets = [] }) => referenced_tweets.flatMap(({ id }) => tweets.find((one) => one.id === id) ?? []))
      : []
    const said = [...page, ...(expands.includes('referenced_tweets.id.author_id') ? referred : [])]
    const people = expands.includes('author_id') ? users.filter(({ id }) => said.some((one) => one.author_id === id)) : []
    const pictured = [...page, ...(expands.includes('referenced_tweets.id.attachments.media_keys') ? referred : [])]
    const keys = expands.includes('attachments.media_keys') ? pictured.flatMap(({ attachments }) => attachments?.media_keys ?? []) : []
    const asked = expands.includes('attachments.poll_ids') ? page.flatMap(({ attachments }) => attachments?.poll_ids ?? []) : []
    for (const { id } of page) billed.add(id)
    const tweet = (one: RawTweet) => projected(one, ['id', 'text', 'edit_history_tweet_ids'], fields)
    return {
      data: page.map(tweet),
      includes: {
        ...(referred.length > 0 && { tweets: referred.map(tweet) }),
        users: people.map((user) => projected(user, ['id', 'name', 'username'], given.get('user.fields'))),
        media: media
          .filter(({ media_key }) => keys.includes(media_key))
          .map((one) => projected(one, ['media_key', 'type'], given.get('media.fields'))),
        polls: polls.filter(({ id }) => asked.includes(id)).map((one) => projected(one, ['id', 'options'], given.get('poll.fields'))),
      },
    }
  }

  return {
    ...server,
    behaviour,
    users,
    media,
    polls,
    billed,
    add: (...more: RawTweet[]) => {
      tweets.push(...more)
      return more.map(({ id }) => id)
    },
    change: (id: string, change: Partial<RawTweet>) => {
      tweets = tweets.map((one) => (one.id === id ? { ...one, ...change } : one))
    },
    remove: (...ids: string[]) => {
      tweets = tweets.filter(({ id }) => !ids.includes(id))
    },
  }
}

const typeOf = (word: string) => `https://api.x.com/2/problems/${word}`
const missing = (resource_type: string, id: string) => ({
  resource_type,
  resource_id: id,
  value: id,
  parameter: 'id',
  title: 'Not given',
  detail: `Not given: [${id}]`,
})

/** What is there always, and what was asked for. */
function projected(one: { [field: string]: unknown }, always: string[], asked: string | null) {
  const wanted = [...always, ...(asked ?? '').split(',')]
  return Object.fromEntries(Object.entries(one).filter(([name]) => wanted.includes(name)))
}
