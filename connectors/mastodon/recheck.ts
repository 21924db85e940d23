import type { Post } from '#db/post'
import type { Reach } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { createClient, NotThereError } from './client.ts'
import { consentTo } from './consent.ts'
import { domainOf, parse } from './parse.ts'
import { contextOf } from './place.ts'
import { Settings, serverOf } from './settings.ts'
import { itemOf } from './timeline.ts'

/** The most that one multi-get takes. https://docs.joinmastodon.org/methods/statuses/#index */
export const RECHECK_LIMIT = 20

/** Mastodon's own addresses of posts, which end in the id that its API asks for; other programs write theirs otherwise. */
const MASTODON_POST = /^\/(?:users\/[^/]+|ap\/users\/\d+)\/statuses\/(\d+)$/

/**
 * The present state of posts that are at home on this source's server: only there does a `uri` tell the local id that
 * the API asks for. Of posts that are at home elsewhere their own servers are asked, without any credential and only
 * whether they are gone: how they are written there concerns the source's server, which shows them. Of others nothing is
 * said, as of those whose state could not be found out.
 */
export async function recheck(
  externalIds: string[],
  { settings, ...reach }: Reach & { settings: Settings },
): Promise<{ posts: Post[]; deleted: string[] }> {
  const context = contextOf(settings, { seen: [] })
  const homes = [new URL(serverOf(settings)).host, domainOf(context)]
  const asked = externalIds.slice(0, RECHECK_LIMIT)
  const ids = new Map(asked.flatMap((uri) => localIdOf(uri, homes)))
  const posts: Post[] = []
  const deleted: string[] = await goneElsewhere(asked, homes, reach)
  if (ids.size === 0) return { posts, deleted }
  const { v1 } = createClient(settings, reach)
  const found = await manyOf(v1, [...ids.keys()])
  for (const [id, uri] of ids) {
    // What a list leaves out may be hidden from us only: whether it is gone, its own address says.
    const native = found.get(id) ?? (await oneOf(v1, id))
    if (native === 'gone') deleted.push(uri)
    if (!isStatus(native, uri)) continue
    if (consentTo(native, { domain: domainOf(context), unlisted: context.unlisted }) === 'yes') posts.push(parse(native, context))
    else deleted.push(uri)
  }
  return { posts, deleted }
}

/** Those of these posts that their own servers, which are not the source's, no longer have. */
async function goneElsewhere(uris: string[], homes: string[], reach: Reach): Promise<string[]> {
  const elsewhere = uris.flatMap((uri) => {
    const { origin = '', host = '', pathname = '' } = URL.canParse(uri) ? new URL(uri) : {}
    const id = MASTODON_POST.exec(pathname)?.[1]
    return id && /^https?:/.test(origin) && !homes.includes(host) ? [{ origin, id, uri }] : []
  })
  const gone: string[] = []
  for (const [server, some] of Map.groupBy(elsewhere, ({ origin }) => origin)) {
    try {
      const { v1 } = createClient(Settings.parse({ server, local: true }), reach)
      const found = await manyOf(
        v1,
        some.map(({ id }) => id),
      )
      for (const { id, uri } of some) if (!found.has(id) && (await oneOf(v1, id)) === 'gone') gone.push(uri)
    } catch (error) {
      // A server that does not answer says nothing, and keeps nobody else's from being asked.
      if (!(error instanceof ConnectorError)) throw error
    }
  }
  return gone
}

type Api = ReturnType<typeof createClient>['v1']

async function manyOf(v1: Api, some: string[]): Promise<Map<string, unknown>> {
  try {
    const statuses: unknown = await v1.statuses.fetch({ id: some })
    return new Map(Array.isArray(statuses) ? statuses.map((native) => [itemOf(native).id ?? '', native]) : [])
  } catch (error) {
    // Before 4.3, and elsewhere than on Mastodon, there is no multi-get.
    if (error instanceof ConnectorError && error.trouble !== 'rate-limited' && error.trouble !== 'unavailable') return new Map()
    throw error
  }
}

async function oneOf(v1: Api, id: string): Promise<unknown> {
  try {
    return await v1.statuses.$select(encodeURIComponent(id)).fetch()
  } catch (error) {
    if (error instanceof NotThereError) return 'gone'
    if (error instanceof ConnectorError && error.trouble === 'refused') return null
    throw error
  }
}

/** `[id, uri]` when the `uri` (of a post or of a boost) is of one of these hosts and ends in an id; else nothing. */
function localIdOf(uri: string, homes: string[]): [string, string][] {
  if (!URL.canParse(uri) || !homes.includes(new URL(uri).host)) return []
  const id = new URL(uri).pathname.replace(/\/activity$/, '').match(/\/([\w-]+)$/)?.[1]
  return id ? [[id, uri]] : []
}

/** An id that means another post here says nothing about ours. */
function isStatus(native: unknown, uri: string): boolean {
  return typeof native === 'object' && native !== null && 'uri' in native && native.uri === uri
}
