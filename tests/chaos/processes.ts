import { type ChildProcess, fork, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Relay } from './relay.ts'

type Environment = { [name: string]: string }

const Ready = z.object({ ready: z.literal(true), port: z.number() })
/** Sets the clock of one process (Debian: `apt-get install libfaketime`). */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
export const canSkewClocks = existsSync(FAKETIME)

/** A web or a worker of the program, started again when it ends, as `lib/main.ts` does. */
export type Kept = {
  name: string
  relay: Relay
  /** Where a web answers; null while it does not. */
  port(): number | null
  /** SIGKILL; it is back after a moment. `skewSeconds`: from then on its clock is wrong by that; as before when not said. */
  kill(skewSeconds?: number): void
  /** Stands still for so long, with all its connections open. */
  pause(ms: number): Promise<void>
  /** SIGTERM, and how it ended: a code, or the signal that was needed. */
  stop(): Promise<number | string | null>
  /** What it wrote to standard error. */
  errors(): string[]
}

export function keep(kind: 'web' | 'worker', nth: number, relay: Relay, env: Environment): Kept {
  const name = `${kind} ${nth}`
  const errors: string[] = []
  let [stopping, skewSeconds] = [false, 0]
  let port: number | null = null
  let child: ChildProcess
  const start = () => {
    const skew = { LD_PRELOAD: FAKETIME, FAKETIME: `${skewSeconds < 0 ? '' : '+'}${skewSeconds}s`, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    child = fork(join(import.meta.dirname, `../../lib/${kind}.ts`), {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env, ...(skewSeconds !== 0 && skew) },
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=256'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    child.stderr?.on('data', (chunk: Buffer) => errors.push(`${new Date().toISOString()} ${chunk}`))
    child.on('message', (message) => {
      const { data } = Ready.safeParse(message)
      if (data) port = data.port
    })
    child.on('exit', async () => {
      port = null
      if (stopping) return
      await delay(1000)
      if (!stopping) start()
    })
  }
  start()
  return {
    name,
    relay,
    port: () => port,
    errors: () => errors,
    kill(seconds = skewSeconds) {
      skewSeconds = seconds
      child.kill('SIGKILL')
    },
    async pause(ms) {
      const { pid } = child
      if (!pid) return
      child.kill('SIGSTOP')
      // Should this process be killed, the other would stand still for ever.
      spawn('sh', ['-c', `sleep ${Math.ceil(ms / 1000) + 5}; kill -CONT ${pid}`], { detached: true, stdio: 'ignore' }).unref()
      await delay(ms)
      // By its number: it may have been killed meanwhile, and be another one by now.
      if (child.pid === pid) child.kill('SIGCONT')
    },
    async stop() {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode
      const ended = new Promise<number | string | null>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      return ended.finally(() => clearTimeout(late))
    },
  }
}
