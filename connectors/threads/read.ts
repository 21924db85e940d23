import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Post } from '#db/post'
import type { Batch, Cursor, Reach, Run } from '../contract.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import { Medium } from './answers.ts'
import { createGraph, GoneError, type Graph } from './graph.ts'
import { parse } from './parse.ts'
import type { Settings } from './settings.ts'

/** Poll answers of its posts: one after the other, with what became of them beside it. */
export const RECHECK_LIMIT = 25
const PAGE = 50
const MOST = 1000
const MAX_PAYLOAD = 10_000
const DAY_MS = 86_400_000
/** A token lasts 60 days: seven tries before that, and one that was missed costs nothing. */
const RENEW_DAYS = 7
/** https://developers.facebook.com/docs/threads/get-started/long-lived-tokens */
const TOKEN_DAYS = 60
/** From here on its owner is called for. */
const WARN_DAYS = 14

const Memory = z.object({
  account: z.string(),
  /** The newest post that was seen. */
  newestAt: z.string(),
  readAt: z.string(),
  /** When the token is to be renewed next. */
  renewAt: z.string(),
  /** A mark of the token that was used, and since when: from then on it lasts 60 days at the most. */
  token: z.string(),
  tokenSince: z.string(),
})
type Memory = z.infer<typeof Memory>

/** Reads what is new, once; a token that is a week old is renewed on the way. */
export async function* read(run: Run<Settings>): AsyncGenerator<Batch> {
  const { settings, backfill } = run
  const memory = memoryOf(run.cursor, settings)
  const graph = createGraph(settings, run)
  const now = nowOf(run)
  const me = await graph.me()
  if (me.username.toLowerCase() !== settings.account)
    throw new ConnectorError('refused', `This token is that of @${me.username}, not of @${settings.account}`)
  // Posts are not edited often, and late ones do not come: a little overlap is enough.
  const until = memory ? new Date(Math.min(Date.parse(memory.newestAt), Date.parse(memory.readAt) - DAY_MS / 24)) : backfill.since
  const { natives, isWhole } = await readDown(graph, until, memory ? MOST : backfill.posts)
  const token = await renewed(graph, settings, memory, now)

  const posts: Post[] = []
  const unreadable: Batch['unreadable'] = []
  for (const native of natives) {
    try {
      posts.push(parse(native, { me }))
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      unreadable.push({ payload: JSON.stringify(native).slice(0, MAX_PAYLOAD), reason })
    }
  }
  const times = posts.flatMap(({ publishedAt }) => (publishedAt ? [publishedAt.getTime()] : []))
  const oldest = new Date(Math.min(now.getTime(), ...times))
  const from = memory ? new Date(memory.readAt) : backfill.since
  const next: Memory = {
    account: settings.account,
    newestAt: new Date(Math.max(Date.parse(memory?.newestAt ?? backfill.since.toISOString()), ...times)).toISOString(),
    readAt: now.toISOString(),
    ...token.memory,
  }
  yield {
    posts,
    deleted: [],
    authors: [],
    covered: { from: isWhole || oldest < from ? from : oldest, to: now },
    unreadable,
    cursor: next,
    ...(token.secret && { renewed: { token: token.secret } }),
    ...(token.notice && { notice: token.notice }),
  }
}

/** From the newest down to `until`, or `most` of them. */
async function readDown(graph: Graph, until: Date, most: number): Promise<{ natives: unknown[]; isWhole: boolean }> {
  const natives: unknown[] = []
  for (let after: string | null = null; ; ) {
    const { data, paging }: Awaited<ReturnType<Graph['posts']>> = await graph.posts(Math.min(PAGE, most - natives.length), after)
    const isOld = (native: unknown) => (Medium.safeParse(native).data?.timestamp.getTime() ?? Number.POSITIVE_INFINITY) < until.getTime()
    natives.push(...data.filter((native) => !isOld(native)))
    const following = paging?.next ? (paging.cursors?.after ?? null) : null
    if (!following || following === after || data.some(isOld)) return { natives, isWhole: true }
    if (natives.length >= most) return { natives: natives.slice(0, most), isWhole: false }
    after = following
  }
}

type Token = { memory: Pick<Memory, 'renewAt' | 'token' | 'tokenSince'>; secret: string | null; notice: string | null }

/**
 * A first look keeps nothing, so that it renews nothing either. How old a token is nobody tells: one that is too young is
 * refused, and tried again a day later. That the new one is used shows when it comes back with the next run; where it does not,
 * since it stands where it cannot be written, the old one ends.
 */
async function renewed(graph: Graph, { token: secret = '' }: Settings, memory: Memory | null, now: Date): Promise<Token> {
  const inDays = (days: number) => new Date(now.getTime() + days * DAY_MS).toISOString()
  const token = createHash('sha256').update(secret).digest('base64url').slice(0, 12)
  const tokenSince = memory?.token === token ? memory.tokenSince : now.toISOString()
  const told = (renewAt: string, fresh: string | null): Token => ({
    memory: { renewAt, token, tokenSince },
    secret: fresh,
    notice: warning(tokenSince, now),
  })
  if (!memory) return told(inDays(1), null)
  if (now < new Date(memory.renewAt)) return told(memory.renewAt, null)
  try {
    return told(inDays(RENEW_DAYS), (await graph.renew()).access_token)
  } catch (error) {
    // It still reads: that it was not renewed is told when it matters.
    if (!(error instanceof ConnectorError)) throw error
    return told(inDays(1), null)
  }
}

function warning(tokenSince: string, now: Date): string | null {
  const ends = Date.parse(tokenSince) + TOKEN_DAYS * DAY_MS
  if (ends - now.getTime() > WARN_DAYS * DAY_MS) return null
  return `The token ends on ${new Date(ends).toISOString().slice(0, 10)} at the latest, and was not renewed: keep it in a file that the worker may write, or ask its owner for another`
}

/** What became of posts, one after the other: those that Threads no longer has are gone. */
export async function recheck(externalIds: string[], run: Reach & { settings: Settings }): Promise<{ posts: Post[]; deleted: string[] }> {
  const graph = createGraph(run.settings, run)
  const found: { posts: Post[]; deleted: string[] } = { posts: [], deleted: [] }
  const me = await graph.me()
  for (const id of externalIds.slice(0, RECHECK_LIMIT)) {
    try {
      found.posts.push(parse(await graph.post(id), { me }))
    } catch (error) {
      if (error instanceof GoneError) found.deleted.push(id)
      // What it has become is not understood; what it was stays until it is.
      else if (!(error instanceof z.ZodError)) throw error
    }
  }
  return found
}

/** null for a first read, and for a cursor about another account or in a form that is no longer understood. */
function memoryOf(cursor: Cursor | null, { account }: Settings): Memory | null {
  const memory = Memory.safeParse(cursor)
  return memory.success && memory.data.account === account ? memory.data : null
}
