import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

const ENTRY = join(import.meta.dirname, '../../lib/web.ts')
const Ready = z.object({ ready: z.literal(true), port: z.number() })

export type Web = {
  child: ChildProcess
  port: number
  /** `http://127.0.0.1:<port>` */
  origin: string
  dataDir: string
  /** What it said on standard error so far. */
  errors(): string
  /** Its exit code, once it has ended and its data folder is gone. */
  exited: Promise<number | null>
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>
}

type Environment = { [name: string]: string }

/** Starts the real web process on a free port; the pages must be built. Resolves when it is ready. */
export async function startWeb(env: Environment): Promise<Web> {
  const web = spawnWeb(env)
  const ended = web.exited.then((code) => Promise.reject(new Error(`web ended with ${code}: ${web.errors()}`)))
  const [message] = await Promise.race([once(web.child, 'message'), ended])
  const { port } = Ready.parse(message)
  return { ...web, port, origin: `http://127.0.0.1:${port}` }
}

/** The same without waiting, for a start that is meant to fail. */
export function spawnWeb(env: Environment): Omit<Web, 'port' | 'origin'> {
  const dataDir = env.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'backplane-web-'))
  const child = fork(ENTRY, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: '0', TIME_ZONE: 'UTC', ...env, DATA_DIR: dataDir },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  // Not 'close': it never comes once a test has closed the channel.
  const said = child.stderr ? once(child.stderr, 'close') : null
  const exited = once(child, 'exit').then(async ([code]: (number | null)[]) => {
    await said
    if (!env.DATA_DIR) rmSync(dataDir, { recursive: true, force: true })
    return code ?? null
  })
  const stop = () => {
    child.kill('SIGTERM')
    return exited
  }
  return { child, dataDir, exited, stop, errors: () => errors }
}

export type Got = { status: number; headers: { [name: string]: string }; body: Buffer; text: string }

/** A request as given, its Host included, which `fetch` does not let anybody set. `path` goes over the wire as it is. */
export function get(port: number, path: string, headers: Environment = {}, method = 'GET', sent = ''): Promise<Got> {
  const { promise, resolve, reject } = Promise.withResolvers<Got>()
  const asked = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, async (response) => {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const plain = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
    resolve({ status: response.statusCode ?? 0, headers: plain, body, text: body.toString() })
  })
  asked.on('error', reject).end(sent)
  return promise
}

/** Writes bytes to a connection of their own and returns what came back until it was closed. */
export async function raw(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  let answer = ''
  try {
    for await (const chunk of socket) answer += chunk
  } catch {
    // Cut, rather than closed: what came before counts.
  }
  return answer
}
