import pino from 'pino'
import { withoutHidden } from './hidden.ts'

/**
 * Structured log on standard error: JSON lines, or readable ones at a terminal. No content of posts, no secrets, and no
 * addresses or names of readers: nothing here has to be forgotten after a day.
 */
export const log = pino(
  {
    level: process.env.LOG_LEVEL || 'info',
    base: null,
    redact: { paths: ['*.password', '*.token', '*.secret', '*.authorization', '*.cookie'], censor: '(hidden)' },
    serializers: { err: plainError },
    // The last word: what a library put into a message is in the line by now.
    hooks: { streamWrite: withoutHidden },
  },
  process.stderr.isTTY
    ? (await import('pino-pretty')).default({ destination: 2, ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 2, sync: true }),
)

export type PlainError = { type: string; message: string; code?: string; stack: string; cause?: PlainError }

/**
 * Of an error what helps to find its cause. What else libraries hang on it stays out: parameters of a query are what people
 * wrote, options of a request carry its credentials.
 */
export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, 200), stack: '' }
  // Postgres quotes a value that it could not take (class 22, data exceptions).
  const quotes = 'code' in error && /^22\w{3}$/.test(String(error.code))
  const message = withoutContent(quotes ? error.message.replace(/".*"/s, '"…"') : error.message)
  return {
    type: error.name,
    message,
    ...('code' in error && (typeof error.code === 'string' || typeof error.code === 'number') && { code: String(error.code) }),
    // Its first lines repeat the message.
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    ...(error.cause !== undefined && { cause: plainError(error.cause) }),
  }
}

/** Drizzle tells the parameters of a query that failed; zod and JSON.parse quote what they could not read. */
function withoutContent(message: string): string {
  return message
    .replace(/\nparams:.*/s, '\nparams: (hidden)')
    .replace(/(Unexpected token .{0,12}).*/s, '$1…')
    .slice(0, 2000)
}
