import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'

/** Exit code of a child that said in a sentence why it cannot start, and that another try would not help. */
export const GIVEN_UP = 2

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** Who lived so long was well: the next pause is a short one again. */
const HEALTHY_MS = 60_000

export type Kept = {
  /** Ends the child, which starts anew at once: for a change of its code or of its environment. */
  restart(env?: NodeJS.ProcessEnv): void
  /** Asks the child to end; what is left of it and of its own children after `withinMs` is killed. */
  stop(withinMs: number): Promise<void>
}

type Care = {
  env: NodeJS.ProcessEnv
  /** Options of Node's own. */
  nodeOptions?: string[]
  told: (message: unknown) => void
  /** It ended with GIVEN_UP, after its sentence. */
  gaveUp: () => void
  say: (sentence: string) => void
}

/** Runs `entry` as a child process called `name`, and again with growing pauses when it ends unasked. */
export function keepRunning(name: string, entry: string, { env: firstEnv, nodeOptions = [], told, gaveUp, say }: Care): Kept {
  const stopping = new AbortController()
  let env = firstEnv
  let child: ChildProcess | null = null
  let restarting = false
  let pauseMs = FIRST_PAUSE_MS

  const start = () => {
    const startedAt = Date.now()
    restarting = false
    // A group of its own: Ctrl-C at the terminal is for main, which stops everything in its order, and the group can be
    // killed as a whole.
    child = fork(entry, { env, detached: true, execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptions] })
    child.on('message', told)
    child.on('error', (error) => say(`The ${name} could not be started: ${error.message}.`))
    child.on('exit', async (code, signal) => {
      if (stopping.signal.aborted) return
      if (code === GIVEN_UP) return gaveUp()
      if (restarting) return start()
      if (Date.now() - startedAt > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS
      say(`The ${name} stopped (${signal ?? `code ${code}`}); it starts again in ${pauseMs / 1000} s.`)
      await wait(pauseMs, null, { signal: stopping.signal }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      if (!stopping.signal.aborted) start()
    })
  }
  start()

  return {
    restart(newEnv = env) {
      env = newEnv
      restarting = true
      child?.kill('SIGTERM')
    },
    async stop(withinMs) {
      stopping.abort()
      if (child?.pid === undefined) return
      const { pid } = child
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child?.once('exit', resolve))
        child.kill('SIGTERM')
        await Promise.race([ended, wait(withinMs)])
      }
      killGroup(pid)
    },
  }
}

/** What a child has started and left behind goes with it. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Nobody is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
