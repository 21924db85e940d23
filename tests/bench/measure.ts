import { loadavg } from 'node:os'

/** Milliseconds that `work` took each of so many times, the shortest first. */
export async function timed(times: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now()
    await work()
    taken.push(performance.now() - startedAt)
  }
  return taken.sort((a, b) => a - b)
}

/** The same of two, in turns: whatever else the machine does falls on both. */
export async function timedInTurns(
  times: number,
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<[number[], number[]]> {
  const taken: [number[], number[]] = [[], []]
  for (let time = 0; time < times; time++) {
    taken[0].push(...(await timed(1, one)))
    taken[1].push(...(await timed(1, other)))
  }
  taken[0].sort((a, b) => a - b)
  taken[1].sort((a, b) => a - b)
  return taken
}

export function middle(taken: number[]): number {
  return taken[Math.floor(taken.length / 2)] ?? Number.NaN
}

export function milliseconds(taken: number[]): string {
  return `p50 ${middle(taken).toFixed(1)} ms, p99 ${(taken[Math.floor(taken.length * 0.99)] ?? Number.NaN).toFixed(1)} ms`
}

/** One line of the result: a figure, its target, and how busy the machine was. */
export function say(what: string, figure: string, target: string): void {
  console.log(`${what.padEnd(52)} ${figure.padEnd(44)} ${target.padEnd(20)} load ${loadavg()[0]?.toFixed(1)}`)
}
