/** Runs a task when those before it, with the same key, are done. */
export type InTurn = <T>(key: string, signal: AbortSignal | null, task: () => Promise<T>) => Promise<T>

/**
 * One task at a time for each key, in the order asked. Who waits and is aborted hears of it at once, and his task
 * never runs; one that already runs is its own to stop.
 */
export function takeTurns(): InTurn {
  const last = new Map<string, Promise<void>>()

  return function inTurn(key, signal, task) {
    const before = last.get(key)
    const mine = (async () => {
      await before
      signal?.throwIfAborted()
      return task()
    })()
    const over = mine.then(
      () => {},
      () => {},
    )
    last.set(key, over)
    void over.then(() => {
      if (last.get(key) === over) last.delete(key)
    })
    return signal ? orAborted(mine, signal) : mine
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
