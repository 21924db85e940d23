import { and, asc, eq, inArray, or, sql } from 'drizzle-orm'
import { db, type Queryable } from './client.ts'
import { type AccountProof, accountClaims, accountLinks, keptApart, people, personAccounts } from './people-schema.ts'

// Over 150 lines, because putting together and taking apart are one thing: each has to leave what the other can work with.

/** What was seen, without with whom. */
export type Shown = Omit<AccountProof, 'with'>

/** How people prove by themselves that an account is theirs; it counts for as long as they say so. */
const OWN_WORD: AccountProof['kind'][] = ['claim', 'nickserv']

/**
 * Two accounts were shown to be one person's: both are the person's from now on, and so are those that were either's
 * before. Nothing happens where somebody took any two of them apart by hand. `slug` is the page of a person who had none.
 * Returns whether two people became one.
 */
export async function linkAccounts(one: string, other: string, proof: Shown, slug: string): Promise<boolean> {
  return db().transaction(async (tx) => {
    await oneAtATime(tx)
    return link(tx, [one, other], [proof, proof], slug)
  })
}

/**
 * Takes an account from its person, and remembers it: no proof puts it beside the others again. `byThemselves`: whoever
 * proves that it is theirs may take that back. Returns whether it was one's.
 */
export async function unlinkAccount(key: string, byThemselves = false): Promise<boolean> {
  return db().transaction(async (tx) => {
    await oneAtATime(tx)
    const { personId, keys } = await groupOf(tx, key)
    if (personId === null) return false
    const others = keys.filter((other) => other !== key)
    const pairs = others.map((other) => ({ ...inOrder(key, other), by: byThemselves ? key : null }))
    const kept = pairs.length > 0 ? tx.insert(keptApart).values(pairs) : null
    // An owner's word stays, whoever else took them apart.
    if (byThemselves) await kept?.onConflictDoNothing()
    else await kept?.onConflictDoUpdate({ target: [keptApart.one, keptApart.other], set: { by: null } })
    await tx.delete(accountLinks).where(touches(key))
    await tx.delete(personAccounts).where(isAccount(key))
    await resettle(tx, personId)
    return true
  })
}

/** One account per claim that is proved: all of them are one person's, as far as nobody took them apart. */
export async function linkClaimed(tx: Queryable, claimed: (typeof accountClaims.$inferSelect)[], slug: string): Promise<void> {
  await oneAtATime(tx)
  for (const [index, one] of claimed.entries())
    for (const other of claimed.slice(index + 1)) await link(tx, [keyOfClaim(one), keyOfClaim(other)], [shownBy(one), shownBy(other)], slug)
}

/** Nobody says any more that this account is theirs: it leaves those that it was beside by their word alone. */
export async function takeBackClaimed(tx: Queryable, key: string): Promise<void> {
  await oneAtATime(tx)
  const { personId } = await groupOf(tx, key)
  await tx.delete(accountLinks).where(and(touches(key), inArray(accountLinks.kind, OWN_WORD)))
  if (personId !== null) await resettle(tx, personId)
}

/** Who took it apart themselves, and proves now that it is theirs, wants it together again. */
export async function forgiveApart(tx: Queryable, key: string): Promise<void> {
  await tx.delete(keptApart).where(eq(keptApart.by, key))
}

export function keyOfClaim({ platform, authorId }: { platform: string; authorId: string }): string {
  return `${platform}:${authorId}`
}

/** Two proofs of one person at the same moment are one person; so are those that are taken back meanwhile. */
async function oneAtATime(tx: Queryable): Promise<void> {
  await tx.execute(sql`lock table ${people} in share row exclusive mode`)
}

async function link(tx: Queryable, [one, other]: [string, string], [shownOne, shownOther]: [Shown, Shown], slug: string): Promise<boolean> {
  const [mine, theirs] = [await groupOf(tx, one), await groupOf(tx, other)]
  const isOne = mine.personId !== null && mine.personId === theirs.personId
  if (!isOne && (await areApart(tx, mine.keys, theirs.keys))) return false
  const { kind, seenAt } = shownOne
  await tx
    .insert(accountLinks)
    .values({ ...inOrder(one, other), kind, seenAt })
    .onConflictDoNothing()
  if (isOne) return false
  const personId = mine.personId ?? theirs.personId ?? (await newPerson(tx, slug))
  await join(tx, personId, one, { ...shownOne, with: other })
  await join(tx, personId, other, { ...shownOther, with: one })
  if (mine.personId !== null && theirs.personId !== null) {
    await tx.update(personAccounts).set({ personId }).where(eq(personAccounts.personId, theirs.personId))
    await tx.delete(people).where(eq(people.id, theirs.personId))
  }
  return true
}

/**
 * After a link of theirs has gone: who hangs together by what is left stays one person, the first of them under their old page;
 * who hangs together with nobody is nobody's. Each is shown with a proof that still holds.
 */
async function resettle(tx: Queryable, personId: number): Promise<void> {
  const rows = await tx
    .select()
    .from(personAccounts)
    .where(eq(personAccounts.personId, personId))
    .orderBy(asc(personAccounts.provenAt), asc(personAccounts.platform), asc(personAccounts.accountId))
  const keys = rows.map(keyOf)
  const [named] = await tx.select({ slug: people.slug }).from(people).where(eq(people.id, personId))
  const links = await tx
    .select()
    .from(accountLinks)
    .where(and(inArray(accountLinks.one, keys), inArray(accountLinks.other, keys)))
  const claims = await tx
    .select()
    .from(accountClaims)
    .where(inArray(sql`${accountClaims.platform} || ':' || ${accountClaims.authorId}`, keys))
  // What is not people's own word holds until it is taken apart: processes of the release before wrote no links of it.
  const older = rows.flatMap((row) => (isOwnWord(row.proof) ? [] : [inOrder(keyOf(row), row.proof.with)]))
  const groups = together(keys, [...links, ...older]).filter((group) => group.length > 1)
  for (const [index, group] of groups.entries()) {
    const id = index === 0 ? personId : await newPerson(tx, named?.slug ?? 'somebody')
    for (const row of rows.filter((one) => group.includes(keyOf(one)))) {
      const key = keyOf(row)
      const held = links.filter(({ one, other }) => one === key || other === key)
      const stands = isOwnWord(row.proof)
        ? held.some((one) => isOwnWord(one) && withWhom(one, key) === row.proof.with)
        : group.includes(row.proof.with)
      const [first] = held
      const own = claims.find((claim) => claim.provenAt && keyOfClaim(claim) === key)
      const { kind, seenAt } = first && own && isOwnWord(first) ? shownBy(own) : (first ?? row.proof)
      const proof = stands || !first ? row.proof : { kind, seenAt, with: withWhom(first, key) }
      await tx.update(personAccounts).set({ personId: id, proof }).where(isAccount(key))
    }
  }
  const alone = keys.filter((key) => !groups.flat().includes(key))
  for (const key of alone) await tx.delete(personAccounts).where(isAccount(key))
  if (groups.length === 0) await tx.delete(people).where(eq(people.id, personId))
}

function isOwnWord({ kind }: Pick<AccountProof, 'kind'>): boolean {
  return OWN_WORD.includes(kind)
}

function withWhom({ one, other }: { one: string; other: string }, key: string): string {
  return one === key ? other : one
}

/** Which of these hang together, in the order of the first of each. Pure. */
function together(keys: string[], links: { one: string; other: string }[]): string[][] {
  const groups: string[][] = []
  for (const key of keys) {
    if (groups.some((group) => group.includes(key))) continue
    const group = [key]
    // It grows while it is walked.
    for (const known of group)
      for (const { one, other } of links) {
        const next = one === known ? other : other === known ? one : null
        if (next !== null && keys.includes(next) && !group.includes(next)) group.push(next)
      }
    groups.push(group)
  }
  return groups
}

/** Who has a profile says it there; who has none was told by the network. */
function shownBy({ who, seenAt }: typeof accountClaims.$inferSelect): Shown {
  return { kind: who === null ? 'nickserv' : 'claim', seenAt }
}

function keyOf({ platform, accountId }: { platform: string; accountId: string }): string {
  return `${platform}:${accountId}`
}

function inOrder(key: string, another: string): { one: string; other: string } {
  return key < another ? { one: key, other: another } : { one: another, other: key }
}

function touches(key: string) {
  return or(eq(accountLinks.one, key), eq(accountLinks.other, key))
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
