import { readFileSync } from 'node:fs'

/** Kilobytes that are these processes' own, with their share of what they share (https://docs.kernel.org/filesystems/proc.html). */
export function kilobytesOf(pids: number[]): number {
  const kilobytes = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0))
  return kilobytes.reduce((sum, each) => sum + each, 0)
}
