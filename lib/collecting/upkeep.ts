import type { PgBoss } from 'pg-boss'
import { forgetDeeds } from '#db/audit-log'
import { sharedNow } from '#db/clock'
import { forgetOldDeliveries } from '#db/deliveries'
import { expirePosts } from '#db/expire-posts'
import { forgetOutages } from '#db/gaps'
import { forgetRequests } from '#db/requests'
import { forgetRuns } from '#db/source-runs'
import { forgetOldSubscriptions } from '#db/subscriptions'
import { forgetWithdrawals } from '#db/withdrawn'
import { leaveOut } from '../consent/leave-out.ts'
import { log } from '../log.ts'
import { takeOldBodies } from './bodies.ts'

const UPKEEP = 'upkeep'
const HOUR = 3600
const EVERY_SECONDS = 6 * HOUR

/** What has to be done now and then whoever works: one job for all workers, which plans the next. */
export async function startUpkeep(boss: PgBoss): Promise<void> {
  await boss.createQueue(UPKEEP, {
    policy: 'stately',
    retryLimit: 1_000_000,
    retryDelay: 60,
    retryBackoff: true,
    retryDelayMax: HOUR,
    deleteAfterSeconds: HOUR,
  })
  await boss.work(UPKEEP, { pollingIntervalSeconds: 60 }, async () => {
    const expired = await expirePosts(sharedNow())
    if (expired > 0) log.info({ expired }, 'posts older than their source keeps them')
    // Somebody's other names may have become known since, or their lines have come by a source without the wish.
    await leaveOut(sharedNow())
    await takeOldBodies(sharedNow())
    await forgetRequests(sharedNow())
    await forgetOutages(sharedNow())
    await forgetRuns(sharedNow())
    await forgetWithdrawals(sharedNow())
    await forgetOldSubscriptions(sharedNow())
    await forgetOldDeliveries(sharedNow())
    await forgetDeeds(sharedNow())
    await plan(boss, EVERY_SECONDS)
  })
  // One that is planned already stays as it is.
  await plan(boss, 0)
}

async function plan(boss: PgBoss, seconds: number): Promise<void> {
  await boss.send(UPKEEP, {}, { startAfter: new Date(sharedNow().getTime() + seconds * 1000) })
}
