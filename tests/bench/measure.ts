import { loadavg } from 'node:os'
import { isMet } from './targets.ts'

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

/** Half of them were at least so quick, and all but one in a hundred. */
export function milliseconds(taken: number[], digits = 1): string {
  return `p50 ${middle(taken).toFixed(digits)} ms, p99 ${(taken[Math.floor(taken.length * 0.99)] ?? Number.NaN).toFixed(digits)} ms`
}

/** A line of the result. `met` is null where no target says a number. */
export type Result = { what: string; figure: string; target: string; met: boolean | null; load: number }

const results: Result[] = []

/** All lines so far, in their order. */
export function allResults(): readonly Result[] {
  return results
}

/** One line of the result: a figure, its target, and how busy the machine was. Whether it is met is read from both, unless `met` says so. */
export function say(what: string, figure: string, target: string, met: boolean | null = isMet(figure, target)): void {
  const load = loadavg()[0] ?? 0
  results.push({ what, figure, target, met, load })
  console.log(`${met === false ? '✗' : ' '} ${what.padEnd(62)} ${figure.padEnd(44)} ${target.padEnd(24)} load ${load.toFixed(1)}`)
}
