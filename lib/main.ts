import { watch } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { ConfigError, configuration } from './config.ts'
import { type Kept, keepRunning } from './keep-running.ts'
import { type Postgres, PostgresError, startPostgres } from './postgres/postgres.ts'
import { bringUpToDate } from './postgres/up-to-date.ts'
import { ownerKey } from './server/owner-key.ts'
import { stopWithNpm } from './stop-with-npm.ts'
import { WORKER_OPTIONS } from './worker-options.ts'

// What people start. It prints for people; the web and the worker log for machines. Of its children it expects:
// - web (`lib/web.ts`, NODE_ENV says whether for development) sends `{ ready: true, port }` when it listens, and ends
//   with GIVEN_UP after a sentence on standard error when it cannot, a port in use included;
// - the worker (`lib/worker.ts`, or `lib/demo/demo.ts` when DEMO is set) sends `{ source, state }` when there is news;
// - both end within 7 s of SIGTERM, and by themselves when their channel to this process closes: it was killed.
// They find the database through DATABASE_URL in their environment.

/** All of it stops within 10 s: the children get this long, the database what is left. */
const CHILDREN_MS = 7500
const STOP_MS = 9700
/** The first page in development is compiled when it is asked for. */
const FIRST_PAGE_MS = 60_000
/** The first takes 240 ms or more, those after these 20 (measured): no person should be the first. */
const WARM_UP_PAGES = 4

/** 70 MB are in use (measured under load); with the room of a large machine, garbage would be let lie up to some 400. */
const WEB_OPTIONS = ['--max-old-space-size=320']

const Ready = z.object({ ready: z.literal(true), port: z.number() })
const News = z.object({ source: z.string(), state: z.string() })

const development = process.argv[2] === 'dev'
// Made-up posts go to a database of their own, whatever else is set up here.
if (process.argv[2] === 'demo' || process.env.DEMO)
  Object.assign(process.env, { DEMO: '1', DATABASE_URL: '', DATABASE_URL_FILE: '', DATA_DIR: process.env.DATA_DIR || '.data/demo' })
const kept: Kept[] = []
const stopSignal = new AbortController()
let database: Promise<Postgres> | null = null
let stopping = false

const say = (sentence: string) => {
  if (!stopping) console.log(sentence)
}

process.on('SIGTERM', () => stop(0)).on('SIGINT', () => stop(0))
// The terminal was closed; the launcher was killed.
process.on('SIGHUP', () => stop(0)).on('disconnect', () => stop(0))
process.stdout.on('error', () => {})
process.on('uncaughtException', giveUp)
stopWithNpm()

await run().catch(giveUp)

async function run(): Promise<void> {
  const config = configuration()
  if (config.ROLE && !config.DATABASE_URL)
    throw new ConfigError(`ROLE=${config.ROLE} runs one part alone, beside others on the same database: set DATABASE_URL.`)
  const url = config.DATABASE_URL ?? (await ownDatabase(config.DATA_DIR))
  // Whoever migrates holds a lock for longer than a transaction, which PgBouncer would not.
  await bringUpToDate(config.DATABASE_DIRECT_URL ?? url, config.DATA_DIR, { say, signal: stopSignal.signal })
  if (stopping) return

  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: development ? 'development' : 'production',
    DATABASE_URL: url,
    // At a terminal a person reads what is said here: the log is for when something breaks.
    LOG_LEVEL: process.env.LOG_LEVEL || (process.stderr.isTTY ? 'error' : 'info'),
  }
  if (config.ROLE !== 'worker')
    kept.push(keepRunning('web', here('web.ts'), { ...care(), env, nodeOptions: development ? [] : WEB_OPTIONS, told: greet }))
  if (config.ROLE !== 'web') {
    const entry = here(process.env.DEMO ? 'demo/demo.ts' : 'worker.ts')
    const worker = keepRunning('worker', entry, { ...care(), env, nodeOptions: WORKER_OPTIONS, told: tellNews })
    kept.push(worker)
    if (development) restartOnChange(worker)
  }
  if (database) keepDatabase(config.DATA_DIR, env).catch(giveUp)
}

function here(file: string): string {
  return join(import.meta.dirname, file)
}

function care() {
  return { say, gaveUp: () => stop(1) }
}

async function ownDatabase(dataDir: string): Promise<string> {
  database = startPostgres(dataDir, { say, signal: stopSignal.signal })
  return (await database).url
}

/** Starts the database again when it went away; the children find it by themselves where it was. */
async function keepDatabase(dataDir: string, env: NodeJS.ProcessEnv): Promise<void> {
  while (database) {
    await (await database).gone
    if (stopping) return
    say('The database stopped; it starts again.')
    const url = await ownDatabase(dataDir)
    if (url !== env.DATABASE_URL) for (const child of kept) child.restart({ ...env, DATABASE_URL: url })
  }
}

let greeted = 0

/** The one line that a person waits for, once there is a page behind it. */
async function greet(message: unknown): Promise<void> {
  const { data: ready } = Ready.safeParse(message)
  if (!ready || ready.port === greeted) return
  const { HOST, MODE, PUBLIC_URL, DATA_DIR } = configuration()
  const host = HOST === '0.0.0.0' ? '127.0.0.1' : HOST === '::' ? '[::1]' : HOST.includes(':') ? `[${HOST}]` : HOST
  const address = `http://${host}:${ready.port}/`
  try {
    for (let page = 0; page < (development ? 1 : WARM_UP_PAGES); page++)
      await (await fetch(address, { signal: AbortSignal.timeout(FIRST_PAGE_MS) })).arrayBuffer()
  } catch {
    // It went down in between, is said to have done so, and greets again.
    return
  }
  greeted = ready.port
  say(MODE === 'personal' ? `Backplane runs at ${address}?key=${ownerKey(DATA_DIR)}` : `Backplane runs at ${PUBLIC_URL ?? address}`)
  early?.forEach(say)
  early = null
}

const lastNews = new Map<string, string>()

/** News of sources that came before the address was said, which stands first. Without a web process nobody waits for one. */
let early: string[] | null = process.env.ROLE === 'worker' ? null : []

function tellNews(message: unknown): void {
  const { data: news } = News.safeParse(message)
  // What stands after a semicolon, such as when it is asked again, is other every time and no news.
  const gist = news?.state.split(';')[0]
  if (!news || gist === undefined || lastNews.get(news.source) === gist) return
  lastNews.set(news.source, gist)
  const line = `  ${news.source}: ${news.state}`
  if (early) early.push(line)
  else say(line)
}

function restartOnChange(worker: Kept): void {
  let due: NodeJS.Timeout | undefined
  const changed = (_: string, file: string | null) => {
    if (!file || !/\.(ts|yaml|json)$/.test(file)) return
    clearTimeout(due)
    // Editors write in several steps.
    due = setTimeout(() => {
      say(`${basename(file)} changed: the worker starts again.`)
      worker.restart()
    }, 200)
  }
  for (const folder of ['lib', 'connectors', 'db']) watch(join(here('..'), folder), { recursive: true }, changed)
  watch(here('..'), changed)
}

/** Says why, in a sentence where it is one that a person can act on, and stops what runs. */
function giveUp(error: unknown): void {
  if (stopping) return
  console.error(error instanceof ConfigError || error instanceof PostgresError ? error.message : error)
  stop(1)
}

/** In reverse: worker and web, then the database. A second request while it stops changes nothing. */
async function stop(code: number): Promise<void> {
  if (stopping) return
  const until = Date.now() + STOP_MS
  if (code === 0) say('Stopping …')
  stopping = true
  stopSignal.abort()
  await Promise.all(kept.toReversed().map((child) => child.stop(CHILDREN_MS)))
  const server = await database?.catch(() => null)
  await server?.stop(until - Date.now())
  process.exit(code)
}
