import { and, asc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { forgetAuthor } from './author-states.ts'
import { db, type Queryable } from './client.ts'
import { tombstones, withholdings } from './consent-schema.ts'
import { chunks, isAnyOf } from './insert-rows.ts'
import type { Person, Post } from './post.ts'
import { removePosts } from './remove-posts.ts'
import { posts } from './schema.ts'
import { settleOrDrop } from './settle-entries.ts'

export type Withholding = typeof withholdings.$inferSelect
/** Who or what is to be left out; `key` and `address` as the table says. */
export type What = Pick<Withholding, 'kind' | 'platform' | 'key' | 'address'>
export type Why = Withholding['why']

/**
 * Leaves out an author, a post or a server, now and in time to come: what is here is blanked as if it had been deleted,
 * in quotes, answers and copies of bridges, too; what comes is dropped before it is stored (`withoutTheWithheld`). Asked
 * again it does the same again, and finds nothing. Returns how many posts went.
 */
export async function withhold(what: What, why: Why, now: Date): Promise<number> {
  const id = await record(what, why, now)
  let removed = 0
  for (const [platform, externalIds] of await theirs(what))
    for (const some of chunks(externalIds))
      removed += await db().transaction(async (tx) => {
        await waitForBatches(tx)
        return removePosts(tx, platform, some, now, id)
      })
  const { platform, key } = what
  if (what.kind === 'author')
    await db().transaction(async (tx) => {
      await waitForBatches(tx)
      await forgetAuthor(tx, platform, key)
    })
  if (what.kind === 'server')
    await db().transaction(async (tx) => {
      await waitForBatches(tx)
      for (const [of, ids] of await namedOf(tx, key)) for (const one of ids) await forgetAuthor(tx, of, one)
    })
  return removed
}

/**
 * Lets back in. What was blanked stays so until its platform tells it again; returns for how many posts that holds.
 * null: nothing of the kind was left out.
 */
export async function letBackIn({ kind, platform, key }: What): Promise<number | null> {
  return db().transaction(async (tx) => {
    await waitForBatches(tx)
    const [gone] = await tx
      .delete(withholdings)
      .where(and(eq(withholdings.kind, kind), eq(withholdings.platform, platform), eq(withholdings.key, key)))
      .returning({ id: withholdings.id })
    if (!gone) return null
    const undone = await tx
      .delete(tombstones)
      .where(eq(tombstones.withholdingId, gone.id))
      .returning({ platform: tombstones.platform, externalId: tombstones.externalId })
    for (const [of, some] of Map.groupBy(undone, (row) => row.platform)) {
      const ids = some.map(({ externalId }) => externalId)
      const empty = await tx
        .delete(posts)
        .where(and(eq(posts.platform, of), isAnyOf(posts.externalId, ids), isNotNull(posts.deletedAt)))
        .returning({ entryId: posts.entryId })
      await settleOrDrop(
        tx,
        empty.map(({ entryId }) => entryId),
      )
    }
    return undone.length
  })
}

/** All that is left out, the oldest first: for owners, and for what has to outlive the database. */
export async function listWithholdings(since = new Date(0)): Promise<Withholding[]> {
  return db().select().from(withholdings).where(gt(withholdings.since, since)).orderBy(asc(withholdings.since), asc(withholdings.id))
}

/**
 * What of these posts may be stored: none by who is left out, or copied from them; what others quote, answer and pass on
 * of them goes without it. Each answer stands where its post stood; null: not at all.
 */
export async function withoutTheWithheld(tx: Queryable, platform: string, told: Post[]): Promise<(Post | null)[]> {
  const people = told.flatMap(peopleIn)
  if (people.length === 0) return told
  const ids = [...new Set(people.map(({ id }) => id))]
  const rows = await tx.execute<Pick<Withholding, 'kind' | 'platform' | 'key' | 'address'>>(sql`
    select kind, platform, key, address from withholdings
    where kind = 'server' or (kind = 'author' and ((platform = ${platform} and ${isAnyOf(sql`key`, ids)}) or address is not null))`)
  if (rows.length === 0) return told
  const authors = new Set(rows.filter((row) => row.kind === 'author' && row.platform === platform).map(({ key }) => key))
  const servers = rows.filter(({ kind }) => kind === 'server').map(({ key }) => key)
  const homes = rows.flatMap(({ kind, address }) => (kind === 'author' && address ? homeOf(address) : []))
  const isOut = (person: Person) => authors.has(person.id) || servers.some((server) => isOf(server, person, null))
  return told.map((post) => {
    const { author, share, quote, replyTo, url, copyOf } = post
    if (isOut(author) || (share && isOut(share.by)) || servers.some((server) => isOf(server, author, url))) return null
    if (copyOf && placeOf(copyOf).some((page) => homes.some((home) => isWithin(home, page)))) return null
    return {
      ...post,
      quote: quote?.state === 'shown' && isOut(quote.author) ? { state: 'deleted' as const, url: null } : quote,
      replyTo: replyTo?.author && isOut(replyTo.author) ? { ...replyTo, state: 'unavailable' as const, author: null, text: null } : replyTo,
    }
  })
}

function peopleIn({ author, share, quote, replyTo }: Post): Person[] {
  return [author, share?.by, quote?.state === 'shown' ? quote.author : null, replyTo?.author].filter((person) => !!person)
}

/** Host and path of an address, as places are compared: without scheme, `www.`, query and the slash at the end. */
export function placeOf(address: string): string[] {
  if (!URL.canParse(address)) return []
  const { host, pathname } = new URL(address)
  return host ? [`${host.replace(/^www\./, '')}${pathname.replace(/\/+$/, '')}`.toLowerCase()] : []
}

/** A bridge names what it copies by its address, which begins with its author's. A bare host is a site of several, perhaps. */
function homeOf(address: string): string[] {
  return placeOf(address).filter((place) => place.includes('/'))
}

/** Whether a page is of a place: the same, below it, or on a host below its host. */
function isWithin(place: string, page: string): boolean {
  return page === place || page.startsWith(`${place}/`) || (!place.includes('/') && (page.split('/')[0] ?? '').endsWith(`.${place}`))
}

/** Whether somebody is at home on this server, or what they say stands there. */
export function isOf(server: string, { id, url: home }: Pick<Person, 'id' | 'url'>, url: string | null): boolean {
  const [, host] = /@([^@/\s]+)$/.exec(id) ?? []
  const pages = [...(host ? [host.toLowerCase()] : []), ...[home, url].flatMap((address) => placeOf(address ?? ''))]
  return pages.some((page) => isWithin(server, page))
}

/** Keeps the wish itself, so that it holds for what comes while what is here is still being removed. */
async function record({ kind, platform, key, address }: What, why: Why, now: Date): Promise<number> {
  const [row] = await db()
    .insert(withholdings)
    .values({ kind, platform, key, address, why, since: now })
    .onConflictDoUpdate({
      target: [withholdings.kind, withholdings.platform, withholdings.key],
      set: { address: sql`coalesce(${withholdings.address}, excluded.address)` },
    })
    .returning({ id: withholdings.id })
  if (!row) throw new Error('An upsert returns its row')
  return row.id
}

/** What is here of them, by platform, the copies that bridges made of it included. */
async function theirs({ kind, platform, key, address }: What): Promise<Map<string, string[]>> {
  if (kind === 'post') return new Map([[platform, [key]]])
  const { externalId, author, url, copyOf } = posts
  const columns = { platform: posts.platform, externalId, author, url, copyOf }
  const here = isNull(posts.deletedAt)
  // A server is looked for by its name first, which the database can do, then as exactly as what comes.
  const like = `%${key.replace(/[\\%_]/g, '\\$&')}%`
  const rows =
    kind === 'author'
      ? await db()
          .select(columns)
          .from(posts)
          .where(and(here, eq(posts.platform, platform), sql`${author} ->> 'id' = ${key}`))
      : (
          await db()
            .select(columns)
            .from(posts)
            .where(
              and(
                here,
                sql`(lower(${author} ->> 'id') like ${like} or lower(${author} ->> 'url') like ${like} or lower(${url}) like ${like})`,
              ),
            )
        ).filter((row) => isOf(key, row.author, row.url))
  const [home] = kind === 'author' ? homeOf(address ?? '') : [key]
  const copies = home
    ? (
        await db()
          .select(columns)
          .from(posts)
          .where(and(here, isNotNull(copyOf)))
      ).filter((row) => placeOf(row.copyOf ?? '').some((page) => isWithin(home, page)))
    : []
  const found = Map.groupBy([...rows, ...copies], (row) => row.platform)
  return new Map([...found].map(([of, some]) => [of, [...new Set(some.map((row) => row.externalId))]]))
}

/** Ids of people of a server whom others quote, answer or passed on, by platform. */
async function namedOf(tx: Queryable, server: string): Promise<Map<string, string[]>> {
  const like = `%${server.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await tx.execute<{ platform: string; id: string; url: string | null }>(sql`
    select distinct p.platform, named.person ->> 'id' as id, named.person ->> 'url' as url
    from posts p cross join lateral (values (p.quote -> 'author'), (p.reply_to -> 'author'), (p.share -> 'by')) as named(person)
    where named.person is not null and (lower(named.person ->> 'id') like ${like} or lower(named.person ->> 'url') like ${like})
    union
    select distinct p.platform, s.share -> 'by' ->> 'id', s.share -> 'by' ->> 'url'
    from sightings s join posts p on p.id = s.post_id
    where s.share is not null and (lower(s.share -> 'by' ->> 'id') like ${like} or lower(s.share -> 'by' ->> 'url') like ${like})`)
  const found = Map.groupBy(
    rows.filter((row) => isOf(server, row, null)),
    ({ platform }) => platform,
  )
  return new Map([...found].map(([of, some]) => [of, some.map(({ id }) => id)]))
}

/** So that a batch that is being saved and this never lock the same posts in different order. */
async function waitForBatches(tx: Queryable): Promise<void> {
  await tx.execute(sql`select id from sources order by id for update`)
}

/** What is left out of these posts, for who would ask for it again: whether all of it is withheld already. */
export async function isWithheld({ kind, platform, key }: What): Promise<boolean> {
  const rows = await db()
    .select({ id: withholdings.id })
    .from(withholdings)
    .where(and(eq(withholdings.kind, kind), eq(withholdings.platform, platform), inArray(withholdings.key, [key])))
  return rows.length > 0
}
