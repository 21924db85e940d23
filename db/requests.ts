import { and, asc, count, desc, eq, inArray, lt, ne, or, sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db } from './client.ts'
import { requests } from './consent-schema.ts'
import type { Person } from './post.ts'
import { posts } from './schema.ts'
import { shownPosts } from './told-posts.ts'

export type Request = typeof requests.$inferSelect
export type NewRequest = Omit<Request, 'id' | 'at' | 'decidedAt'>

/** An owner looks at no more; who asks after that is told so. */
const MOST_OPEN = 500
const KEPT_MS = 90 * 86_400_000
/** Nobody who began to prove something and went away is kept longer. */
const PROVING_MS = 14 * 86_400_000

/** Keeps what somebody asks for; null where so much waits that nobody would look at it. The same report twice is one. */
export async function keepRequest(request: NewRequest, now: Date): Promise<Request | null> {
  const [open] = await db()
    .select({ waiting: count() })
    .from(requests)
    .where(inArray(requests.state, ['open', 'proving']))
  if ((open?.waiting ?? 0) >= MOST_OPEN) return null
  const [row] = await db()
    .insert(requests)
    .values({ ...request, at: now })
    .returning()
  return row ?? null
}

/** The request that a code finds again: for whoever has the code. */
export async function requestBy(code: string): Promise<Request | null> {
  const [row] = await db().select().from(requests).where(eq(requests.code, code))
  return row ?? null
}

/** What waits for an owner, the oldest first, and what was decided of late; nothing for anybody else. */
export async function requestsFor(reader: Reader): Promise<{ open: Request[]; decided: Request[] }> {
  if (reader.role !== 'owner') return { open: [], decided: [] }
  const [open, decided] = await Promise.all([
    db().select().from(requests).where(eq(requests.state, 'open')).orderBy(asc(requests.at)).limit(MOST_OPEN),
    db()
      .select()
      .from(requests)
      .where(inArray(requests.state, ['done', 'refused']))
      .orderBy(desc(requests.decidedAt))
      .limit(50),
  ])
  return { open, decided }
}

/** Says how it went on. What is decided needs no names any more. */
export async function settleRequest(id: number, state: Request['state'], now: Date): Promise<void> {
  const over = state === 'done' || state === 'refused'
  await db()
    .update(requests)
    .set({ state, ...(over && { decidedAt: now, words: '', handle: '' }) })
    .where(eq(requests.id, id))
}

/** Lets go of what was decided a while ago, and of proofs that were never finished. */
export async function forgetRequests(now: Date): Promise<void> {
  await db()
    .delete(requests)
    .where(
      or(
        and(inArray(requests.state, ['done', 'refused']), lt(requests.decidedAt, new Date(now.getTime() - KEPT_MS))),
        and(eq(requests.state, 'proving'), lt(requests.at, new Date(now.getTime() - PROVING_MS))),
      ),
    )
}

export type KnownPost = { id: number; platform: string; externalId: string; url: string | null; author: Person }

const known = { id: posts.id, platform: posts.platform, externalId: posts.externalId, url: posts.url, author: posts.author }

/** A post that this reader may see, by its number here or one of the keys that its platform may give it; else null. */
export async function postNamed(
  reader: Reader,
  by: { id: number } | { platform: string; externalIds: string[] },
): Promise<KnownPost | null> {
  const which =
    'id' in by
      ? eq(posts.id, by.id)
      : and(eq(posts.platform, by.platform), inArray(posts.externalId, by.externalIds.length > 0 ? by.externalIds : ['']))
  const [row] = await db()
    .select(known)
    .from(posts)
    .where(and(which, shownPosts(reader, 'stream')))
    .limit(1)
  return row ?? null
}

/** For owners: posts that stand at this address. Reads all posts. */
export async function postsAt(address: string): Promise<KnownPost[]> {
  return db()
    .select(known)
    .from(posts)
    .where(and(eq(posts.url, address), ne(posts.url, '')))
    .limit(20)
}

/** For owners: who is called exactly so here, by id, handle, name or address. Reads all posts. */
export async function authorsCalled(name: string): Promise<{ platform: string; author: Person }[]> {
  const said = name.trim().toLowerCase()
  const bare = said.replace(/^@/, '')
  const rows = await db().execute<{ platform: string; author: Person }>(sql`
    select distinct on (platform, author ->> 'id') platform, author from posts
    where deleted_at is null and author ->> 'id' <> '' and (
      lower(author ->> 'id') in (${said}, ${bare}) or lower(author ->> 'url') = ${said} or lower(author ->> 'name') = ${said}
      or lower(ltrim(author ->> 'handle', '@')) = ${bare} and author ->> 'handle' <> '')
    order by platform, author ->> 'id', id desc limit 20`)
  return [...rows]
}
