import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const LOCK = join(tmpdir(), `backplane-build-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`)

/**
 * Sees to it that the pages are built as they stand in this checkout, once for all test files that need them: the
 * launcher builds what is stale. Test files run at once, so one builds while the others wait.
 */
export async function builtPages(): Promise<void> {
  while (!takeLock()) await wait(200)
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'lib/launch.js'), 'build'], { cwd: ROOT, maxBuffer: 16_000_000 })
  } finally {
    rmSync(LOCK, { force: true })
  }
}

function takeLock(): boolean {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    if (!isHeld()) rmSync(LOCK, { force: true })
    return false
  }
}

/** Whether its holder lives; one that died while it built holds nothing. */
function isHeld(): boolean {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'))
    return pid === 0 || process.kill(pid, 0)
  } catch {
    return false
  }
}
