import { setTimeout as delay } from 'node:timers/promises'
import { CLAIM } from '#connectors/head-proof'
import { connectorErrorOf, type Http } from '#connectors/http'
import { connectorOf, connectors } from '#connectors/registry'
import {
  type AccountClaim,
  claimsOf,
  claimsToCheck,
  endClaim,
  forgetClaims,
  isGone,
  keepChecked,
  keepClaim,
  lapseClaim,
  postSaying,
  proveClaim,
  type Seen,
} from '#db/account-claims'
import { keyOfClaim, unlinkAccount } from '#db/account-links'
import type { Reach } from '../collecting/ingest.ts'
import { linkedPageSays } from '../consent/linked-page.ts'
import { newCode, settingsFor, whoseIs } from '../consent/whose.ts'
import { log } from '../log.ts'
import { calledBy, slugOf } from './account-proofs.ts'

/**
 * Accounts elsewhere of which a member says that they are theirs: they put a code where only they can write, and whoever proves
 * two is one person under both, with a page of all that they said. Nobody is linked by anybody's word but their own.
 */

const DAY_MS = 86_400_000
const CODE_DAYS = 2
/** Somebody waits for it. */
const PATIENCE_MS = 20_000
const LONGEST = 300
/** Proofs are looked for again once a day; who cannot be asked for a week is not known any more. */
const WITHOUT_WORD_DAYS = 7
const PER_ROUND = 20

export type Begun = AccountClaim | 'nothing' | 'unknown' | 'site' | 'nobody' | 'unreadable' | 'theirs' | 'full'

/** Somebody says that an account is theirs: which one is looked up, and a code made for it. */
export async function beginClaim(memberId: string, written: string, http: Http, now: Date): Promise<Begun> {
  const name = written.trim().slice(0, LONGEST)
  if (name === '') return 'nothing'
  const expiresAt = new Date(now.getTime() + CODE_DAYS * DAY_MS)
  const fresh = { code: newCode('backplane-claim'), expiresAt }
  for (const { id, loggedIn } of connectors) {
    const account = loggedIn?.whose(name)
    if (account)
      return keepClaim(memberId, { ...fresh, platform: id, authorId: account.id, who: null, handle: account.handle, url: null }, now)
  }
  const meant = whoseIs(name)
  if (!meant?.who) return 'unknown'
  if (connectorOf(meant.platform).profiles?.ofSites) return 'site'
  const profile = await profileOf(meant.platform, meant.who, { http, signal: AbortSignal.timeout(PATIENCE_MS) })
  if (profile === 'unreadable') return profile
  if (!profile) return 'nobody'
  const { key, handle, url } = profile
  return keepClaim(memberId, { ...fresh, platform: meant.platform, authorId: key, who: meant.who, handle, url: url || null }, now)
}

export type Checked = 'proved' | 'not-yet' | 'nobody' | 'unreadable' | 'theirs' | 'expired' | 'unknown'

/** Looks for the code of somebody's claim, and links what they proved once it is there. Another's claim is not known. */
export async function checkClaim(memberId: string, id: number, http: Http, now: Date): Promise<Checked> {
  const claims = await claimsOf(memberId)
  const claim = claims.find((one) => one.id === id)
  if (!claim) return 'unknown'
  if (claim.provenAt) return 'proved'
  if (claim.expiresAt <= now) return 'expired'
  const seen = await lookFor(claim, { http, signal: AbortSignal.timeout(PATIENCE_MS) })
  if (typeof seen === 'string') return seen
  const { handle } = claims.find(({ provenAt }) => provenAt) ?? claim
  if (!(await proveClaim(claim, seen, slugOf(calledBy(handle)), now))) return 'theirs'
  log.info({ platform: claim.platform }, 'somebody proved that an account is theirs')
  return 'proved'
}

/** A member takes back what they claim, at once. What was proved is beside none of the others any more, whatever profiles say by themselves. */
export async function takeBackClaim(memberId: string, id: number): Promise<'unlinked' | 'ended'> {
  const claim = (await claimsOf(memberId)).find((one) => one.id === id)
  // First, so that it is remembered beside whom it stood.
  if (claim?.provenAt) await unlinkAccount(keyOfClaim(claim), true)
  await endClaim(memberId, id)
  return claim?.provenAt ? 'unlinked' : 'ended'
}

/** Looks again, once a day each, whether what proved a claim is still there; what is gone counts no more. Returns how many went. */
export async function recheckClaims(reach: Reach, now: Date, betweenMs = 0): Promise<number> {
  await forgetClaims(new Date(now.getTime() - 30 * DAY_MS))
  let gone = 0
  for (const claim of await claimsToCheck(new Date(now.getTime() - DAY_MS), PER_ROUND)) {
    reach.signal.throwIfAborted()
    const seen = await stillThere(claim, reach)
    const lastSeen = claim.checkedAt ?? claim.provenAt ?? claim.at
    if (seen === 'gone' || (seen === 'unreadable' && now.getTime() - lastSeen.getTime() > WITHOUT_WORD_DAYS * DAY_MS)) {
      await lapseClaim(claim)
      gone++
    } else await keepChecked(claim.id, seen === 'seen', now)
    if (betweenMs > 0 && claim.who) await delay(betweenMs, undefined, { signal: reach.signal })
  }
  if (gone > 0) log.info({ gone }, 'accounts whose proof is there no more')
  return gone
}

/** `where` stands after “Put this code” or, where it `isSaid`, after “Say this code”; `tag` proves it as well in the head of a page to which the profile links. */
export type Where = { where: string; isSaid: boolean; tag: string | null }

/** For pages: where a code goes that proves this claim. */
export function whereToClaim({ platform, who, code }: Pick<AccountClaim, 'platform' | 'who' | 'code'>): Where {
  const { profiles, loggedIn } = connectorOf(platform)
  if (who === null) return { where: loggedIn?.where ?? '', isSaid: true, tag: null }
  return { where: profiles?.where ?? '', isSaid: false, tag: profiles?.haveLinks ? `<meta name="${CLAIM}" content="${code}">` : null }
}

async function stillThere(claim: AccountClaim, reach: Reach): Promise<'seen' | 'gone' | 'unreadable'> {
  if (claim.seenIn === 'post') return claim.post && (await isGone(claim.platform, claim.post)) ? 'gone' : 'seen'
  const found = await lookFor(claim, reach)
  if (typeof found !== 'string') return 'seen'
  // A page of theirs may be away for a while, though the profile that leads to it is there.
  return found === 'unreadable' || (found === 'not-yet' && claim.seenIn === 'page') ? 'unreadable' : 'gone'
}

/** Where the code is: in a profile of this very account, in a page to which that links, or said by it where it is read here. */
async function lookFor(claim: AccountClaim, reach: Reach): Promise<Seen | 'not-yet' | 'nobody' | 'unreadable'> {
  const { platform, authorId, who, code } = claim
  const post = await postSaying(claim)
  if (post) return { seenIn: 'post', seenAt: post.isOpen ? `/p/${post.id}` : null, post: post.externalId }
  if (who === null) return 'not-yet'
  const profile = await profileOf(platform, who, reach)
  if (profile === 'unreadable') return profile
  // A name that leads to another account by now is somebody else's.
  if (!profile || profile.key !== authorId) return 'nobody'
  const seenAt = profile.url || null
  if (profile.words.includes(code)) return { seenIn: 'profile', seenAt, post: null }
  return (await linkedPageSays(code, profile, reach.http, reach.signal)) ? { seenIn: 'page', seenAt, post: null } : 'not-yet'
}

async function profileOf(platform: string, who: string, { http, signal }: Pick<Reach, 'http' | 'signal'>) {
  const connector = connectorOf(platform)
  try {
    return (await connector.profiles?.read(who, { http, signal, settings: await settingsFor(connector) })) ?? null
  } catch (error) {
    log.warn({ platform }, `a profile could not be looked at: ${connectorErrorOf(error, connector.name).message}`)
    return 'unreadable'
  }
}
