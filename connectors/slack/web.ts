import { type Logger, LogLevel, WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api'
import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { connectorErrorOf, errorOfResponse } from '../http.ts'
import { ConnectorError } from '../trouble.ts'
import { apiOf, type Settings } from './settings.ts'

/** Slack knows no such channel, thread or person, or does not let this app in there: a matter of that one thing. */
export class NotThereError extends ConnectorError {
  /** Slack's word: `not_in_channel`, `user_not_found`. */
  readonly said: string
  constructor(said: string, message: string) {
    super('refused', message)
    this.said = said
  }
}

/** The Web API's reading half, each answer checked. Every failure is a ConnectorError. https://docs.slack.dev/reference/methods */
export type Web = ReturnType<typeof createWeb>

export function createWeb(settings: Settings, reach: Reach) {
  const client = new WebClient(settings.token, clientOptions(settings, reach))

  async function ask<T extends z.ZodType>(method: string, shape: T, args: { [name: string]: unknown } = {}): Promise<z.infer<T>> {
    const answer = await client.apiCall(method, args).catch((error: unknown) => {
      reach.signal.throwIfAborted()
      throw errorOf(error, method)
    })
    const read = shape.safeParse(answer)
    if (!read.success) throw new ConnectorError('malformed', `Slack answered ${method} with something else: ${z.prettifyError(read.error)}`)
    return read.data
  }

  return {
    whoAmI: () => ask('auth.test', AuthTest),
    /** All channels that are public, page by page. */
    async publicChannels(): Promise<z.infer<typeof Conversation>[]> {
      const all: z.infer<typeof Conversation>[] = []
      let cursor: string | undefined
      do {
        const page = await ask('conversations.list', Conversations, {
          types: 'public_channel',
          exclude_archived: false,
          limit: 999,
          cursor,
        })
        // What is asked for is public; what comes is looked at all the same.
        all.push(...page.channels.filter((channel) => !channel.is_private && !channel.is_im && !channel.is_mpim && !channel.is_group))
        cursor = page.response_metadata?.next_cursor || undefined
      } while (cursor)
      return all
    },
    /** Newest first, both ends left out. With both ends given, what is nearest to `latest` comes first. */
    history: (channel: string, span: { oldest: string; latest: string; limit: number }) =>
      ask('conversations.history', Page, { channel, ...span, inclusive: false }),
    /** The root first, then the replies after `oldest`, oldest first. */
    replies: (channel: string, ts: string, span: { oldest?: string; limit: number }) =>
      ask('conversations.replies', Page, { channel, ts, ...span, inclusive: false }),
    /** One message and, where it is a reply, its root. */
    message: (channel: string, ts: string) =>
      ask('conversations.replies', Page, { channel, ts, oldest: ts, latest: ts, inclusive: true, limit: 2 }),
    user: async (user: string) => (await ask('users.info', UserAnswer, { user })).user,
    emojis: () => ask('emoji.list', EmojiList),
  }
}

/** What both of Slack's clients get: our way out, no retries (the schedule decides), no log. */
export function clientOptions(settings: Settings, { http, signal }: Reach) {
  return {
    slackApiUrl: apiOf(settings),
    // The library asks for `redirect: "error"`; an API that redirects is answered with its status.
    fetch: (input: string | URL | Request, init: RequestInit = {}) =>
      http.fetch(input, { ...init, redirect: 'manual', signal: init.signal ? AbortSignal.any([signal, init.signal]) : signal }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
  }
}

/** Slack's clients would else write to the console. */
export const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}

const Conversation = z.object({
  id: z.string(),
  name: z.string(),
  is_private: z.boolean().optional(),
  is_im: z.boolean().optional(),
  is_mpim: z.boolean().optional(),
  is_group: z.boolean().optional(),
  is_member: z.boolean().optional(),
})

const next = z.object({ next_cursor: z.string().optional() }).optional()
const AuthTest = z.object({ team_id: z.string(), team: z.string(), url: z.string() })
const Conversations = z.object({ channels: z.array(Conversation), response_metadata: next })
const Page = z.object({ messages: z.array(z.unknown()), has_more: z.boolean().default(false) })
const EmojiList = z.object({ emoji: z.record(z.string(), z.string()).default({}) })
const written = z.string().nullish()
export const UserInfo = z.object({
  id: z.string(),
  name: z.string().default(''),
  real_name: written,
  deleted: z.boolean().default(false),
  is_bot: z.boolean().default(false),
  profile: z.object({ display_name: written, real_name: written, image_72: written, pronouns: written }).default({}),
})
const UserAnswer = z.object({ user: UserInfo })

export type UserInfo = z.infer<typeof UserInfo>

const NOT_THERE = [
  'not_in_channel',
  'channel_not_found',
  'thread_not_found',
  'message_not_found',
  'user_not_found',
  'user_not_visible',
  'is_archived',
]
const TOKEN_ENDED = [
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
  'no_permission',
  'org_login_required',
  'not_allowed_token_type',
  'access_denied',
]
const PASSING = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org', 'team_is_being_migrated']

/** What Slack's own errors mean, in a sentence to the owner. https://docs.slack.dev/reference/methods/conversations.history#errors */
export function errorOf(error: unknown, method: string): ConnectorError {
  if (error instanceof WebAPIRateLimitedError)
    return new ConnectorError('rate-limited', `Slack asks to wait before ${method} is asked again`, { retryAfterSeconds: error.retryAfter })
  if (error instanceof WebAPIHTTPError) return errorOfResponse({ status: error.statusCode, headers: new Headers(error.headers) }, 'Slack')
  // The library's words for a 429 that does not say how long.
  if (error instanceof Error && error.message.startsWith('Retry header'))
    return new ConnectorError('rate-limited', `Slack answered ${method}: too many requests`)
  if (!(error instanceof WebAPIPlatformError)) return connectorErrorOf(error, `Slack, ${method}`)
  const { error: said, needed } = PlatformError.parse(error.data)
  if (!/^[a-z_]+$/.test(said)) return new ConnectorError('malformed', `Slack answered ${method} with a page instead of data`)
  if (said === 'ratelimited') return new ConnectorError('rate-limited', `Slack answered ${method}: too many requests`)
  if (NOT_THERE.includes(said)) return new NotThereError(said, `Slack answered ${method}: ${said}`)
  if (TOKEN_ENDED.includes(said))
    return new ConnectorError(
      'refused',
      `Slack does not accept the token of this source (${said}): ask the workspace’s owners whether they took the app away; else install it again under api.slack.com/apps → Install App, and put the new token into the environment`,
    )
  if (said === 'missing_scope')
    return new ConnectorError(
      'refused',
      `The Slack app may not do ${method}: it lacks the scope ${needed ?? ''}. Add it under OAuth & Permissions, as deploy/slack-manifest.yaml has it, and install the app again`,
    )
  return new ConnectorError(PASSING.includes(said) ? 'unavailable' : 'malformed', `Slack answered ${method}: ${said}`)
}

const PlatformError = z.object({ error: z.string().catch('unknown'), needed: z.string().optional().catch(undefined) })
