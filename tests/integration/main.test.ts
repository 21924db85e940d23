import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import postgres from 'postgres'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import {
  type Environment,
  type Program,
  smallDisk,
  spawnProgram,
  startProgram,
  temporaryFolder,
  WEB,
  WORKER,
  withStandIns,
} from '../support/program.ts'

// Whole programs start and stop here, beside other tests, on machines with few cores.
vi.setConfig({ testTimeout: 90_000 })

// Web and worker are stand-ins here: what is tested is who starts and stops them.
const root = withStandIns()
const running: Pick<Program, 'stop' | 'kill'>[] = []
const folders: string[] = [root]

afterEach(async () => {
  for (const program of running.splice(0)) await program.stop()
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function start(env: Environment = {}, from = root): Promise<Program> {
  const program = await startProgram({ root: from, env: { ...env, DATA_DIR: env.DATA_DIR ?? folder() } })
  running.push(program)
  return program
}

function folder(): string {
  const made = temporaryFolder()
  folders.push(made)
  return made
}

async function pidsOf({ address, dataDir, said }: Program) {
  const web = Number(await (await fetch(address)).text())
  const worker = Number((await said(/^ {2}worker: /)).replace(/\D/g, ''))
  return { web, worker, postgres: Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10) }
}

/** A process that is dead, though perhaps not yet collected by its new parent, counts as gone. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await wait(20)
}

test('the address is printed once, with a key that only its owner can read and that stays the same', async () => {
  const first = await start()
  expect(first.lines.filter((line) => line.includes('?key='))).toHaveLength(1)
  expect(first.key).toBe(readFileSync(join(first.dataDir, 'owner-key'), 'utf8').trim())
  for (const secret of ['owner-key', 'database-url']) expect(statSync(join(first.dataDir, secret)).mode & 0o777).toBe(0o600)
  await first.stop()

  const second = await start({ DATA_DIR: first.dataDir })
  expect(second.key).toBe(first.key)
  expect(second.lines.join()).not.toMatch(/Creating|Preparing/)
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s stops everything and leaves no orphan', async (signal) => {
  const program = await start()
  const pids = await pidsOf(program)
  process.kill(program.pid, signal)
  expect(await program.stop()).toBe(0)
  for (const pid of Object.values(pids)) expect(isAlive(pid)).toBe(false)
})

test('children that ignore SIGTERM are gone within 10 s', async () => {
  const deaf = withStandIns({
    'web.ts': WEB.replace("process.on('SIGTERM', () => process.exit(0))", "process.on('SIGTERM', () => {})"),
    'worker.ts': WORKER.replace("process.on('SIGTERM', () => process.exit(0))", "process.on('SIGTERM', () => {})"),
  })
  folders.push(deaf)
  const program = await start({}, deaf)
  const pids = await pidsOf(program)
  const startedAt = Date.now()
  expect(await program.stop()).toBe(0)
  expect(Date.now() - startedAt).toBeLessThan(10_000)
  for (const pid of Object.values(pids)) expect(isAlive(pid)).toBe(false)
})

test.each(['web', 'worker', 'postgres'] as const)('when the %s is killed it comes back by itself', async (which) => {
  const program = await start()
  const pids = await pidsOf(program)
  program.lines.length = 0
  process.kill(pids[which], 'SIGKILL')
  await program.said(/(web|worker|database) stopped/)
  if (which === 'worker') await until(async () => (await pidsOf(program)).worker !== pids.worker)
  if (which === 'web') await program.said(/^Backplane runs at /)
  if (which === 'postgres') {
    const sql = postgres(readFileSync(join(program.dataDir, 'database-url'), 'utf8').trim(), { onnotice: () => {} })
    await until(() => sql`select 1`.then(() => true).catch(() => false))
    await sql.end()
  }
})

test('after kill -9 of the program its parts go too, and the next start takes its database over', async () => {
  const program = await start()
  const pids = await pidsOf(program)
  await program.kill()
  running.length = 0
  await until(() => !isAlive(pids.web) && !isAlive(pids.worker))
  expect(isAlive(pids.postgres)).toBe(true)

  const next = await start({ DATA_DIR: program.dataDir })
  expect((await pidsOf(next)).postgres).toBe(pids.postgres)
  await next.stop()
  expect(isAlive(pids.postgres)).toBe(false)
})

test('after kill -9 of everything at once the next start is clean', async () => {
  const program = await start()
  const pids = await pidsOf(program)
  for (const pid of [program.pid, ...Object.values(pids)]) process.kill(pid, 'SIGKILL')
  running.length = 0
  const next = await start({ DATA_DIR: program.dataDir })
  expect(next.lines.join('\n')).not.toMatch(/stopped|error/i)
})

test('a second program on the same data folder says so and ends, and the first goes on', async () => {
  const first = await start()
  const second = spawnProgram({ root, env: { DATA_DIR: first.dataDir } })
  expect(await second.exited).toBe(1)
  expect(second.lines.join('\n')).toBe(
    `Backplane is already running on ${first.dataDir}: stop that one, or set DATA_DIR to another folder.`,
  )
  expect((await fetch(first.address)).status).toBe(200)
})

test('two programs that start at once on a new data folder: one runs, the other says so', async () => {
  const env = { DATA_DIR: folder() }
  const both = [spawnProgram({ root, env }), spawnProgram({ root, env })]
  const ends = await Promise.race(both.map(async (program, index) => ({ index, code: await program.exited })))
  expect(ends.code).toBe(1)
  expect(both[ends.index]?.lines.at(-1)).toMatch(/^Backplane is already running on /)
  const winner = both[1 - ends.index]
  if (winner) running.push(winner)
  await winner?.said(/^Backplane runs at /)
})

test('a port in use is said in a sentence, and nothing stays behind', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : 0
  const env = { DATA_DIR: folder(), PORT: String(port) }
  const program = spawnProgram({ root, env })
  expect(await program.exited).toBe(1)
  expect(program.lines).toContain(`PORT=${port} is in use by another program`)
  expect(program.lines.join('\n')).not.toMatch(/runs at|Error|\n\s+at /)
  expect(readdirSync(join(env.DATA_DIR, 'postgres'))).not.toContain('postmaster.pid')
  other.close()
})

test('the port that the database had may be taken by another program: it takes a new one', async () => {
  const first = await start()
  const urlFile = join(first.dataDir, 'database-url')
  const { port } = new URL(readFileSync(urlFile, 'utf8').trim())
  await first.stop()
  // Who accepts and hangs up is the worst kind: a client could try for ever.
  const squatter = createTcpServer((socket) => socket.resume().end()).listen(Number(port), '127.0.0.1')
  // As a killed database leaves it when its number went to another process since.
  writeFileSync(join(first.dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n`)
  await once(squatter, 'listening')
  await start({ DATA_DIR: first.dataDir })
  expect(new URL(readFileSync(urlFile, 'utf8').trim()).port).not.toBe(port)
  squatter.close()
})

test('a disk that fills up is said once, and the program ends instead of trying again and again', async () => {
  const disk = smallDisk(120)
  // Not everybody may mount one: then there is nothing to try it on.
  if (!disk) return
  const program = spawnProgram({ root, env: { DATA_DIR: join(disk.place, 'data') } })
  await program.said(/^Backplane runs at /)
  const pid = Number.parseInt(readFileSync(join(program.dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
  const full = () => writeFileSync(join(disk.place, 'filler'), Buffer.alloc(2 ** 27))
  expect(full).toThrow(/ENOSPC/)
  process.kill(pid, 'SIGKILL')
  expect(await program.exited).toBe(1)
  expect(program.lines.filter((line) => line.includes('disk'))).toEqual([
    `The disk of ${program.dataDir} is full: make room and start again. Nothing that was saved is lost.`,
  ])
  disk.remove()
})

test('a wrong setting is named with what is allowed, before anything starts', async () => {
  const program = spawnProgram({ root, env: { DATA_DIR: folder(), PORT: 'many', MODE: 'secret' } })
  expect(await program.exited).toBe(1)
  expect(program.lines).toEqual([
    'PORT=many is wrong: it must be a port number.',
    'MODE=secret is wrong: it must be personal or community.',
  ])
})

test('ROLE=worker and ROLE=web run one part alone on one database', async () => {
  const whole = await start()
  const DATABASE_URL = readFileSync(join(whole.dataDir, 'database-url'), 'utf8').trim()
  const web = await start({ ROLE: 'web', DATABASE_URL })
  const worker = spawnProgram({ root, env: { ROLE: 'worker', DATABASE_URL, DATA_DIR: folder() } })
  running.push(worker)
  await worker.said(/^ {2}worker: /)
  expect(web.lines.join()).not.toMatch(/worker/)
  expect(worker.lines.join()).not.toMatch(/runs at/)

  const alone = spawnProgram({ root, env: { ROLE: 'web', DATA_DIR: folder() } })
  expect(await alone.exited).toBe(1)
  expect(alone.lines).toEqual(['ROLE=web runs one part alone, beside others on the same database: set DATABASE_URL.'])
})

test('a database elsewhere that does not answer is waited for, and its password is not printed', async () => {
  const env = { DATA_DIR: folder(), DATABASE_URL: 'postgres://someone:secret@127.0.0.1:9/none' }
  const program = spawnProgram({ root, env })
  running.push(program)
  // It may be starting: the program waits a while, and can be stopped meanwhile.
  expect(await program.said(/database/)).toBe('Waiting for the database at 127.0.0.1:9 …')
  expect(await program.stop()).toBe(0)
  expect(program.lines.join()).not.toMatch(/secret/)
})

/** A later version of the program, which changes the database so. */
function withMigration(statement: string): string {
  const newer = withStandIns()
  folders.push(newer)
  const journal = join(newer, 'db/migrations/meta/_journal.json')
  const { entries, ...others } = JSON.parse(readFileSync(journal, 'utf8'))
  entries.push({ idx: entries.length, version: '7', when: 4_000_000_000_000, tag: '9999_made-up', breakpoints: true })
  writeFileSync(journal, JSON.stringify({ ...others, entries }))
  writeFileSync(join(newer, 'db/migrations/9999_made-up.sql'), statement)
  return newer
}

test('a new version that changes the database makes a backup first, and only then', async () => {
  const old = await start()
  expect(readdirSync(old.dataDir)).not.toContain('backups')
  await old.stop()

  const newer = withMigration('alter table posts add column made_up text')
  const updated = await start({ DATA_DIR: old.dataDir }, newer)
  const [backup = ''] = readdirSync(join(old.dataDir, 'backups'))
  expect(updated.lines[0]).toBe(`Changing the database for this version; a backup is ${join(old.dataDir, 'backups', backup)} …`)
  const kept = gunzipSync(readFileSync(join(old.dataDir, 'backups', backup))).toString()
  expect(kept).toMatch(/^COPY public\.posts \(/m)
  expect(kept).not.toMatch(/made_up/)
  await updated.stop()

  const again = await start({ DATA_DIR: old.dataDir }, newer)
  expect(readdirSync(join(again.dataDir, 'backups'))).toEqual([backup])
})

test('a change of the database that fails is said with where the backup is, and leaves everything as it was', async () => {
  const old = await start()
  await old.stop()
  const broken = withMigration('create table begun (one int);--> statement-breakpoint\nalter table nothing add column made_up text')
  const failed = spawnProgram({ root: broken, env: { DATA_DIR: old.dataDir } })
  expect(await failed.exited).toBe(1)
  expect(failed.lines.at(-1)).toMatch(
    /^The database could not be changed for this version \(relation "nothing" does not exist\): it is as it was, and a backup is .*\.sql\.gz\.$/,
  )
  expect(failed.lines).toHaveLength(2)
  const again = await start({ DATA_DIR: old.dataDir })
  expect(again.lines[0]).toMatch(/^Backplane runs at /)
})
