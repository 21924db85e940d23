import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createHttp } from '#connectors/http'
import { db } from '#db/client'
import { beat, fallSilent } from '#db/heartbeats'
import { declareSources, listSources, sourceById } from '#db/sources'
import packageFile from '../package.json' with { type: 'json' }
import { configuration } from './config.ts'
import { log } from './log.ts'
import { startSchedule } from './schedule.ts'
import { healthOf } from './source-health.ts'
import { parseSourcesFile } from './sources-file.ts'

const BEAT_MS = 5_000
/** Of the seven seconds that main gives its children, some are for what comes after the jobs. */
const GRACE_SECONDS = 5

/** The worker process: declares the sources of the file, reads them, and gives signs of life. */
async function work(): Promise<void> {
  const config = configuration()
  const id = randomUUID()
  const startedAt = new Date()
  await readSourcesFile(config.SOURCES)
  await beat(id, 'worker', startedAt, startedAt)
  const beating = setInterval(() => {
    beat(id, 'worker', startedAt, new Date()).catch((error: unknown) => log.warn({ err: error }, 'no sign of life could be written'))
  }, BEAT_MS)

  const contact = config.CONTACT ? `; contact ${config.CONTACT}` : ''
  const http = createHttp({
    userAgent: `Backplane/${packageFile.version} (read-only timeline of HPC community channels${contact})`,
    trustedHosts: config.TRUSTED_HOSTS,
  })
  const schedule = await startSchedule(config.DATABASE_URL ?? '', { http, changed: tellState })
  for (const source of await listSources({ role: 'owner' })) if (!source.pausedAt) tell(source.name, healthOf(source, new Date()).words)

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    clearInterval(beating)
    await schedule.stop(GRACE_SECONDS)
    await fallSilent(id, new Date())
    await db().$client.end({ timeout: 1 })
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // The parent was killed: nobody would stop this process any more, and nobody needs it.
  process.on('disconnect', stop)
}

/** Brings the table of sources into line with the file, and says what is wrong with it. */
async function readSourcesFile(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) {
    log.error(`${file} cannot be read: no source is declared`)
    tell(file, 'cannot be read: no source is declared')
    return
  }
  const { sources, problems } = parseSourcesFile(text)
  for (const { line, reason } of problems) tell(`${file}:${line}`, reason)
  for (const { line, reason } of problems) log.warn({ file, line }, reason)
  await declareSources(sources, new Date())
}

async function tellState(sourceId: number): Promise<void> {
  const source = await sourceById(sourceId)
  if (source) tell(source.name, healthOf(source, new Date()).words)
}

/** To the parent, who says it to people. */
function tell(source: string, state: string): void {
  if (process.connected) process.send?.({ source, state })
}

await work()
