import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { keptSecret } from '../kept-secret.ts'
import { networkFileSystem } from './network-file-system.ts'
import { type Binaries, postgresBinaries } from './postgres-binaries.ts'
import { postgresUser, reachable, type User } from './postgres-user.ts'

// Over 150 lines, because the life of one server is told here from its creation to its end.

/** Any number will do: whoever holds this advisory lock is the program that runs on this data folder. */
const PROGRAM_LOCK = 7_241_123
/** After a crash the killed server's children need a moment to let go of its memory. */
const RETRY_MS = 10_000
/** A server that says nothing for so long will not start. */
const SILENCE_MS = 60_000
/** For a server on this machine to say anything, however busy. */
const ANSWER_MS = 5_000
/** One WAL segment is 16 MB; below this Postgres stops in the middle of something. */
const NEEDED_BYTES = 48 * 2 ** 20
/** Messages in English, which are looked into below, and none of this program's secrets. */
const PLAIN: NodeJS.ProcessEnv = { LC_ALL: 'C', NODE_ENV: 'production' }

/** Why the database cannot be had, as a sentence to the owner; trying again would not help. */
export class PostgresError extends Error {}

export type Postgres = {
  /** With its password: for environments, never for a command line or a log. */
  url: string
  /** A server that a killed program had left running was taken over. */
  reused: boolean
  /** Resolves when the server went away without being asked to. */
  gone: Promise<void>
  /** Ends the server, at the latest after so long (5 s when not said). */
  stop(withinMs?: number): Promise<void>
}

type Options = {
  /** false: for tests; a power cut may lose everything. */
  durable?: boolean
  /** Told in a sentence what takes long. */
  say?: (sentence: string) => void
  /** Gives the start up: what was started is ended, and the call throws. */
  signal?: AbortSignal
}

type Home = { data: string; log: string; urlFile: string; user: User | null; binaries: Binaries }

/**
 * This program's own Postgres, with its data in `dataDir/postgres`, on loopback only, created at the first call. A server
 * that a killed program left behind is used again. Throws PostgresError with a sentence for the owner.
 */
export async function startPostgres(dataDir: string, { durable = true, say = () => {}, signal }: Options = {}): Promise<Postgres> {
  const home = openHome(dataDir)
  let url = await urlOf(home)
  if (!existsSync(home.data)) {
    say('Creating the database …')
    createData(home, url, durable)
  }

  let server: { process: ChildProcess; logFrom: number } | null = null
  let retryUntil: number | null = null
  let silentSince = Date.now()
  let wasRunning = true
  for (;;) {
    if (signal?.aborted) {
      server?.process.kill('SIGQUIT')
      throw new PostgresError('The database was asked to stop before it had started.')
    }
    const state = stateOf(home)
    const held = state === 'ready' ? await hold(url, dataDir) : state
    if (typeof held === 'object') return { url, reused: wasRunning, gone: held.gone, stop: (withinMs = 5000) => stop(home, held, withinMs) }
    if (held === 'starting') {
      if (Date.now() - silentSince > 5_000) say('The database is recovering from a crash …')
      silentSince = Date.now()
    } else if (!server && runningServer(home)) {
      // It stops, or hangs: wait for one or the other.
      retryUntil ??= Date.now() + RETRY_MS
      if (Date.now() > retryUntil) throw new PostgresError(`A Postgres runs on ${home.data} and does not answer; its log is ${home.log}.`)
    } else if (!server) {
      wasRunning = false
      // Postgres itself would take any process of this number for a server, and deals with a dead one's.
      if (pidInFile(home) !== null) rmSync(pidFile(home), { force: true })
      server = launch(home, url, durable)
    } else if (server.process.exitCode !== null || server.process.signalCode !== null) {
      retryUntil ??= Date.now() + RETRY_MS
      if (reasonOf(home, server.logFrom, Date.now() > retryUntil) === 'port') url = await urlOf(home, true)
      server = null
    } else if (Date.now() - silentSince > SILENCE_MS) {
      throw new PostgresError(`The database does not answer; its log is ${home.log}.`)
    }
    await wait(server ? 20 : 200)
  }
}

/** Refuses what no server could run on. */
function openHome(dataDir: string): Home {
  mkdirSync(dataDir, { recursive: true })
  const data = join(dataDir, 'postgres')
  const network = networkFileSystem(dataDir)
  if (network)
    throw new PostgresError(
      `${dataDir} is on a network file system (${network}), where a database is not safe: set DATA_DIR to a folder on a disk of this machine.`,
    )
  const uid = process.getuid?.()
  const owner = existsSync(data) ? statSync(data).uid : uid
  if (uid !== 0 && owner !== uid)
    throw new PostgresError(
      `${data} belongs to another user (uid ${owner}): start as root or that user, or set DATA_DIR to a folder of yours.`,
    )
  try {
    accessSync(dataDir, constants.W_OK)
  } catch {
    throw new PostgresError(`${dataDir} cannot be written by this user: set DATA_DIR to a folder of yours.`)
  }
  if (statfsSync(dataDir).bavail * statfsSync(dataDir).bsize < NEEDED_BYTES) throw diskFull(dataDir)

  const user = postgresUser(data)
  const binaries = postgresBinaries(user)
  const versionFile = join(data, 'PG_VERSION')
  if (existsSync(versionFile)) {
    const major = Number.parseInt(readFileSync(versionFile, 'utf8'), 10)
    if (major !== binaries.major)
      throw new PostgresError(
        `${data} was made by Postgres ${major}, and this program brings Postgres ${binaries.major}: start the version of Backplane that made it, or set DATA_DIR to a new folder.`,
      )
  }
  return { data, log: join(dataDir, 'postgres.log'), urlFile: join(dataDir, 'database-url'), user, binaries }
}

function diskFull(folder: string): PostgresError {
  return new PostgresError(`The disk of ${folder} is full: make room and start again. Nothing that was saved is lost.`)
}

/** The address with port and password, kept beside the data, so that its owner can also use it by hand. */
async function urlOf({ urlFile }: Home, newPort = false): Promise<string> {
  const port = await freePort()
  const kept = keptSecret(urlFile, () => `postgres://backplane:${randomBytes(24).toString('base64url')}@127.0.0.1:${port}/backplane`)
  if (!newPort) return kept
  const url = new URL(kept)
  url.port = String(port)
  writeFileSync(`${urlFile}.new`, `${url}\n`, { mode: 0o600 })
  renameSync(`${urlFile}.new`, urlFile)
  return url.href
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('A server on a port has a port')
  return address.port
}

/** Made aside and moved into place when whole, so that a killed start leaves nothing half made. */
function createData({ data, user, binaries }: Home, url: string, durable: boolean): void {
  const draft = `${data}.new-${process.pid}`
  for (const left of readdirSync(join(data, '..'))) {
    const pid = /^postgres\.new-(\d+)/.exec(left)?.[1]
    if (pid && (Number(pid) === process.pid || !alive(Number(pid)))) rmSync(join(data, '..', left), { recursive: true })
  }
  mkdirSync(draft, { mode: 0o700 })
  const passwordFile = `${draft}.password`
  writeFileSync(passwordFile, decodeURIComponent(new URL(url).password), { mode: 0o600 })
  if (user) for (const path of [draft, passwordFile]) chownSync(path, user.uid, user.gid)
  const password = openSync(passwordFile, 'r')
  const made = spawnSync(
    binaries.initdb,
    [
      ...['-D', pathFor(draft, user), '--username', 'backplane', '--auth', 'scram-sha-256', '--pwfile', '/dev/fd/3', '--encoding', 'UTF8'],
      // The same order and the same letters on every machine, and no index that a system update breaks.
      ...['--no-locale', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', ...(durable ? [] : ['--no-sync'])],
    ],
    { cwd: draft, env: PLAIN, ...user, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', password] },
  )
  closeSync(password)
  rmSync(passwordFile)
  if (made.status !== 0) {
    rmSync(draft, { recursive: true })
    if (/No space left/.test(made.stderr)) throw diskFull(data)
    throw new PostgresError(`The database could not be created: ${made.error?.message ?? made.stderr.trim().split('\n').at(-1)}`)
  }
  try {
    renameSync(draft, data)
  } catch (error) {
    rmSync(draft, { recursive: true })
    // Another program was faster; the lock decides who goes on.
    if (!existsSync(data)) throw error
  }
}

/**
 * What Postgres is told its folder is. Under a parent that is closed to its user (a checkout under /root) a path leads
 * nowhere, but the folder it was started in does: Linux enters it before it changes the user.
 */
function pathFor(folder: string, user: User | null): string {
  return user && !reachable(folder, user) ? '/proc/self/cwd' : folder
}

function launch({ data, log, user, binaries }: Home, url: string, durable: boolean): { process: ChildProcess; logFrom: number } {
  const logFile = openSync(log, existsSync(log) && statSync(log).size < 2 ** 20 ? 'a' : 'w', 0o600)
  const settings = {
    listen_addresses: '127.0.0.1',
    port: new URL(url).port,
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  const server = {
    logFrom: statSync(log).size,
    process: spawn(
      binaries.postgres,
      ['-D', pathFor(data, user), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      // A session of its own: Ctrl-C at the terminal is for the program, which stops the server last. Its log is a file, so
      // that a killed program leaves it with something to write to.
      { cwd: data, env: PLAIN, ...user, detached: true, stdio: ['ignore', logFile, logFile] },
    ),
  }
  server.process.on('error', () => {})
  server.process.unref()
  closeSync(logFile)
  return server
}

/** Why the server ended; throws the sentence when another try would end the same, or when it was the last. */
function reasonOf({ log, data }: Home, logFrom: number, last: boolean): 'port' | 'again' {
  const said = readFileSync(log).subarray(logFrom).toString('utf8')
  if (/No space left on device/.test(said)) throw diskFull(data)
  if (/Address already in use|could not create any TCP\/IP sockets/.test(said)) return 'port'
  if (!last) return 'again'
  const reason = /(?:FATAL|PANIC): {2}(.*)/.exec(said)?.[1]
  throw new PostgresError(`The database does not start${reason ? `: ${reason}` : ''}. Its log is ${log}.`)
}

type Held = { gone: Promise<void>; release(): Promise<void> }

/**
 * Connects and takes the program's lock, which the kernel gives back the moment this process dies, however it dies.
 * `silent`: no server of ours answers; `starting`: it will soon. Throws PostgresError when another program holds the lock.
 */
async function hold(url: string, dataDir: string): Promise<Held | 'silent' | 'starting'> {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const options = { max: 1, max_lifetime: 0, connect_timeout: 5, onnotice: () => {}, connection: { application_name: 'backplane main' } }
  const client = postgres(url, { ...options, onclose: () => resolve() })
  try {
    // A program that was killed this moment may still be letting go.
    for (const patienceMs of [100, 300, 600, 1000, 0]) {
      const [lock] = await Promise.race([client`select pg_try_advisory_lock(${PROGRAM_LOCK}) as held`, noAnswer(ANSWER_MS)])
      if (lock?.held) return { gone, release: () => client.end({ timeout: 1 }) }
      if (patienceMs > 0) await wait(patienceMs)
    }
  } catch (error) {
    await client.end({ timeout: 0 })
    const code = error instanceof Error && 'code' in error ? error.code : null
    // "invalid_catalog_name": the server is new, its database not yet made.
    if (code === '3D000') {
      const maintenance = postgres(url.replace(/[^/]*$/, 'postgres'), options)
      await maintenance`create database backplane`.catch(() => {})
      await maintenance.end()
      return 'starting'
    }
    // "cannot_connect_now" and "admin_shutdown": on its way up, or down.
    return code === '57P03' || code === '57P01' ? 'starting' : 'silent'
  }
  await client.end({ timeout: 0 })
  throw new PostgresError(`Backplane is already running on ${dataDir}: stop that one, or set DATA_DIR to another folder.`)
}

/**
 * Throws after so long. To be raced against a query: postgres.js connects anew for ever to who accepts and hangs up, as
 * another program on the database's port may do.
 */
export async function noAnswer(withinMs: number): Promise<never> {
  await wait(withinMs, null, { ref: false })
  throw Object.assign(new Error('it does not answer'), { code: 'CONNECT_TIMEOUT' })
}

async function stop(home: Home, held: Held, withinMs: number): Promise<void> {
  const pid = runningServer(home)
  await held.release()
  const steps = [
    ['SIGINT', withinMs - 1000],
    // Without a checkpoint: nothing is lost, the next start recovers.
    ['SIGQUIT', 700],
    ['SIGKILL', 300],
  ] as const
  for (const [signal, patienceMs] of steps) {
    const until = Date.now() + patienceMs
    // Its file goes last; without a parent, a dead server may stay a while as a process that nobody has collected.
    if (pid && runningServer(home) === pid) process.kill(pid, signal)
    while (pid && runningServer(home) === pid && Date.now() < until) await wait(10)
  }
}

/** The process id of the server on this data; null when there is none. */
function runningServer(home: Home): number | null {
  const pid = pidInFile(home)
  // After a crash the number may since belong to a stranger, whose name gives it away where /proc tells names.
  return pid !== null && (readIfThere(`/proc/${pid}/comm`) ?? 'postgres').trim() === 'postgres' ? pid : null
}

/** What a running server says of itself in its file: only after it has its port does it say anything. */
function stateOf(home: Home): 'ready' | 'starting' | 'silent' {
  if (!runningServer(home)) return 'silent'
  // The eighth line; the source of Postgres calls it LOCK_FILE_LINE_PM_STATUS.
  const status = readIfThere(pidFile(home))?.split('\n')[7]?.trim()
  return status === 'ready' ? 'ready' : status ? 'starting' : 'silent'
}

/** The living process that is named in the file which a server keeps while it runs. */
function pidInFile(home: Home): number | null {
  const pid = Number.parseInt(readIfThere(pidFile(home)) ?? '', 10)
  return !Number.isNaN(pid) && alive(pid) ? pid : null
}

function pidFile({ data }: Home): string {
  return join(data, 'postmaster.pid')
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    // It may go at any moment: a server that stops takes its own away.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
