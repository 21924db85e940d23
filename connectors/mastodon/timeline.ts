import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { hostOf } from '../http.ts'
import { ConnectorError } from '../trouble.ts'
import { createClient } from './client.ts'
import { type Settings, serverOf } from './settings.ts'

/** A status as it came: raw, but known to have an id unless it is null. */
export type Item = { id: string | null; at: Date | null; native: unknown }

/** Pages of a source's timeline, each newest first, as the API gives them. */
export type Timeline = {
  /** One page: the newest, or (`minId`) those immediately newer than an id. */
  page(params: { minId?: string }): Promise<Item[]>
  /** Page after page towards the past, from the top or from below an id. */
  downwards(maxId?: string): AsyncIterable<Item[]>
}

/** The most that servers give. https://docs.joinmastodon.org/methods/timelines/ */
const LIMIT = 40

/** The timeline that the settings name. Every page throws ConnectorError when it does not come. */
export function timelineOf(settings: Settings, reach: Reach): Timeline {
  const { v1 } = createClient(settings, reach)
  const { local, tag, any, all, none, accountId } = settings
  // `any`, `all` and `none` are missing from masto's typings, and are passed on all the same.
  const tags = { any, all, none }
  const list = (params: { minId?: string; maxId?: string }) => {
    if (local) return v1.timelines.public.list({ local: true, limit: LIMIT, ...params })
    if (tag) return v1.timelines.tag.$select(encodeURIComponent(tag)).list({ limit: LIMIT, ...tags, ...params })
    if (accountId) return v1.accounts.$select(encodeURIComponent(accountId)).statuses.list({ limit: LIMIT, ...params })
    throw new ConnectorError('refused', `@${settings.account} has not been looked up yet`)
  }
  const items = (page: unknown): Item[] => {
    if (Array.isArray(page)) return page.map(itemOf)
    throw new ConnectorError('malformed', `${hostOf(serverOf(settings))} answered with something else than a list of posts`)
  }
  return {
    page: async (params) => items(await list(params)),
    async *downwards(maxId) {
      const seen = new Set<string | null>()
      let below = maxId
      for (;;) {
        const from: string | undefined = below
        // masto follows the `Link` header; where a server sends none (Hollo), the last id says where to go on.
        for await (const page of list(from ? { maxId: from } : {})) {
          const news = items(page).filter(({ id }) => id === null || !seen.has(id))
          if (news.length > 0) yield news
          if (!news.some(({ id }) => id !== null)) return
          for (const { id } of news) seen.add(id)
          below = news.findLast(({ id }) => id !== null)?.id ?? undefined
        }
        if (below === from) return
      }
    },
  }
}

const Head = z.object({ id: z.string().min(1).catch(''), createdAt: z.string().catch('') })

/** Ids are opaque: numbers in a string on Mastodon, ULIDs on GoToSocial, UUIDs on Hollo. They are only ever compared for being the same. */
export function itemOf(native: unknown): Item {
  const { id, createdAt } = Head.safeParse(native).data ?? { id: '', createdAt: '' }
  const at = new Date(createdAt)
  return { id: id || null, at: Number.isNaN(at.getTime()) ? null : at, native }
}
