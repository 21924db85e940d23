/** What takes longer at a stretch is felt at 50 ms (https://web.dev/articles/tbt); the browser draws as well, and others' computers are slower (ms). */
const STEP_MS = 12

/**
 * Does `work` to one after the other, as many at a stretch as there is time for, and pauses in between: until the browser
 * has drawn what there is, or as `pause` says.
 */
export async function inSteps<T>(all: T[], work: (one: T) => void, pause: () => Promise<void> = nextFrame): Promise<void> {
  let until = performance.now() + STEP_MS
  for (const one of all) {
    if (performance.now() > until) {
      await pause()
      until = performance.now() + STEP_MS
    }
    work(one)
  }
}

/** The browser has drawn what was put in. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    // A page that is not looked at draws no frames.
    if (document.hidden) setTimeout(resolve)
    else requestAnimationFrame(() => resolve())
  })
}

/** Whoever waits has had their turn: a key that was pressed, a frame. */
export function nextTask(): Promise<void> {
  return 'scheduler' in window && 'yield' in scheduler ? scheduler.yield() : new Promise((resolve) => setTimeout(resolve))
}

/** The browser has nothing else to do, or had none for half a second. */
export function nextIdle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 500 })
    else setTimeout(resolve)
  })
}
