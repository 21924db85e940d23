import type { Post } from '#db/post'
import type { Reach } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { createClient, NotThereError } from './client.ts'
import { consentTo } from './consent.ts'
import { domainOf, parse } from './parse.ts'
import { contextOf } from './place.ts'
import { type Settings, serverOf } from './settings.ts'
import { itemOf } from './timeline.ts'

/** The most that one multi-get takes. https://docs.joinmastodon.org/methods/statuses/#index */
export const RECHECK_LIMIT = 20

/**
 * The present state of posts that are at home on this source's server: only there does a `uri` tell the local id that
 * the API asks for. Of others nothing is said, as of those whose state could not be found out.
 */
export async function recheck(
  externalIds: string[],
  { settings, ...reach }: Reach & { settings: Settings },
): Promise<{ posts: Post[]; deleted: string[] }> {
  const context = contextOf(settings, { seen: [] })
  const homes = [new URL(serverOf(settings)).host, domainOf(context)]
  const ids = new Map(externalIds.slice(0, RECHECK_LIMIT).flatMap((uri) => localIdOf(uri, homes)))
  if (ids.size === 0) return { posts: [], deleted: [] }
  const { v1 } = createClient(settings, reach)
  const found = await many([...ids.keys()])
  const posts: Post[] = []
  const deleted: string[] = []
  for (const [id, uri] of ids) {
    // What a list leaves out may be hidden from us only: whether it is gone, its own address says.
    const native = found.get(id) ?? (await one(id))
    if (native === 'gone') deleted.push(uri)
    if (!isStatus(native, uri)) continue
    if (consentTo(native, { domain: domainOf(context), unlisted: context.unlisted }) === 'yes') posts.push(parse(native, context))
    else deleted.push(uri)
  }
  return { posts, deleted }

  async function many(some: string[]): Promise<Map<string, unknown>> {
    try {
      const statuses: unknown = await v1.statuses.fetch({ id: some })
      return new Map(Array.isArray(statuses) ? statuses.map((native) => [itemOf(native).id ?? '', native]) : [])
    } catch (error) {
      // Before 4.3, and elsewhere than on Mastodon, there is no multi-get.
      if (error instanceof ConnectorError && error.trouble !== 'rate-limited' && error.trouble !== 'unavailable') return new Map()
      throw error
    }
  }

  async function one(id: string): Promise<unknown> {
    try {
      return await v1.statuses.$select(encodeURIComponent(id)).fetch()
    } catch (error) {
      if (error instanceof NotThereError) return 'gone'
      if (error instanceof ConnectorError && error.trouble === 'refused') return null
      throw error
    }
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
