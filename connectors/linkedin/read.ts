import { z } from 'zod'
import type { Post } from '#db/post'
import type { Batch, Cursor, Reach, Run } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import { audienceOf, Native, type Page, postOf } from './post.ts'
import { createRest, type Rest } from './rest.ts'
import type { Settings } from './settings.ts'

/** As many as one look-up takes, by its address's length. */
export const RECHECK_LIMIT = 50
const COUNT = 50
const MOST = 500
const MAX_PAYLOAD = 10_000
/** What was changed within this is read again: the page's clock is not ours. */
const OVERLAP_MS = 3_600_000
/** LinkedIn serves a version for a year or so: its end is told two months before. */
const VERSION_MONTHS = 10

const Memory = z.object({ urn: z.string(), readAt: z.string(), changedAt: z.string() })

/** Reads what was said or changed on the page since the last time. */
export async function* read(run: Run<Settings>): AsyncGenerator<Batch> {
  const { settings, backfill } = run
  const page = pageOf(settings)
  const memory = memoryOf(run.cursor, page)
  const now = nowOf(run)
  const until = memory ? new Date(Date.parse(memory.changedAt) - OVERLAP_MS) : backfill.since
  const { natives, isWhole } = await readDown(createRest(settings, run), page.urn, until, memory ? MOST : backfill.posts)

  const posts: Post[] = []
  const deleted: string[] = []
  const unreadable: Batch['unreadable'] = []
  const times: number[] = []
  for (const native of natives) {
    const { data } = Native.safeParse(native)
    if (data) times.push(changeOf(data))
    // What was taken back from its readers is gone here, too; what never was theirs is not known here.
    if (data && audienceOf(data) === null) deleted.push(data.id)
    else if (!data || saidAt(data) >= backfill.since.getTime() || memory) {
      try {
        posts.push(postOf(native, page))
      } catch (error) {
        const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
        unreadable.push({ payload: JSON.stringify(native).slice(0, MAX_PAYLOAD), reason })
      }
    }
  }
  const from = memory ? new Date(memory.readAt) : backfill.since
  const oldest = new Date(Math.min(now.getTime(), ...times))
  yield {
    posts,
    deleted,
    authors: [],
    covered: { from: isWhole || oldest < from ? from : oldest, to: now },
    unreadable,
    cursor: {
      urn: page.urn,
      readAt: now.toISOString(),
      changedAt: new Date(Math.max(until.getTime(), ...times)).toISOString(),
    },
    ...noticeOf(settings, now),
  }
}

async function readDown(rest: Rest, urn: string, until: Date, most: number): Promise<{ natives: unknown[]; isWhole: boolean }> {
  const natives: unknown[] = []
  for (let start = 0; natives.length < most; start += COUNT) {
    const { elements } = await rest.posts(urn, start, COUNT)
    const isOld = (native: unknown) => {
      const { data } = Native.safeParse(native)
      return data !== undefined && changeOf(data) < until.getTime()
    }
    natives.push(...elements.filter((native) => !isOld(native)))
    if (elements.length < COUNT || elements.some(isOld)) return { natives: natives.slice(0, most), isWhole: natives.length <= most }
  }
  return { natives: natives.slice(0, most), isWhole: false }
}

/** What became of posts: what the page has no longer, or shows to fewer, is gone here. */
export async function recheck(
  externalIds: string[],
  { settings, ...reach }: Reach & { settings: Settings },
): Promise<{ posts: Post[]; deleted: string[] }> {
  const page = pageOf(settings)
  const asked = externalIds.filter((id) => /^urn:li:(share|ugcPost):\d+$/.test(id)).slice(0, RECHECK_LIMIT)
  if (asked.length === 0) return { posts: [], deleted: [] }
  const { results, statuses } = await createRest(settings, reach).these(asked)
  const found: { posts: Post[]; deleted: string[] } = { posts: [], deleted: [] }
  for (const id of asked) {
    const { data } = Native.safeParse(results[id])
    if (statuses[id] === 404 || (data && audienceOf(data) === null)) found.deleted.push(id)
    else if (data) found.posts.push(postOf(data, page))
  }
  return found
}

/** Looked up once: the number of the page, and what it calls itself. Who does not administer it is refused here. */
export async function resolve(settings: Settings, reach: Reach): Promise<Settings> {
  const { organization } = settings
  if (!organization) return settings
  const rest = createRest(settings, reach)
  reach.step?.(`Asking LinkedIn for the page ${organization}`)
  const found = /^\d+$/.test(organization) ? await rest.organization(organization) : await rest.organizationCalled(organization)
  if (!found) throw new ConnectorError('refused', `LinkedIn knows no page called ${organization}`)
  return { ...settings, urn: `urn:li:organization:${found.id}`, label: found.localizedName }
}

function saidAt({ publishedAt, createdAt }: Native): number {
  return publishedAt ?? createdAt
}

function changeOf(native: Native): number {
  return Math.max(native.lastModifiedAt ?? 0, saidAt(native))
}

function pageOf({ urn, organization = '', label }: Settings): Page {
  if (!urn) throw new ConnectorError('refused', 'This page was not looked up yet')
  return { urn, organization, label: label ?? organization }
}

function noticeOf({ version }: Settings, now: Date): { notice?: string } {
  const months = (now.getUTCFullYear() - Number(version.slice(0, 4))) * 12 + now.getUTCMonth() + 1 - Number(version.slice(4))
  if (months < VERSION_MONTHS) return {}
  return { notice: `Version ${version} of LinkedIn’s API ends about now: write a newer month into the source as version` }
}

/** null for a first read, and for a cursor about another page or in a form that is no longer understood. */
function memoryOf(cursor: Cursor | null, { urn }: Page): z.infer<typeof Memory> | null {
  const memory = Memory.safeParse(cursor)
  return memory.success && memory.data.urn === urn ? memory.data : null
}
