import { and, asc, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import { forgiveApart, keyOfClaim, linkClaimed, takeBackClaimed } from './account-links.ts'
import { accounts } from './account-schema.ts'
import { db, type Queryable } from './client.ts'
import { tombstones } from './consent-schema.ts'
import { lanesFor, textArray } from './lanes.ts'
import { accountClaims } from './people-schema.ts'
import type { Post } from './post.ts'

/** An account elsewhere of which a member says that it is theirs, and how far that is proved. */
export type AccountClaim = typeof accountClaims.$inferSelect
/** Whose account it is said to be, and with what code that is proved until when. */
export type NewClaim = Pick<AccountClaim, 'platform' | 'authorId' | 'who' | 'handle' | 'url' | 'code' | 'expiresAt'>
/** Where a code was seen. */
export type Seen = Pick<AccountClaim, 'seenIn' | 'seenAt' | 'post'>

/** More than anybody has. */
const MOST_CLAIMS = 20
/** No stretch of conversation goes on for longer. */
const CONVERSATION_MS = 7 * 86_400_000

/**
 * Keeps a claim with its code. Asked again for the same account, a new code stands in the place of the old one; what is proved
 * already stays so. `theirs`: somebody else proved it; `full`: they claim as many as anybody may.
 */
export async function keepClaim(memberId: string, claim: NewClaim, now: Date): Promise<AccountClaim | 'theirs' | 'full'> {
  return db().transaction(async (tx) => {
    // Two forms sent at once take turns.
    await tx.select().from(accounts).where(eq(accounts.id, memberId)).for('update')
    const isOf = and(eq(accountClaims.platform, claim.platform), eq(accountClaims.authorId, claim.authorId))
    const known = await tx.select().from(accountClaims).where(isOf)
    const own = known.find((one) => one.memberId === memberId)
    if (own?.provenAt) return own
    if (known.some(({ provenAt }) => provenAt)) return 'theirs'
    if (!own && (await tx.$count(accountClaims, eq(accountClaims.memberId, memberId))) >= MOST_CLAIMS) return 'full'
    const [kept] = await tx
      .insert(accountClaims)
      .values({ ...claim, memberId, at: now })
      .onConflictDoUpdate({
        target: [accountClaims.memberId, accountClaims.platform, accountClaims.authorId],
        set: { ...claim, at: now },
      })
      .returning()
    if (!kept) throw new Error('An upsert returns its row')
    return kept
  })
}

/** What somebody claims, the oldest first. */
export async function claimsOf(memberId: string): Promise<AccountClaim[]> {
  return db().select().from(accountClaims).where(eq(accountClaims.memberId, memberId)).orderBy(asc(accountClaims.id))
}

/**
 * The code was seen: the account is theirs, and one person's with all else that they proved. false where somebody else proved it
 * meanwhile, or nobody claims it any more. `slug` is the page of a person who had none.
 */
export async function proveClaim({ id, memberId }: AccountClaim, seen: Seen, slug: string, now: Date): Promise<boolean> {
  return db().transaction(async (tx) => {
    const [claim] = await tx.select().from(accountClaims).where(eq(accountClaims.id, id)).for('update')
    if (!claim) return false
    const { platform, authorId } = claim
    // One at a time for this account: the second finds the first.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`claim ${keyOfClaim(claim)}`}, 0))`)
    const isOf = and(eq(accountClaims.platform, platform), eq(accountClaims.authorId, authorId), isNotNull(accountClaims.provenAt))
    const [proved] = await tx.select().from(accountClaims).where(isOf)
    if (proved && proved.memberId !== memberId) return false
    await tx
      .update(accountClaims)
      .set({ ...seen, provenAt: proved?.provenAt ?? now, checkedAt: now, askedAt: now })
      .where(eq(accountClaims.id, id))
    await forgiveApart(tx, keyOfClaim(claim))
    await linkClaimed(tx, await provedBy(tx, memberId), slug)
    return true
  })
}

/** It was looked for again: `seen` still there, or could not be looked at now. */
export async function keepChecked(id: number, seen: boolean, now: Date): Promise<void> {
  await db()
    .update(accountClaims)
    .set({ askedAt: now, ...(seen && { checkedAt: now }) })
    .where(eq(accountClaims.id, id))
}

/** What was seen is there no more: nobody's account by it. Its member still sees that they claimed it. */
export async function lapseClaim({ id }: AccountClaim): Promise<void> {
  await db().transaction(async (tx) => {
    const [claim] = await tx
      .update(accountClaims)
      .set({ provenAt: null, seenIn: null, seenAt: null, post: null, checkedAt: null, askedAt: null })
      .where(and(eq(accountClaims.id, id), isNotNull(accountClaims.provenAt)))
      .returning()
    if (claim) await takeBackClaimed(tx, keyOfClaim(claim))
  })
}

/** A member takes back what they claim, proved or not, at once. Another's stays. Returns what it was; null: no such. */
export async function endClaim(memberId: string, id: number): Promise<AccountClaim | null> {
  return db().transaction(async (tx) => {
    const [gone] = await tx
      .delete(accountClaims)
      .where(and(eq(accountClaims.memberId, memberId), eq(accountClaims.id, id)))
      .returning()
    if (gone?.provenAt) await takeBackClaimed(tx, keyOfClaim(gone))
    return gone ?? null
  })
}

/** Before an account is deleted: nothing stays linked by its word. */
export async function takeBackAll(tx: Queryable, memberId: string): Promise<void> {
  const gone = await tx.delete(accountClaims).where(eq(accountClaims.memberId, memberId)).returning()
  for (const claim of gone) if (claim.provenAt) await takeBackClaimed(tx, keyOfClaim(claim))
}

/** Proved claims that were not looked for since `before`, the longest unasked first. */
export async function claimsToCheck(before: Date, limit: number): Promise<AccountClaim[]> {
  return db()
    .select()
    .from(accountClaims)
    .where(and(isNotNull(accountClaims.provenAt), lt(accountClaims.askedAt, before)))
    .orderBy(asc(accountClaims.askedAt))
    .limit(limit)
}

/** Codes that nobody used, long after they ended; with the claim, which is none. */
export async function forgetClaims(before: Date): Promise<void> {
  await db()
    .delete(accountClaims)
    .where(and(isNull(accountClaims.provenAt), lt(accountClaims.expiresAt, before)))
}

/** A post of an account that says nothing but this code, and came since; where anybody may read it, with its number here. */
export async function postSaying({
  platform,
  authorId,
  code,
  at,
}: Pick<AccountClaim, 'platform' | 'authorId' | 'code' | 'at'>): Promise<{ externalId: string; id: number; isOpen: boolean } | null> {
  // An entry stands where its conversation began.
  const longest = new Date(at.getTime() - CONVERSATION_MS)
  const lanes = textArray(lanesFor({ role: 'owner' }, { people: [`${platform}:${authorId}`] }).flat())
  const [row] = await db().execute<{ id: string; external_id: string; audience: Post['audience'] }>(sql`
    select p.id, p.external_id, p.audience from posts p
    where p.entry_id in (select l.entry_id from entry_lanes l where l.lane = any(${lanes}) and l.sort_at >= ${longest.toISOString()}::timestamptz)
      and p.first_seen_at >= ${at.toISOString()}::timestamptz and p.platform = ${platform} and p.author ->> 'id' = ${authorId} and p.share is null and btrim(p.text) = ${code}
      and p.deleted_at is null and not p.author_hidden and p.audience <> 'withheld'
    order by p.id limit 1`)
  return row ? { externalId: row.external_id, id: Number(row.id), isOpen: row.audience === 'public' } : null
}

/** Whether a post was deleted or withheld, as far as is known here. */
export async function isGone(platform: string, externalId: string): Promise<boolean> {
  const rows = await db()
    .select({ at: tombstones.deletedAt })
    .from(tombstones)
    .where(and(eq(tombstones.platform, platform), eq(tombstones.externalId, externalId)))
  return rows.length > 0
}

/** Which of these accounts this member proved to be theirs, by key. */
export async function provedAmong(memberId: string, keys: string[]): Promise<Map<string, number>> {
  const claims = (await claimsOf(memberId)).filter((claim) => claim.provenAt && keys.includes(keyOfClaim(claim)))
  return new Map(claims.map((claim) => [keyOfClaim(claim), claim.id]))
}

async function provedBy(tx: Queryable, memberId: string): Promise<AccountClaim[]> {
  return tx
    .select()
    .from(accountClaims)
    .where(and(eq(accountClaims.memberId, memberId), isNotNull(accountClaims.provenAt)))
    .orderBy(asc(accountClaims.provenAt), asc(accountClaims.id))
}
