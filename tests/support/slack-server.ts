import { type Answer, type Asked, serve } from './server.ts'
import { type Peer, serveWebSocket } from './web-socket-server.ts'

/** A message as Slack sends it, with as little in it as our reader asks for. */
export type RawMessage = { [key: string]: unknown; ts: string; thread_ts?: string }

type Behaviour = {
  token: string
  appToken: string
  scopes: string[]
  /** `tier3`: 50 a minute for history and for replies, 999 messages; `narrow`: one a minute, 15 messages. */
  limits: 'tier3' | 'narrow'
  emoji: { [name: string]: string }
  users: { id: string; name: string; deleted?: boolean; is_bot?: boolean; profile: { display_name: string; real_name?: string } }[]
}

export type RawChannel = { id: string; name: string; is_member: boolean; is_private: boolean; messages: RawMessage[] }

const SCOPES = ['channels:history', 'channels:read', 'users:read', 'emoji:read', 'files:read', 'team:read', 'reactions:read']

/** What each method wants and takes; whatever else is sent is an error. https://docs.slack.dev/reference/methods */
export const METHODS: { [method: string]: { scope: string | null; takes: string[] } } = {
  'auth.test': { scope: null, takes: [] },
  'apps.connections.open': { scope: null, takes: [] },
  'conversations.list': { scope: 'channels:read', takes: ['types', 'exclude_archived', 'limit', 'cursor'] },
  'conversations.history': { scope: 'channels:history', takes: ['channel', 'oldest', 'latest', 'inclusive', 'limit', 'cursor'] },
  'conversations.replies': { scope: 'channels:history', takes: ['channel', 'ts', 'oldest', 'latest', 'inclusive', 'limit', 'cursor'] },
  'users.info': { scope: 'users:read', takes: ['user'] },
  'emoji.list': { scope: 'emoji:read', takes: [] },
}

/**
 * A strict stand-in for one Slack workspace: POST and form only, bearer token, scopes, the arguments that each method
 * knows, pages as documented, 429 with Retry-After beyond the limits of the last minute, and Socket Mode over a real
 * WebSocket. Errors come as Slack gives them: status 200 and `ok: false`.
 */
export async function serveSlack(given: Partial<Behaviour> = {}) {
  const behaviour: Behaviour = {
    token: 'xoxb-right',
    appToken: 'xapp-right',
    scopes: SCOPES,
    limits: 'tier3',
    emoji: {},
    users: [],
    ...given,
  }
  const channels: RawChannel[] = []
  const asked: { method: string; args: URLSearchParams }[] = []
  const state = { now: Date.now(), failing: null as string | null }
  const times = new Map<string, number[]>()
  const sockets = await serveWebSocket()
  const server = await serve({ '*': answer })

  function answer({ method: verb, url, headers, body }: Asked): Answer {
    const method = url.pathname.replace('/api/', '')
    const args = new URLSearchParams(body)
    asked.push({ method, args })
    const known = METHODS[method]
    if (verb !== 'POST' || !known) return error('unknown_method')
    if (state.failing) return error(state.failing)
    if (!headers['user-agent']) return error('no_user_agent')
    if (!String(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) return error('invalid_post_type')
    const right = method === 'apps.connections.open' ? behaviour.appToken : behaviour.token
    // A token in the address or the form would stand in somebody's log.
    if (headers.authorization !== `Bearer ${right}` || args.has('token'))
      return error(headers.authorization ? 'invalid_auth' : 'not_authed')
    if (known.scope && !behaviour.scopes.includes(known.scope))
      return error('missing_scope', { needed: known.scope, provided: behaviour.scopes.join() })
    const odd = [...args.keys()].filter((name) => !known.takes.includes(name))
    if (odd.length > 0) return error('invalid_arguments', { odd })
    const wait = secondsToWait(method)
    if (wait > 0) return { status: 429, headers: { 'retry-after': String(wait) }, body: { ok: false, error: 'ratelimited' } }
    return respond(method, args)
  }

  /** The limits of the last minute by `state.now`, so that a test passes the time. */
  function secondsToWait(method: string): number {
    if (method !== 'conversations.history' && method !== 'conversations.replies') return 0
    const recent = (times.get(method) ?? []).filter((at) => at > state.now - 60_000)
    times.set(method, recent)
    if (recent.length >= (behaviour.limits === 'narrow' ? 1 : 50)) return Math.ceil(((recent[0] ?? 0) + 60_000 - state.now) / 1000)
    recent.push(state.now)
    return 0
  }

  function respond(method: string, args: URLSearchParams): Answer {
    if (method === 'auth.test')
      return ok({ url: 'https://hpc-example.slack.com/', team: 'HPC Example', team_id: 'T0EXAMPLE', user_id: 'UBOT', bot_id: 'BBOT' })
    if (method === 'apps.connections.open') return ok({ url: `${sockets.origin}/link/?ticket=1` })
    if (method === 'emoji.list') return ok({ emoji: behaviour.emoji })
    if (method === 'users.info') {
      const user = behaviour.users.find(({ id }) => id === args.get('user'))
      return user ? ok({ user }) : error('user_not_found')
    }
    if (method === 'conversations.list') return listed(args)
    const channel = channels.find(({ id }) => id === args.get('channel'))
    if (!channel) return error('channel_not_found')
    if (!channel.is_member) return error('not_in_channel')
    return method === 'conversations.history' ? history(channel, args) : replies(channel, args)
  }

  function listed(args: URLSearchParams): Answer {
    const types = (args.get('types') ?? 'public_channel').split(',')
    const fitting = channels.filter(({ is_private }) => types.includes(is_private ? 'private_channel' : 'public_channel'))
    const start = Number(args.get('cursor') || 0)
    // Slack may give fewer than asked for, and says so by the cursor alone.
    const page = fitting
      .slice(start, start + 2)
      .map(({ messages: _messages, ...channel }) => ({ ...channel, is_channel: true, is_im: false, is_mpim: false }))
    return ok({ channels: page, response_metadata: { next_cursor: start + 2 < fitting.length ? String(start + 2) : '' } })
  }

  function limitOf(args: URLSearchParams, most: number): number | null {
    const limit = Number(args.get('limit') ?? 100)
    return limit >= 1 && limit <= most ? Math.min(limit, behaviour.limits === 'narrow' ? 15 : most) : null
  }

  function within(args: URLSearchParams): (message: RawMessage) => boolean {
    const [oldest, latest, inclusive] = [
      args.get('oldest') ?? '0',
      args.get('latest') ?? '9999999999.999999',
      args.get('inclusive') === 'true',
    ]
    return ({ ts }) => (inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest)
  }

  /** Parents and what was sent to the channel as well, newest first; with `oldest` alone what is nearest to it. */
  function history({ messages }: RawChannel, args: URLSearchParams): Answer {
    const limit = limitOf(args, 999)
    if (!limit) return error('invalid_limit')
    const all = messages
      .filter(({ ts, thread_ts, subtype }) => !thread_ts || thread_ts === ts || subtype === 'thread_broadcast')
      .filter(within(args))
      .sort(newestFirst)
    const page = args.has('oldest') && !args.has('latest') ? all.slice(-limit) : all.slice(0, limit)
    return ok({ messages: page.map((message) => withThread(message, messages)), has_more: page.length < all.length })
  }

  /** The root first on every page, then the replies, oldest first. */
  function replies({ messages }: RawChannel, args: URLSearchParams): Answer {
    const limit = limitOf(args, 1000)
    if (!limit) return error('invalid_limit')
    const named = messages.find(({ ts }) => ts === args.get('ts'))
    if (!named) return error('thread_not_found')
    const root = messages.find(({ ts }) => ts === (named.thread_ts ?? named.ts))
    const all = messages
      .filter(({ ts, thread_ts }) => thread_ts === root?.ts && ts !== root?.ts)
      .filter(within(args))
      .sort(newestFirst)
      .reverse()
    const page = all.slice(0, limit)
    return ok({ messages: [...(root ? [withThread(root, messages)] : []), ...page], has_more: page.length < all.length })
  }

  const close = async () => {
    await Promise.all([server.close(), sockets.close()])
  }
  return {
    behaviour,
    state,
    asked,
    channels,
    sockets,
    server,
    api: `${server.origin}/api/`,
    /** How often a method was asked. */
    count: (method: string) => asked.filter((one) => one.method === method).length,
    channel(name: string, change: Partial<RawChannel> = {}): RawChannel {
      const channel = {
        id: `C0${name.toUpperCase().replace(/\W/g, '')}`,
        name,
        is_member: true,
        is_private: false,
        messages: [],
        ...change,
      }
      channels.push(channel)
      return channel
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Says hello, as Slack does once a connection stands. */
export async function greet(sockets: Awaited<ReturnType<typeof serveWebSocket>>): Promise<Peer> {
  const peer = await sockets.connected()
  peer.send({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A0EXAMPLE' } })
  return peer
}

let envelopes = 0
/** An event in its envelope; resolves when it was acknowledged. */
export async function tell(peer: Peer, event: object): Promise<void> {
  const envelope_id = `envelope-${envelopes++}`
  const acknowledged = async () => {
    for (;;) {
      if (peer.received.some((message) => JSON.parse(message).envelope_id === envelope_id)) return
      await peer.sent()
    }
  }
  peer.send({
    type: 'events_api',
    envelope_id,
    accepts_response_payload: false,
    payload: { type: 'event_callback', team_id: 'T0EXAMPLE', event },
  })
  await acknowledged()
}

function withThread(message: RawMessage, messages: RawMessage[]): RawMessage {
  const answers = messages.filter(({ ts, thread_ts }) => thread_ts === message.ts && ts !== message.ts)
  if (answers.length === 0) return message
  const latest_reply = answers
    .map(({ ts }) => ts)
    .sort()
    .at(-1)
  return { ...message, thread_ts: message.ts, reply_count: answers.length, latest_reply }
}

function newestFirst(a: RawMessage, b: RawMessage): number {
  return a.ts < b.ts ? 1 : -1
}

function ok(body: object): Answer {
  return { body: { ok: true, ...body } }
}

function error(name: string, more: object = {}): Answer {
  return { body: { ok: false, error: name, ...more } }
}
