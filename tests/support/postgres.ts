import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect } from '#db/client'
import { migrate } from '#db/migrate'
import { startPostgres } from '#lib/postgres/postgres'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server's own database, from which others are made and dropped. */
    postgresUrl: string
  }
}

/** The migrated, empty database that each test file gets a copy of. */
export const TEMPLATE = 'backplane_template'

/** Vitest's global setup: one real Postgres for the run, forgetful on purpose, in a folder of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-test-'))
  // mkdtemp lets nobody else in; when root runs the tests, Postgres runs as another user.
  chmodSync(folder, 0o755)
  const server = await startPostgres(folder, { durable: false })
  endWithThisProcess(folder)

  const maintenance = connect(server.url, { max: 1 })
  await maintenance.$client.unsafe(`create database ${TEMPLATE}`)
  await maintenance.$client.end()
  const template = connect(server.url.replace(/[^/]*$/, TEMPLATE), { max: 2 })
  await migrate(template)
  await template.$client.end()

  project.provide('postgresUrl', server.url)
  return async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A run that is killed cannot clean up after itself: a shell waits for the end of this process, however it comes. */
function endWithThisProcess(folder: string): void {
  const script = 'cat; pid=$(head -n 1 "$0/postgres/postmaster.pid") && kill -QUIT "$pid"; rm -rf "$0"'
  spawn('sh', ['-c', script, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true }).unref()
}
