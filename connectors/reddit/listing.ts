import { z } from 'zod'
import type { Reach, Run } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { createClient } from './client.ts'
import { standingOf } from './gone.ts'
import type { Native } from './parse.ts'
import { listingOf, type Settings } from './settings.ts'

/** What a listing holds, before it is read: enough to know it again, and to know whether it may be shown. */
export type Item = {
  /** The fullname; null for what has none. */
  id: string | null
  at: Date | null
  standing: 'there' | 'gone' | 'waiting'
  native: Native
}

/** Newest first. `isWhole`: there is nothing older. */
export type Listing = { items: Item[]; isWhole: boolean }

/** The most that a page holds. */
const PAGE = 100
/** A listing ends here, whatever there is below. */
const MOST = 1000

const Page = z.object({
  kind: z.literal('Listing'),
  data: z.object({ after: z.string().nullish(), children: z.array(z.object({ kind: z.string(), data: z.unknown() })) }),
})
const Told = z.object({ name: z.string().nullable().catch(null), created_utc: z.number().nullable().catch(null) })

/**
 * New submissions from the newest down to one that is known, or as far back as a first read goes. Pages are never asked
 * for from a known one upwards (`before`): were it removed meanwhile, the answer would be empty for ever.
 */
export async function readNew(run: Run<Settings>, known: ReadonlySet<string>): Promise<Listing> {
  const client = createClient(run.settings, run)
  const path = listingOf(run.settings)
  const items: Item[] = []
  for (let after: string | null | undefined; items.length < MOST; ) {
    const page = readPage(
      await client.get(path, { limit: PAGE, ...(run.settings.user && { sort: 'new' }), ...(after && { after, count: items.length }) }),
    )
    const ids = new Set(items.map(({ id }) => id))
    items.push(...page.items.filter(({ id }) => id === null || !ids.has(id)))
    // What ends at the length where every listing ends may be cut off there.
    if (!page.after || page.items.length === 0) return { items, isWhole: items.length < MOST - PAGE }
    if (known.size > 0 ? page.items.some(({ id }) => id && known.has(id)) : isFarEnough(items, run.backfill)) break
    if (page.after === after) break
    after = page.after
  }
  return { items, isWhole: false }
}

function isFarEnough(items: Item[], { since, posts }: Run<Settings>['backfill']): boolean {
  return items.length >= posts || items.some(({ at }) => at && at < since)
}

/** The present state of these submissions, as far as Reddit tells it. */
export async function readThese(ids: string[], settings: Settings, reach: Reach): Promise<Item[]> {
  return readPage(await createClient(settings, reach).get('api/info', { id: ids.join(',') })).items
}

function readPage(answer: unknown): { items: Item[]; after: string | null } {
  const page = Page.safeParse(answer)
  if (!page.success) throw new ConnectorError('malformed', 'Reddit answered with something that is not a listing')
  const { after, children } = page.data.data
  const items = children.flatMap(({ kind, data }): Item[] => {
    if (kind !== 't3') return []
    const { name: id = null, created_utc: seconds = null } = Told.safeParse(data).data ?? {}
    return [{ id, at: seconds === null ? null : new Date(seconds * 1000), standing: standingOf(data), native: { kind, data } }]
  })
  return { items, after: after ?? null }
}
