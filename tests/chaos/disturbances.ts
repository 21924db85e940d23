import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { canSkewClocks, type Kept } from './processes.ts'
import type { Span } from './readers.ts'

/** What was done to the program, when, and whom it hit; `away`: while it lasted no page can be asked of that web, or of any. */
export type Disturbance = Span & { what: string; away: 'all' | string | null }

type Cast = { cluster: Cluster; workers: Kept[]; webs: Kept[]; random: () => number; killing: () => number; signal: AbortSignal }

/** Longer than the lease of a job: whoever held something has lost it when it wakes. */
const SLEEP_MS = 20_000
const CUT_MS = 8_000
const FULL_MS = 6_000
const LOCKED_MS = 5_000
const SKEW_SECONDS = 600
const SKEWED_MS = 30_000

/** Disturbs, by a schedule that depends on `random` and `killing` alone, until aborted: each kind once before any comes again. */
export async function disturb({ cluster, workers, webs, random, killing: chance, signal }: Cast): Promise<Disturbance[]> {
  const done: Disturbance[] = []
  const one = <T>(some: T[], by = random): T => {
    const chosen = some[Math.floor(by() * some.length)]
    if (chosen === undefined) throw new Error('Nobody to choose from')
    return chosen
  }
  const wait = (ms: number) => delay(ms, undefined, { signal }).catch(() => {})
  const kinds: { what: string; away?: 'all'; act: () => Promise<string | undefined> }[] = [
    { what: 'database restarted', away: 'all', act: () => said(cluster.restart('SIGINT')) },
    { what: 'database crashed', away: 'all', act: () => said(cluster.restart('SIGQUIT')) },
    { what: 'standby promoted', away: 'all', act: () => said(cluster.failOver()) },
    { what: 'all connections taken', away: 'all', act: () => said(cluster.fill(FULL_MS)) },
    {
      what: 'tables locked',
      away: 'all',
      act: () => said(cluster.ask(`begin; lock table posts, entries; select pg_sleep(${LOCKED_MS / 1000}); commit`)),
    },
    {
      what: 'a web cut off',
      async act() {
        const web = one(webs)
        web.relay.cut()
        await delay(CUT_MS)
        web.relay.mend()
        return web.name
      },
    },
    {
      what: 'a web paused',
      async act() {
        const web = one(webs)
        await web.pause(CUT_MS)
        return web.name
      },
    },
    { what: 'a worker paused', act: () => said(one(workers).pause(SLEEP_MS)) },
    {
      what: 'all workers but one killed',
      async act() {
        for (const worker of workers.slice(1)) worker.kill()
      },
    },
    ...(canSkewClocks ? [SKEW_SECONDS, -SKEW_SECONDS] : []).map((seconds) => ({
      what: `a worker’s clock ${seconds > 0 ? 'ahead' : 'behind'} by 10 min`,
      async act() {
        const worker = one(workers)
        worker.kill(seconds)
        await delay(SKEWED_MS)
        worker.kill(0)
        return undefined
      },
    })),
  ]
  const noted = async (what: string, away: 'all' | null, act: () => Promise<string | undefined>) => {
    const from = Date.now()
    console.log(`${new Date().toISOString()} ${what}`)
    const whom = await act()
    done.push({ what, from, to: Date.now(), away: away ?? whom ?? null })
  }
  const killing = (async () => {
    for (await wait(5000); !signal.aborted; await wait(7000 + 10_000 * chance()))
      await noted('a worker killed', null, async () => void one(workers, chance).kill())
  })()
  let bag: typeof kinds = []
  while (!signal.aborted) {
    if (bag.length === 0)
      bag = kinds
        .map((kind) => ({ kind, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ kind }) => kind)
    const next = bag.pop()
    await wait(3000 + 5000 * random())
    if (next && !signal.aborted) await noted(next.what, next.away ?? null, next.act)
  }
  await killing
  return done
}

async function said(work: Promise<unknown>): Promise<undefined> {
  await work
}
