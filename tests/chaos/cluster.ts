import { setTimeout as delay } from 'node:timers/promises'
import { newPrimary, newStandby, type Server } from '../support/postgres-servers.ts'
import { type Relay, startRelay } from './relay.ts'

/**
 * A primary and a synchronous standby behind one stable address for each who asks. What was committed is on both; an
 * asynchronous standby would lose what it had not yet been sent.
 */
export type Cluster = Awaited<ReturnType<typeof startCluster>>

/** Few, so that all of them can be taken; the processes need 4 × (10 + 4) + 3 × 12 at most. */
const CONNECTIONS = 120

export async function startCluster(folder: string) {
  const settings = { max_connections: String(CONNECTIONS), fsync: 'off', shared_buffers: '64MB', log_checkpoints: 'off' }
  let nth = 1
  let primary = await newPrimary(folder, 'server-1', settings)
  let standby: Server | null = null
  const relays: Relay[] = []
  const toStandby: Relay[] = []

  /** Makes a standby and has commits wait for it. */
  const follow = async () => {
    const name = `server-${++nth}`
    standby = await newStandby(folder, name, primary, settings)
    await primary.ask(`alter system set synchronous_standby_names = '"${name}"'`)
    await primary.ask('select pg_reload_conf()')
    await inStep()
    for (const relay of toStandby) relay.aim(standby.port)
  }
  const inStep = async () => {
    const state = async () => (await primary.ask<{ sync_state: string }>('select sync_state from pg_stat_replication').catch(() => []))[0]
    for (const from = Date.now(); (await state())?.sync_state !== 'sync'; await delay(200))
      if (Date.now() - from > 60_000) throw new Error('The standby does not follow')
  }
  await follow()

  return {
    /** An address of its own that always leads to the primary. */
    async address(): Promise<{ url: string; relay: Relay }> {
      const relay = await startRelay(primary.port)
      relays.push(relay)
      return { url: primary.url.replace(/:\d+\//, `:${relay.port}/`), relay }
    },
    /** An address that leads to the standby, and to the next one once that follows: for who only reads. */
    async replicaUrl(): Promise<string> {
      if (!standby) throw new Error('There is no standby')
      const relay = await startRelay(standby.port)
      toStandby.push(relay)
      return standby.url.replace(/:\d+\//, `:${relay.port}/`)
    },
    /** How often the posts were looked up on the standby that there is now. */
    async lookedUpOnStandby(): Promise<number> {
      const [row] =
        (await standby?.ask<{ times: string }>(
          `select coalesce(sum(idx_scan), 0) as times from pg_stat_user_tables where relname = 'posts'`,
        )) ?? []
      return Number(row?.times ?? 0)
    },
    ask: <Row extends object>(text: string) => primary.ask<Row>(text),
    /** A crash or an orderly end, and the start after it. */
    async restart(signal: 'SIGINT' | 'SIGQUIT') {
      await primary.end(signal)
      await delay(1500)
      await primary.start()
      await inStep()
    },
    /** The primary dies; its standby takes over, and gets a standby of its own. */
    async failOver() {
      await primary.end('SIGQUIT')
      if (!standby) throw new Error('There is no standby')
      await standby.promote()
      primary = standby
      standby = null
      // Nobody follows it yet: a commit would wait for ever.
      await primary.ask(`alter system set synchronous_standby_names = ''`)
      await primary.ask('select pg_reload_conf()')
      for (const relay of relays) relay.aim(primary.port)
      await follow()
    },
    /** Takes every connection that is left, and gives them back after so long. */
    async fill(ms: number) {
      const { default: postgres } = await import('postgres')
      const pool = postgres(primary.url, { max: CONNECTIONS, fetch_types: false, onnotice: () => {}, connect_timeout: 3, idle_timeout: 60 })
      await Promise.all(Array.from({ length: CONNECTIONS }, () => pool`select pg_sleep(${ms / 1000})`.catch(() => {})))
      await pool.end({ timeout: 0 })
    },
    async stop() {
      for (const relay of [...relays, ...toStandby]) relay.close()
      await standby?.end('SIGQUIT')
      await primary.end('SIGQUIT')
    },
  }
}
