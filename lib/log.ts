import pino from 'pino'

/** Structured log on standard error: JSON lines, or readable ones at a terminal. No content of posts, no secrets. */
export const log = pino(
  {
    level: process.env.LOG_LEVEL || 'info',
    base: null,
    redact: { paths: ['*.password', '*.token', '*.secret', '*.authorization', '*.cookie'], censor: '(hidden)' },
  },
  process.stderr.isTTY
    ? (await import('pino-pretty')).default({ destination: 2, ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 2, sync: true }),
)
