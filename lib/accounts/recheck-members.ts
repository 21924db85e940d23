import type { PgBoss } from 'pg-boss'
import type { Reach, SignInProvider } from '#connectors/contract'
import { identitiesToCheck, keepIdentity, lapseIdentity, lapseOthersThan, membersByAddress, setRole } from '#db/accounts'
import { type Config, configuration } from '../config.ts'
import { log } from '../log.ts'
import { mayJoin } from './may-join.ts'
import { authSecret } from './sign-in-options.ts'
import { signInProviders } from './sign-in-providers.ts'
import { stillVouched } from './still-vouched.ts'

const QUEUE = 'members'
const HOUR = 3600
/** Asked every few hours, so that each is asked about once a day although some hours are missed. */
const EVERY_SECONDS = 4 * HOUR
const AGE_MS = 20 * HOUR * 1000
/** A provider that cannot be asked for so long vouches for nobody. */
const WITHOUT_WORD_MS = 7 * 24 * HOUR * 1000

/** Sees to it, in community mode, that who belongs no more is a member no more. One job for all workers, which plans the next. */
export async function startMemberChecks(boss: PgBoss, reach: Reach): Promise<void> {
  const config = configuration()
  if (config.MODE !== 'community') return
  const providers = signInProviders(config)
  await boss.createQueue(QUEUE, { policy: 'stately', retryLimit: 1_000_000, retryDelay: 60, retryBackoff: true, retryDelayMax: HOUR })
  const plan = (seconds: number) => boss.send(QUEUE, {}, { startAfter: new Date(Date.now() + seconds * 1000) })
  await boss.work(QUEUE, { pollingIntervalSeconds: 60 }, async () => {
    const ended = await recheckMembers(providers, config, { reach, now: new Date() })
    if (ended > 0) log.info({ ended }, 'memberships of people who do not belong any more')
    await plan(EVERY_SECONDS)
  })
  await plan(0)
}

/**
 * Asks those who vouched for members, more than 20 hours ago, whether they still do, and looks whether MEMBERS still names those
 * whom it let in. Where a provider can be asked no other way, it is asked with the tokens that it gave when they signed in;
 * where it gave none that last, a membership ends with the day, until they sign in again. Who belongs no more is signed out
 * everywhere. Returns how many.
 */
export async function recheckMembers(
  providers: SignInProvider[],
  config: Pick<Config, 'MEMBERS' | 'AUTH_SECRET' | 'DATA_DIR'>,
  { reach, now }: { reach: Reach; now: Date },
): Promise<number> {
  const secret = authSecret(config)
  for (const provider of providers) {
    for (const identity of await identitiesToCheck(provider.id, new Date(now.getTime() - AGE_MS))) {
      reach.signal.throwIfAborted()
      const belongs = await (provider.stillBelongs?.(identity.subject, reach) ?? stillVouched(provider, identity, secret, reach))
      if (belongs === true) await keepIdentity(identity.id, now)
      else if (belongs === false || now.getTime() - identity.checkedAt.getTime() > WITHOUT_WORD_MS) await lapseIdentity(identity.id)
    }
  }
  await lapseOthersThan(providers.map(({ id }) => id))
  // An address that only a provider told, and did not check, is nobody's mailbox.
  const ended = (await membersByAddress()).filter(({ email, emailVerified }) => !emailVerified || !mayJoin(email, config))
  for (const { id } of ended) await setRole(id, 'former')
  return ended.length
}
