import { asc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Reader } from './audience.ts'
import { db } from './client.ts'
import { namesOfPeople } from './people.ts'
import { type AccountProof, accountProfiles, people, personAccounts } from './people-schema.ts'

/** An account of a person as a reader may know it. `key` is `<platform>:<id>`. */
export type PersonAccount = { key: string; platform: string; name: string; proof: AccountProof }

/** A person, with the accounts of which this reader may see something. */
export type KnownPerson = { slug: string; name: string; accounts: PersonAccount[] }

/** What an account says of itself where it may prove something. */
export type AccountProfile = typeof accountProfiles.$inferSelect

const keyOf = ({ platform, accountId }: { platform: string; accountId: string }) => `${platform}:${accountId}`

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
  // Shown with one that this reader may see: by its own proof, or by the other's.
  const told = accounts.filter(({ key, proof }) => seen.has(proof.with) || accounts.some((other) => other.proof.with === key))
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
