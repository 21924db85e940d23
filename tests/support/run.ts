import type { Batch, Run } from '#connectors/contract'
import { createHttp } from '#connectors/http'

/** A run as the runner would make one, on loopback; `modes` keeps what was said of live and polled. */
export function runOf<Settings>(settings: Settings, given: Partial<Run<Settings>> = {}) {
  const stop = new AbortController()
  const modes: string[] = []
  const run: Run<Settings> = {
    http: createHttp({ userAgent: 'Backplane/0.1 (+mailto:owner@example.org)', trustedHosts: ['localhost'] }),
    signal: stop.signal,
    settings,
    permission: null,
    cursor: null,
    backfill: { since: new Date(Date.now() - 7 * 86_400_000), posts: 500 },
    everySeconds: 120,
    mode: (mode, reason) => modes.push(reason ? `${mode}: ${reason}` : mode),
    caughtUp: () => {},
    ...given,
  }
  return { run, modes, stop: () => stop.abort() }
}

/** Everything that a poll brings. */
export async function readAll(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

/** The batches of a live read, as they come: `next(when)` resolves with the first from now on that fits. */
export function follow(batches: AsyncIterable<Batch>) {
  const reading = batches[Symbol.asyncIterator]()
  return {
    async next(when: (batch: Batch) => boolean = () => true): Promise<Batch> {
      for (;;) {
        const step = await reading.next()
        if (step.done) throw new Error('The reading ended')
        if (when(step.value)) return step.value
      }
    },
    /** Resolves when the reading has ended. */
    async ended(): Promise<void> {
      while (!(await reading.next()).done);
    },
  }
}
