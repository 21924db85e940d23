import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connect } from '#db/client'
import { migrate } from '#db/migrate'
import { eventually } from '#tests/support/eventually'
import { newPrimary, openFolder, type Server } from '#tests/support/postgres-servers'
import { temporaryFolder } from '#tests/support/program'

/** The real worker, begun while its database is away. */
vi.setConfig({ testTimeout: 90_000 })

const folder = temporaryFolder()
const running: ChildProcess[] = []
let server: Server

beforeAll(async () => {
  server = await newPrimary(openFolder(join(folder, 'postgres')), 'primary')
  const database = connect(server.url, { max: 2 })
  await migrate(database)
  await database.$client.end()
  await server.end('SIGINT')
  writeFileSync(join(folder, 'sources.yaml'), '# None\n')
}, 120_000)

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await server?.end('SIGQUIT')
  rmSync(folder, { recursive: true, force: true })
})

/** Starts it; `lines` is what it has logged so far, `exit` how it ended. */
function startWorker() {
  const child = fork(join(import.meta.dirname, '../../lib/worker.ts'), {
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'info', DATABASE_URL: server.url },
      ...{ DATA_DIR: join(folder, 'data'), SOURCES: join(folder, 'sources.yaml'), MODE: 'personal' },
    },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  running.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said += chunk
    })
  return { child, lines: () => said.split('\n').filter(Boolean), exit: once(child, 'exit') }
}

const alive = () => server.ask<{ id: string }>("select id from heartbeats where role = 'worker' and stopped_at is null")

test('it says so in one line, works as soon as the database is there, and was not started anew for that', async () => {
  const { child, lines, exit } = startWorker()
  await eventually(() => expect(lines()).toHaveLength(1))
  expect(lines()[0]).toContain('Waiting for the database at')
  // Until it has tried again several times.
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(lines()).toHaveLength(1)
  await server.start()
  await eventually(async () => expect(await alive()).toHaveLength(1))
  expect(child.exitCode).toBeNull()
  expect(lines().filter((line) => /Error|at .*\.ts:\d+/.test(line))).toEqual([])
  await eventually(async () => expect(await server.ask("select 1 from pgboss.queue where name = 'poll'")).toHaveLength(1))
  child.kill('SIGTERM')
  await exit
  await server.end('SIGINT')
})

test.each(['SIGTERM', 'disconnect'] as const)('%s ends it at once while it waits', async (how) => {
  const { child, lines, exit } = startWorker()
  await eventually(() => expect(lines()).toHaveLength(1))
  const asked = performance.now()
  if (how === 'SIGTERM') child.kill('SIGTERM')
  else child.disconnect()
  expect(await exit).toEqual([0, null])
  expect(performance.now() - asked).toBeLessThan(5000)
})
