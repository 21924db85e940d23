import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { postgresBinaries } from '#lib/postgres/postgres-binaries'
import { postgresUser } from '#lib/postgres/postgres-user'

/** A Postgres of a test's own, with standbys: loopback only, no passwords, and settings that the program's own has not. */
export type Server = {
  name: string
  port: number
  url: string
  data: string
  /** Starts it, again after `end`; resolves once it answers. */
  start(): Promise<void>
  /** SIGINT ends it in order, SIGQUIT and SIGKILL as a crash does; resolves once it is gone. */
  end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>
  /** Makes a standby the primary; resolves once it takes writes. */
  promote(): Promise<void>
  /** A question to it, over a connection of its own. */
  ask<Row extends object>(text: string): Promise<Row[]>
}

type Settings = { [name: string]: string }

const USER = 'backplane'
const DATABASE = 'backplane'
/** For any step of a server on a busy machine. */
const PATIENCE_MS = 60_000

/** A new, running primary with an empty database, in `folder/name`. */
export async function newPrimary(folder: string, name: string, settings: Settings = {}): Promise<Server> {
  const data = join(folder, name)
  const user = postgresUser(data)
  mkdirSync(data, { mode: 0o700 })
  if (user) chownSync(data, user.uid, user.gid)
  const options = ['--username', USER, '--auth', 'trust', '--encoding', 'UTF8', '--no-locale', '--no-sync']
  const locale = ['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8']
  const made = spawnSync(postgresBinaries(user).initdb, ['-D', data, ...options, ...locale], { cwd: data, ...user, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const server = await serverOn(data, name, settings)
  await server.start()
  const admin = postgres(server.url.replace(/[^/]*$/, 'postgres'), { max: 1, fetch_types: false, onnotice: () => {} })
  await admin.unsafe(`create database ${DATABASE}`)
  await admin.end()
  return server
}

/** A copy of a running server that follows it, in `folder/name`; made with Postgres' own backup calls, as pg_basebackup is not at hand. */
export async function newStandby(folder: string, name: string, primary: Server, settings: Settings = {}): Promise<Server> {
  const data = join(folder, name)
  const copying = postgres(primary.url, { max: 1, fetch_types: false, onnotice: () => {} })
  await copying`select pg_backup_start(${name}, true)`
  // Files may change and go while they are copied: the log that was written meanwhile mends them.
  spawnSync('cp', ['-a', primary.data, data])
  const [label] = await copying`select labelfile from pg_backup_stop(false)`
  await copying.end()
  rmSync(join(data, 'postmaster.pid'), { force: true })
  writeFileSync(join(data, 'backup_label'), label?.labelfile)
  writeFileSync(join(data, 'standby.signal'), '')
  const conninfo = `host=127.0.0.1 port=${primary.port} user=${USER} application_name=${name}`
  appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`)
  const user = postgresUser(data)
  if (user) for (const file of ['backup_label', 'standby.signal']) chownSync(join(data, file), user.uid, user.gid)
  const server = await serverOn(data, name, settings)
  await server.start()
  return server
}

async function serverOn(data: string, name: string, given: Settings): Promise<Server> {
  const port = await freePort()
  const url = `postgres://${USER}@127.0.0.1:${port}/${DATABASE}`
  const log = `${data}.log`
  const user = postgresUser(data)
  const settings = {
    ...{ listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', timezone: 'UTC', lc_messages: 'C' },
    ...{ wal_keep_size: '512MB', hot_standby: 'on', wal_receiver_timeout: '5s', wal_retrieve_retry_interval: '200ms', ...given },
  }
  let running: ChildProcess | null = null
  const ask = async <Row extends object>(text: string) => {
    const client = postgres(url, { max: 1, fetch_types: false, connect_timeout: 5, onnotice: () => {} })
    try {
      return [...(await client.unsafe<Row[]>(text))]
    } finally {
      await client.end({ timeout: 1 })
    }
  }
  const until = async (what: string, holds: () => Promise<boolean>) => {
    for (const from = Date.now(); !(await holds().catch(() => false)); await delay(100))
      if (Date.now() - from > PATIENCE_MS) throw new Error(`${name} ${what}: no; its log says ${readFileSync(log, 'utf8').slice(-2000)}`)
  }
  return {
    ...{ name, port, url, data, ask },
    async start() {
      const out = openSync(log, 'a')
      const args = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
      running = spawn(postgresBinaries(user).postgres, ['-D', data, ...args], { cwd: data, ...user, stdio: ['ignore', out, out] })
      closeSync(out)
      // Should this process be killed, nobody would end it: a shell waits for that.
      spawn('sh', ['-c', 'cat >/dev/null; grep -q postgres "/proc/$0/comm" && kill -QUIT "$0"', String(running.pid)], {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      }).unref()
      const maintenance = `postgres://${USER}@127.0.0.1:${port}/postgres`
      await until('answers', async () => {
        const client = postgres(maintenance, { max: 1, fetch_types: false, connect_timeout: 2, onnotice: () => {} })
        try {
          return (await client`select 1`).length > 0
        } finally {
          await client.end({ timeout: 0 })
        }
      })
    },
    async end(signal) {
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const gone = once(running, 'exit')
      running.kill(signal)
      await gone
    },
    async promote() {
      await ask('select pg_promote(true, 30)')
      await until('takes writes', async () => (await ask<{ over: boolean }>('select not pg_is_in_recovery() as over'))[0]?.over === true)
    },
  }
}

/** A folder that the server's user may enter. */
export function openFolder(folder: string): string {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  return folder
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('A server on a port has a port')
  return address.port
}
