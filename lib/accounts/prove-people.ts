import { setTimeout as delay } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'
import { connectors } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import { linkAccounts } from '#db/account-links'
import { type AccountProfile, accountsToAsk, forgetProfiles, keepProfile, profilesAround } from '#db/person-accounts'
import type { Reach } from '../collecting/ingest.ts'
import { log } from '../log.ts'
import { calledBy, plainAddress, provenBy, slugOf } from './account-proofs.ts'
import { recheckClaims } from './own-claims.ts'

/** Who is who across networks: profiles of who spoke of late are looked up, a few at a time, and what they prove is kept. */

const PEOPLE = 'people'
const EVERY_SECONDS = 900
/** Profiles asked for in one round, one after the other: eighty an hour over all platforms. */
const PER_ROUND = 20
const BETWEEN_MS = 2000
const DAY_MS = 86_400_000
/** People change their profiles seldom. */
const ASKED_AGAIN_DAYS = 30

/** One job for all workers, which plans the next. */
export async function startProvingPeople(boss: PgBoss, reach: Reach): Promise<void> {
  await boss.createQueue(PEOPLE, {
    policy: 'stately',
    retryLimit: 1_000_000,
    retryDelay: 300,
    expireInSeconds: 900,
    deleteAfterSeconds: 3600,
  })
  const plan = () => boss.send(PEOPLE, {}, { startAfter: new Date(Date.now() + EVERY_SECONDS * 1000) })
  await boss.work(PEOPLE, { pollingIntervalSeconds: 60 }, async ([job]) => {
    if (!job) return
    const now = { ...reach, signal: AbortSignal.any([job.signal, reach.signal]) }
    await recheckClaims(now, new Date(), BETWEEN_MS)
    await provePeople(now, new Date(), BETWEEN_MS)
    await plan()
  })
  await plan()
}

/** Asks for the profiles of some who spoke of late, and links what they prove. Returns how many accounts were linked. */
export async function provePeople(reach: Reach, now: Date, betweenMs = 0): Promise<number> {
  const before = new Date(now.getTime() - ASKED_AGAIN_DAYS * DAY_MS)
  await forgetProfiles(new Date(before.getTime() - ASKED_AGAIN_DAYS * DAY_MS))
  const able = connectors.filter(({ profiles }) => profiles && !profiles.ofSites).map(({ id }) => id)
  let linked = 0
  for (const { platform, id, handle } of await accountsToAsk(able, { before, limit: PER_ROUND })) {
    reach.signal.throwIfAborted()
    const said = await profileOf(platform, { id, handle }, reach)
    const profile: AccountProfile = { platform, accountId: id, addresses: said?.addresses ?? [], links: said?.links ?? [], lookedUpAt: now }
    await keepProfile(profile)
    if (said) linked += await linkAll(profile, said.name)
    if (betweenMs > 0) await delay(betweenMs, undefined, { signal: reach.signal })
  }
  return linked
}

async function linkAll(profile: AccountProfile, name: string): Promise<number> {
  let linked = 0
  for (const other of await profilesAround(profile)) {
    const proven = provenBy(profile, other)
    if (proven && (await linkAccounts(proven.one, proven.other, proven.proof, slugOf(name)))) linked++
  }
  if (linked > 0) log.info({ linked }, 'accounts that are one person’s')
  return linked
}

/** What an account says of itself; null where it does not, or cannot be asked now. */
async function profileOf(platform: string, { id, handle }: { id: string; handle: string }, { http, signal }: Reach) {
  const profiles = connectors.find((connector) => connector.id === platform)?.profiles
  const who = [handle, id].find((name) => profiles?.whose(name))
  if (!profiles || !who) return null
  try {
    const profile = await profiles.read(who, { http, signal, settings: null })
    // A handle that leads to another account by now proves nothing of this one.
    if (!profile || profile.key !== id) return null
    const { links = [], pages = [], url } = profile
    const plain = links.flatMap(({ url: written, verified }) => {
      const address = plainAddress(written)
      return address === null ? [] : [{ url: address, verified }]
    })
    const addresses = [url, ...pages].map(plainAddress).filter((address) => address !== null)
    return { addresses: [...new Set(addresses)], links: plain, name: calledBy(handle) }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ConnectorError)) throw error
    return null
  }
}
