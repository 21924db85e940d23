import { readFile } from 'node:fs/promises'
import { createHttp } from '#connectors/http'
import { sharedNow } from '#db/clock'
import { listSources, sourceById } from '#db/sources'
import { startSchedule } from './collecting/schedule.ts'
import { shortLinks } from './collecting/short-links.ts'
import { userAgentOf } from './collecting/user-agent.ts'
import { runWorker, tell, tellStateOf } from './collecting/worker-process.ts'
import { configuration } from './config.ts'
import { takeOver } from './consent/leave-out.ts'
import { log } from './log.ts'
import { keepJournal } from './postgres/deletions-journal.ts'
import { parseSourcesFile } from './sources/sources-file.ts'

/** Of the seven seconds that main gives its children, some are for what comes after the jobs. */
const GRACE_SECONDS = 5

/** The worker process: declares the sources of the file, reads them until it is told to stop. */
async function work(): Promise<() => Promise<void>> {
  const config = configuration()
  await readSourcesFile(config.SOURCES)

  const http = createHttp({ userAgent: userAgentOf(config), trustedHosts: config.TRUSTED_HOSTS })
  const schedule = await startSchedule(config.DATABASE_URL ?? '', { http, links: shortLinks(http), changed: tellState })
  for (const source of await listSources({ role: 'owner' })) if (!source.pausedAt) tellStateOf(source)
  const endJournal = keepJournal(config.DATA_DIR)
  return async () => {
    await schedule.stop(GRACE_SECONDS)
    await endJournal()
  }
}

/** Brings the table of sources into line with the file, and says what is wrong with it. */
async function readSourcesFile(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) {
    log.error(`${file} cannot be read: the sources of the last start are read`)
    tell(file, 'cannot be read: what was declared at the last start is read, if anything')
    return
  }
  const { sources, problems } = parseSourcesFile(text)
  for (const { line, reason } of problems) tell(`${file}:${line}`, reason)
  for (const { line, reason } of problems) log.warn({ file, line }, reason)
  await takeOver(sources, sharedNow())
}

async function tellState(sourceId: number): Promise<void> {
  const source = await sourceById(sourceId)
  if (source) tellStateOf(source)
}

await runWorker(work)
