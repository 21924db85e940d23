import { resolve } from 'node:path'
import { ConnectorError } from '#connectors/trouble'
import { ConfigError } from '../config.ts'
import { PostgresError } from '../postgres/postgres.ts'

/** What a person should do otherwise, as a sentence: a command was asked wrongly, or cannot do what was asked now. */
export class CommandError extends Error {}

type Command = { words: string[]; say: (sentence: string) => void; signal: AbortSignal }

/**
 * Runs what people start as `npm run <name> -- <words>`: prints for people, says foreseen troubles as their sentence, and
 * exits, with 1 after a trouble. Ctrl-C and the loss of the terminal abort `signal`.
 */
export async function runCommand(name: string, command: (given: Command) => Promise<void>): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
  process.on('disconnect', () => stopping.abort())
  const words = process.argv.slice(process.argv[2] === name ? 3 : 2)
  try {
    await command({ words, say: (sentence) => process.stdout.write(`${sentence}\n`), signal: stopping.signal })
  } catch (error) {
    const foreseen = [CommandError, ConfigError, ConnectorError, PostgresError].some((kind) => error instanceof kind)
    process.stderr.write(`${error instanceof Error ? (foreseen ? error.message : error.stack) : error}\n`)
    process.exitCode = 1
  }
  // A pool that is not needed any more keeps nobody waiting.
  process.exit()
}

/** The file that a person means: npm runs its scripts in the checkout, wherever they were asked for. */
export function meantFile(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path)
}
