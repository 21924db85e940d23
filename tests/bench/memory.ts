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

/** The same with what its children have taken that ended since: so the sum over a family counts each of them once. */
export function familySecondsOf(pid: number): number {
  return (
    fieldsOf(pid)
      .slice(11, 15)
      .reduce((sum, ticks) => sum + Number(ticks), 0) / 100
  )
}

/** Seconds of a processor that a process has taken since it began: its own and those of the system for it, in hundredths. */
export function processorSecondsOf(pid: number): number {
  const fields = fieldsOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** What stands before the last parenthesis is its name, which may have spaces. */
function fieldsOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
}
