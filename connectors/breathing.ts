import { setImmediate } from 'node:timers/promises'

/** Items that are read without a break: a few milliseconds of work. */
const AT_ONCE = 10

/**
 * For long work without waiting: `await` what it returns for each item. Every few items it lets whatever else is to be
 * done go on; in between it costs nothing.
 */
export function breathing(): () => Promise<void> | undefined {
  let items = 0
  return () => (++items % AT_ONCE === 0 ? setImmediate() : undefined)
}
