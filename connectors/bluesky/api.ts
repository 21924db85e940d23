import { AtpAgent, lexToJson, XRPCError } from '@atproto/api'
import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { connectorErrorOf, hostOf } from '../http.ts'
import { ConnectorError, retryAfterSeconds, timeAtSender, troubleOfStatus } from '../trouble.ts'
import type { Settings } from './settings.ts'

/** Posts in one `getPosts`. */
const POSTS_A_REQUEST = 25
/** Profiles in one `getProfiles`. */
const PROFILES_A_REQUEST = 25
/** A generator that is asked for more may time out at the AppView, which gives it 10 s. */
const ITEMS_A_PAGE = 100
/** Jetstream takes as many `wantedDids`. */
export const MOST_MEMBERS = 10_000

/** What an AppView says of an account that may come back. */
const PASSING = new Set(['AccountDeactivated', 'AccountTakedown'])

/** Of each answer what we use. The client library would refuse the whole for one item that is against its lexicon. */
const Uri = z.object({ uri: z.string() })
const Person = z.looseObject({ did: z.string(), handle: z.string(), description: z.string().optional().catch(undefined) })
const FeedPage = z.object({ feed: z.array(z.unknown()), cursor: z.string().optional() })
const Posts = z.object({ posts: z.array(z.looseObject({ uri: z.string(), cid: z.string(), record: z.looseObject({}) })) })
const Answering = z.object({ reply: z.object({ parent: Uri }) })
const Feed = z.object({ uri: z.string(), displayName: z.string(), creator: Person })
const StarterPack = z.object({
  creator: Person,
  record: z.object({ name: z.string() }),
  list: z.object({ uri: z.string() }).optional(),
})
const List = z.object({
  list: z.object({ uri: z.string(), name: z.string(), creator: Person }),
  items: z.array(z.object({ subject: z.object({ did: z.string() }) })),
  cursor: z.string().optional(),
})

type PostView = z.infer<typeof Posts>['posts'][number]
/** An item as a feed would show it, for a post that came without. */
export type Item = { post: PostView; reply?: unknown; reason?: unknown }

/** The questions we ask of an AppView. Everything throws ConnectorError, or the reason of the abort. */
export function createApi(settings: Settings, { http, signal }: Reach) {
  const { service } = settings
  const agent = new AtpAgent({ service, fetch: http.fetch })
  const { feed, graph, actor } = agent.app.bsky

  /** What the AppView answers, as the JSON that it sent. */
  async function ask<T>(shape: z.ZodType<T>, answer: Promise<{ data: unknown }>): Promise<T> {
    const whole = await answer.catch((error: unknown) => {
      signal.throwIfAborted()
      if (error instanceof XRPCError && 'responseBody' in error) return { data: error.responseBody }
      throw troubleIn(error, hostOf(service))
    })
    const { data } = shape.safeParse(lexToJson(whole.data))
    if (data === undefined) throw new ConnectorError('malformed', `${hostOf(service)} answered with something else than what was asked for`)
    return data
  }

  /** The posts that there are, by uri. Those that are deleted, or of hidden accounts, are not among them. */
  async function posts(uris: string[]): Promise<Map<string, PostView>> {
    const found = new Map<string, PostView>()
    for (let start = 0; start < uris.length; start += POSTS_A_REQUEST) {
      const some = uris.slice(start, start + POSTS_A_REQUEST)
      const page = await ask(Posts, feed.getPosts({ uris: some }, { signal }))
      for (const post of page.posts) found.set(post.uri, post)
    }
    return found
  }

  return {
    posts,

    /** One page, newest first as far as its maker keeps to it. The cursor is opaque, and leads backwards only. */
    page(cursor: string | undefined, limit = ITEMS_A_PAGE) {
      const some = { limit, cursor }
      const { author, list } = settings
      const answer = author
        ? feed.getAuthorFeed({ ...some, actor: author, filter: 'posts_and_author_threads' }, { signal })
        : list
          ? feed.getListFeed({ ...some, list }, { signal })
          : feed.getFeed({ ...some, feed: settings.feed ?? '' }, { signal })
      return ask(FeedPage, answer)
    },

    /** Posts with the line of what they answer, as a feed shows them. */
    async items(uris: string[]): Promise<Map<string, Item>> {
      const found = await posts(uris)
      const answered = new Map([...found].map(([uri, { record }]) => [uri, Answering.safeParse(record).data?.reply.parent.uri]))
      const missing = [...new Set(answered.values())].filter((uri) => uri !== undefined).filter((uri) => !found.has(uri))
      const parents = await posts(missing)
      return new Map([...found].map(([uri, post]) => [uri, itemOf(post, answered.get(uri))]))

      function itemOf(post: PostView, parent: string | undefined): Item {
        if (parent === undefined) return { post }
        const view = found.get(parent) ?? parents.get(parent)
        if (!view) return { post, reply: { parent: { $type: 'app.bsky.feed.defs#notFoundPost', uri: parent, notFound: true } } }
        return { post, reply: { parent: { ...view, $type: 'app.bsky.feed.defs#postView' } } }
      }
    },

    /** How an account stands: `hidden` passes (deactivated, taken down), `gone` does not. */
    async standing(did: string): Promise<'shown' | 'hidden' | 'gone'> {
      try {
        await ask(Person, actor.getProfile({ actor: did }, { signal }))
        return 'shown'
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.trouble !== 'refused') throw error
        const { cause } = error
        return cause instanceof XRPCError && PASSING.has(cause.error) ? 'hidden' : 'gone'
      }
    },

    /** Throws `refused` where there is no such account, or none that may be shown. */
    profile: (name: string) => ask(Person, actor.getProfile({ actor: name }, { signal })),
    /** What accounts write into their profiles, by DID; of those that cannot be shown nothing. */
    async bios(dids: string[]): Promise<Map<string, string>> {
      const bios = new Map<string, string>()
      for (let start = 0; start < dids.length; start += PROFILES_A_REQUEST) {
        const actors = dids.slice(start, start + PROFILES_A_REQUEST)
        const { profiles } = await ask(z.object({ profiles: z.array(Person) }), actor.getProfiles({ actors }, { signal }))
        for (const { did, description = '' } of profiles) bios.set(did, description)
      }
      return bios
    },
    did: async (handle: string) => (await ask(z.object({ did: z.string() }), agent.resolveHandle({ handle }, { signal }))).did,
    feedAt: async (uri: string) => (await ask(z.object({ view: Feed }), feed.getFeedGenerator({ feed: uri }, { signal }))).view,
    feedsBy: async (name: string) =>
      (await ask(z.object({ feeds: z.array(Feed) }), feed.getActorFeeds({ actor: name, limit: 100 }, { signal }))).feeds,
    starterPackAt: async (uri: string) =>
      (await ask(z.object({ starterPack: StarterPack }), graph.getStarterPack({ starterPack: uri }, { signal }))).starterPack,
    listAt: async (uri: string) => (await ask(List, graph.getList({ list: uri, limit: 1 }, { signal }))).list,

    /** DIDs of the members of a list. */
    async members(list: string): Promise<string[]> {
      const dids: string[] = []
      let cursor: string | undefined
      do {
        const page = await ask(List, graph.getList({ list, limit: 100, cursor }, { signal }))
        dids.push(...page.items.map(({ subject }) => subject.did))
        cursor = page.items.length > 0 ? page.cursor : undefined
      } while (cursor && dids.length < MOST_MEMBERS)
      return dids.slice(0, MOST_MEMBERS)
    },
  }
}

export type Api = ReturnType<typeof createApi>

/**
 * What the client library throws, as one of our troubles. `UpstreamFailure` is a generator that does not answer, which
 * passes; whatever is wrong with what we asked for, the settings name something that is not there (any more).
 */
function troubleIn(error: unknown, host: string): ConnectorError {
  const found = connectorErrorOf(error, host)
  if (!(error instanceof XRPCError) || found.cause !== error) return found
  const { status, error: name, message, headers } = error
  const cause = { cause: error }
  const said = `${host}: ${message}`
  if (name === 'UpstreamFailure' || name === 'InvalidFeedResponse')
    return new ConnectorError('unavailable', `${host}: the feed does not answer (${message})`, cause)
  if (status === 429) return new ConnectorError('rate-limited', said, { ...cause, retryAfterSeconds: waitOf(headers) })
  if (status === 400) return new ConnectorError('refused', said, cause)
  if (status < 400) return new ConnectorError('malformed', `${host} answered with something else than data`, cause)
  return new ConnectorError(troubleOfStatus(status), said, cause)
}

/** `ratelimit-reset` is in seconds since 1970 (https://docs.bsky.app/docs/advanced-guides/rate-limits). */
function waitOf(headers: XRPCError['headers']): number | null {
  const reset = Number(headers?.['ratelimit-reset'])
  const now = timeAtSender(new Headers({ date: headers?.date ?? '' }))
  return retryAfterSeconds(headers?.['retry-after'], now) ?? (reset > 0 ? Math.max(1, Math.ceil(reset - now.getTime() / 1000)) : null)
}
