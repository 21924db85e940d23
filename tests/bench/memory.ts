import { readFileSync } from 'node:fs'

/** Kilobytes that are these processes' own, with their share of what they share (https://docs.kernel.org/filesystems/proc.html). */
export function kilobytesOf(pids: number[]): number {
  const kilobytes = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0))
  return kilobytes.reduce((sum, each) => sum + each, 0)
}

/** Kilobytes that a process had in memory at most since it began. */
export function mostKilobytesOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}

/** Seconds of a processor that a process has taken since it began: its own and those of the system for it, in hundredths. */
export function processorSecondsOf(pid: number): number {
  // What stands before the last parenthesis is its name, which may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
