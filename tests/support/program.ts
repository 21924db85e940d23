import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '../..')
/** Longer than any start should take, shorter than a test's own limit would be unclear. */
const START_MS = 60_000

export type Program = {
  /** `http://127.0.0.1:<port>/`, without the key. */
  address: string
  key: string
  dataDir: string
  pid: number
  /** What it has printed so far, standard output and error, line by line. */
  lines: string[]
  /** Resolves with the first line, printed already or yet to come, that `pattern` matches. */
  said(pattern: RegExp): Promise<string>
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** What a test sets; the rest is the program's own business. */
export type Environment = { [name: string]: string }

type Options = {
  env?: Environment
  /** Where the program lies: this checkout, or what `withStandIns` made. */
  root?: string
}

/** A new empty folder that every user may enter, as Postgres does under another user when root runs the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-program-'))
  chmodSync(folder, 0o755)
  return folder
}

/** A disk of its own in memory, of so many megabytes; null where this user may not mount one. */
export function smallDisk(megabytes: number): { place: string; remove: () => void } | null {
  const place = temporaryFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', place]).status === 0
  const remove = () => {
    if (mounted) spawnSync('umount', [place])
    rmSync(place, { recursive: true, force: true })
  }
  if (mounted) return { place, remove }
  remove()
  return null
}

/** Starts the real program, as the launcher does, on a free port and a data folder of its own (DATA_DIR in `env` names another); resolves once it can be used. */
export async function startProgram(options: Options = {}): Promise<Program> {
  const program = spawnProgram(options)
  const line = await program.said(/^Backplane runs at /)
  const url = new URL(line.replace('Backplane runs at ', ''))
  return Object.assign(program, { address: `${url.origin}/`, key: url.searchParams.get('key') ?? '' })
}

/** The same without waiting, for a start that is meant to fail: `exited` is its exit code. */
export function spawnProgram({
  env = {},
  root = ROOT,
}: Options = {}): Omit<Program, 'address' | 'key'> & { exited: Promise<number | null> } {
  const dataDir = env.DATA_DIR ?? temporaryFolder()
  const child = spawn(process.execPath, ['--optimize-for-size', join(root, 'lib/main.ts'), 'start'], {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: '0', LOG_LEVEL: 'error', ...env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const { lines, said } = listen(child)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return {
    dataDir,
    pid: child.pid ?? 0,
    lines,
    said,
    exited,
    stop: async () => {
      const code = await end('SIGTERM')
      if (!env.DATA_DIR) rmSync(dataDir, { recursive: true, force: true })
      return code
    },
    kill: async () => {
      await end('SIGKILL')
    },
  }
}

function listen(child: ChildProcess): Pick<Program, 'lines' | 'said'> {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const ended = Promise.withResolvers<void>()
  child.on('close', () => ended.resolve())
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        for (const look of waiting) look()
      })
  const said = (pattern: RegExp) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const fail = (why: string) => reject(new Error(`The program ${why} ${pattern}; it said:\n${lines.join('\n')}`))
    const look = () => {
      const line = lines.find((one) => pattern.test(one))
      if (line !== undefined) resolve(line)
    }
    const late = setTimeout(() => fail('has not said in time'), START_MS)
    ended.promise.then(() => fail('ended before it said'))
    waiting.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(late)
      waiting.delete(look)
    })
  }
  return { lines, said }
}

/** A program whose web and worker are stand-ins, given as source text: for tests of what starts and stops them. Returns its folder. */
export function withStandIns(standIns: { 'web.ts'?: string; 'worker.ts'?: string } = {}): string {
  const root = temporaryFolder()
  for (const part of ['package.json', 'package-lock.json', 'lib', 'db', 'connectors'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true })
  mkdirSync(join(root, 'tests'))
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  for (const [file, source] of Object.entries({ 'web.ts': WEB, 'worker.ts': WORKER, ...standIns }))
    writeFileSync(join(root, 'lib', file), source)
  return root
}

/** Serves its pid, and its worker's address; behaves as main.ts asks of a web process. */
export const WEB = `
import { createServer } from 'node:http'
const server = createServer((request, response) => response.end(String(process.pid)))
server.on('error', () => { process.stderr.write(\`PORT=\${process.env.PORT} is in use by another program\\n\`); process.exit(2) })
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send({ ready: true, port: server.address().port }))
process.on('SIGTERM', () => process.exit(0)).on('disconnect', () => process.exit(0))
`

/** Sends its pid as news; behaves as main.ts asks of a worker. */
export const WORKER = `
setInterval(() => {}, 1000)
process.send({ source: 'worker', state: String(process.pid) })
process.on('SIGTERM', () => process.exit(0)).on('disconnect', () => process.exit(0))
`
