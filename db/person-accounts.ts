import { and, asc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db, type Queryable } from './client.ts'
import { namesOfPeople } from './people.ts'
import { type AccountProof, accountProfiles, keptApart, people, personAccounts } from './people-schema.ts'

/** An account of a person as a reader may know it. `key` is `<platform>:<id>`. */
export type PersonAccount = { key: string; platform: string; name: string; proof: AccountProof }

/** A person, with the accounts of which this reader may see something. */
export type KnownPerson = { slug: string; name: string; accounts: PersonAccount[] }

/** What an account says of itself where it may prove something. */
export type AccountProfile = typeof accountProfiles.$inferSelect

const keyOf = ({ platform, accountId }: { platform: string; accountId: string }) => `${platform}:${accountId}`

/**
 * Two accounts were shown to be one person's: both are the person's from now on, and so are those that were either's
 * before. Nothing happens where somebody took any two of them apart by hand. `slug` is the page of a person who had none.
 */
export async function linkAccounts(one: string, other: string, proof: Omit<AccountProof, 'with'>, slug: string): Promise<boolean> {
  return db().transaction(async (tx) => {
    // One at a time: two proofs of one person at the same moment are one person.
    await tx.execute(sql`lock table ${people} in share row exclusive mode`)
    const [mine, theirs] = [await groupOf(tx, one), await groupOf(tx, other)]
    if (mine.personId !== null && mine.personId === theirs.personId) return false
    if (await areApart(tx, mine.keys, theirs.keys)) return false
    const personId = mine.personId ?? theirs.personId ?? (await newPerson(tx, slug))
    await join(tx, personId, one, { ...proof, with: other })
    await join(tx, personId, other, { ...proof, with: one })
    if (mine.personId !== null && theirs.personId !== null) {
      await tx.update(personAccounts).set({ personId }).where(eq(personAccounts.personId, theirs.personId))
      await tx.delete(people).where(eq(people.id, theirs.personId))
    }
    return true
  })
}

/** Takes an account from its person, and remembers it: no proof puts it beside the others again. Returns whether it was one's. */
export async function unlinkAccount(key: string): Promise<boolean> {
  return db().transaction(async (tx) => {
    const { personId, keys } = await groupOf(tx, key)
    if (personId === null) return false
    const others = keys.filter((other) => other !== key)
    const pairs = others.map((other) => [key, other].sort()).map(([one = '', other = '']) => ({ one, other }))
    if (pairs.length > 0) await tx.insert(keptApart).values(pairs).onConflictDoNothing()
    await tx.delete(personAccounts).where(isAccount(key))
    // One account is nobody's other.
    if (others.length < 2) await tx.delete(people).where(eq(people.id, personId))
    return true
  })
}

/** The person of this page, where this reader may see something of two of their accounts at least; else null. */
export async function personCalled(reader: Reader, slug: string): Promise<KnownPerson | null> {
  const rows = await db()
    .select({ platform: personAccounts.platform, accountId: personAccounts.accountId, proof: personAccounts.proof })
    .from(personAccounts)
    .innerJoin(people, eq(people.id, personAccounts.personId))
    .where(eq(people.slug, slug))
    .orderBy(asc(personAccounts.provenAt), asc(personAccounts.platform))
  const names = await namesOfPeople(reader, rows.map(keyOf), 'stream')
  const accounts = rows.flatMap((row) => {
    const name = names.get(keyOf(row))
    return name === undefined ? [] : [{ key: keyOf(row), platform: row.platform, name, proof: row.proof }]
  })
  const seen = new Set(accounts.map(({ key }) => key))
  const told = accounts.filter(({ proof }) => seen.has(proof.with))
  const [first] = told
  return first && told.length > 1 ? { slug, name: first.name, accounts: told } : null
}

/** The pages of the people whose these accounts are, for this reader: by the account's key. */
export async function personPages(reader: Reader, keys: string[]): Promise<Map<string, KnownPerson>> {
  if (keys.length === 0) return new Map()
  const rows = await db()
    .selectDistinct({ slug: people.slug })
    .from(personAccounts)
    .innerJoin(people, eq(people.id, personAccounts.personId))
    .where(inArray(sql`${personAccounts.platform} || ':' || ${personAccounts.accountId}`, keys))
  const found = await Promise.all(rows.map(({ slug }) => personCalled(reader, slug)))
  return new Map(found.flatMap((person) => (person ? person.accounts.map(({ key }) => [key, person] as const) : [])))
}

/** Keeps what an account says of itself now. */
export async function keepProfile(profile: AccountProfile): Promise<void> {
  const { platform: _, accountId: __, ...said } = profile
  await db()
    .insert(accountProfiles)
    .values(profile)
    .onConflictDoUpdate({ target: [accountProfiles.platform, accountProfiles.accountId], set: said })
}

/** The profiles that have one of these addresses, or link to one of them. */
export async function profilesAround({ addresses, links }: Pick<AccountProfile, 'addresses' | 'links'>): Promise<AccountProfile[]> {
  const linked = links.map(({ url }) => url)
  return db()
    .select()
    .from(accountProfiles)
    .where(
      sql`${accountProfiles.addresses} && ${sql.param([...addresses, ...linked])}::text[] or exists (
        select 1 from jsonb_array_elements(${accountProfiles.links}) link where link ->> 'url' = any(${sql.param(addresses)}::text[]))`,
    )
}

/**
 * Accounts on these platforms that said something public in the last thirty days and were not asked since `before`: those
 * that never were first.
 */
export async function accountsToAsk(
  platforms: string[],
  { before, limit }: { before: Date; limit: number },
): Promise<{ platform: string; id: string; handle: string }[]> {
  const rows = await db().execute<{ platform: string; id: string; handle: string }>(sql`
    select said.platform, said.id, said.handle from (
      select distinct on (p.platform, p.author ->> 'id') p.platform, p.author ->> 'id' as id, p.author ->> 'handle' as handle
      from posts p where p.platform = any(${sql.param(platforms)}::text[]) and p.sort_at > now() - interval '30 days'
        and p.audience = 'public' and p.deleted_at is null and not p.author_hidden
    ) said left join ${accountProfiles} a on a.platform = said.platform and a.account_id = said.id
    where a.looked_up_at is null or a.looked_up_at < ${before.toISOString()}::timestamptz
    order by a.looked_up_at nulls first limit ${limit}`)
  return [...rows]
}

/** What accounts said of themselves is not kept for longer than it is asked again. */
export async function forgetProfiles(before: Date): Promise<void> {
  await db().delete(accountProfiles).where(lt(accountProfiles.lookedUpAt, before))
}

async function groupOf(tx: Queryable, key: string): Promise<{ personId: number | null; keys: string[] }> {
  const [row] = await tx.select({ personId: personAccounts.personId }).from(personAccounts).where(isAccount(key))
  if (!row) return { personId: null, keys: [key] }
  const rows = await tx.select().from(personAccounts).where(eq(personAccounts.personId, row.personId))
  return { personId: row.personId, keys: rows.map(keyOf) }
}

async function areApart(tx: Queryable, some: string[], others: string[]): Promise<boolean> {
  const apart = (one: string[], other: string[]) => and(inArray(keptApart.one, one), inArray(keptApart.other, other))
  const rows = await tx
    .select({ one: keptApart.one })
    .from(keptApart)
    .where(sql`${apart(some, others)} or ${apart(others, some)}`)
    .limit(1)
  return rows.length > 0
}

async function join(tx: Queryable, personId: number, key: string, proof: AccountProof): Promise<void> {
  const [platform, accountId] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
  await tx.insert(personAccounts).values({ platform, accountId, personId, proof }).onConflictDoNothing()
}

async function newPerson(tx: Queryable, slug: string): Promise<number> {
  for (let count = 1; ; count++) {
    const wanted = count === 1 ? slug : `${slug}-${count}`
    const [row] = await tx.insert(people).values({ slug: wanted }).onConflictDoNothing().returning({ id: people.id })
    if (row) return row.id
  }
}

function isAccount(key: string) {
  return and(eq(personAccounts.platform, key.slice(0, key.indexOf(':'))), eq(personAccounts.accountId, key.slice(key.indexOf(':') + 1)))
}
