import { vi } from 'vitest'

/** Waits until `look` no longer throws, and gives what it gave: long enough for a busy machine, which is slow, not wrong. */
export const eventually = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 15_000, interval: 20 })
