import { readFileSync } from 'node:fs'

/**
 * npm runs its scripts in a shell and, when it is asked to stop, stops the shell only. So a program that was started through
 * npm calls this, and is asked to stop (SIGTERM) when npm, or anybody between, is gone.
 */
export function stopWithNpm(): void {
  if (!process.env.npm_lifecycle_event) return
  const family = ancestorsUpToNpm()
  const broken = () => process.ppid !== family[0] || family.slice(1).some((pid, child) => parentOf(family[child] ?? 0) !== pid)
  const watching = setInterval(() => {
    if (!broken()) return
    clearInterval(watching)
    process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}

/** Parent, grandparent and so on; the parent alone where npm is not among the nearest, or /proc does not tell. */
function ancestorsUpToNpm(): number[] {
  const family = [process.ppid]
  for (let pid: number | null = process.ppid; pid && family.length < 5; pid = parentOf(pid)) {
    if (pid !== process.ppid) family.push(pid)
    if (/(^|[/\s])npm\b/.test(commandOf(pid))) return family
  }
  return [process.ppid]
}

function parentOf(pid: number): number | null {
  // The name, in parentheses, may hold anything.
  const stat = readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ')[1]
  return stat === undefined ? null : Number(stat)
}

function commandOf(pid: number): string {
  return readProc(pid, 'cmdline')?.replaceAll('\0', ' ') ?? ''
}

function readProc(pid: number, what: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8')
  } catch {
    return null
  }
}
