import { createHash } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { decode } from './transport.ts'

export type LogFile = { path: string; bytes: number; changedAt: Date }

const CHUNK_BYTES = 256 * 1024
/** IRC lines are shorter by far; what is longer is no log, and is passed over. */
const MOST_LINE_BYTES = 64 * 1024
/** So much of a file's beginning tells it from another one that has taken its name. */
const HEAD_BYTES = 256

/** The files that are named, and those in folders that are named, by name. Throws what the file system says. */
export async function filesIn(paths: string[]): Promise<LogFile[]> {
  const found: LogFile[] = []
  for (const path of paths) {
    const entry = await stat(path)
    if (entry.isFile()) found.push({ path, bytes: entry.size, changedAt: entry.mtime })
    if (!entry.isDirectory()) continue
    const names = await readdir(path, { recursive: true })
    // Names such as 2026-11-22.log are in the order of their days.
    for (const name of names.sort()) {
      const within = await stat(join(path, name)).catch(() => null)
      if (within?.isFile()) found.push({ path: join(path, name), bytes: within.size, changedAt: within.mtime })
    }
  }
  return found
}

/** Of the files of a folder those that name the channel, or have a folder that does; all of them where none does. */
export function filesOfChannel(files: LogFile[], folder: string, channel: string): LogFile[] {
  const escaped = channel.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  // Between `irc.libera.` and `.weechatlog`, or before `_20261122.log`; #hpc is not #hpc-jobs, nor ##hpc.
  const named = new RegExp(`(?<![#&])${escaped}(?![\\p{L}\\p{N}-]|_(?!\\d))`, 'u')
  const ofIt = files.filter(({ path }) => named.test(path.slice(folder.length).toLowerCase()))
  return ofIt.length > 0 ? ofIt : files
}

/** The day that a file's name tells: `2026-11-22.log`, `#hpc_20261122.log`; null when it tells none. */
export function dayInName(path: string): string | null {
  const [, year, month, day] = /(?<!\d)((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?!\d)/.exec(basename(path)) ?? []
  return year ? `${year}-${month}-${day}` : null
}

/** What the beginning of a file is, in short. `bytes` at most, so that it stays the same while the file grows. */
export async function headOf(path: string, bytes: number): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(HEAD_BYTES, bytes)), 0, Math.min(HEAD_BYTES, bytes), 0)
    return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64url').slice(0, 16)
  } finally {
    await file.close()
  }
}

/** The lines from `offset` on, some at a time, each with where it ends. `following`: a last line that may still grow is left. */
export async function* linesFrom(
  path: string,
  offset: number,
  following: boolean,
): AsyncGenerator<{ text: string; end: number }[], void, void> {
  const file = await open(path)
  try {
    let unfinished = Buffer.alloc(0)
    for (let at = offset; ; ) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at)
      const bytes = Buffer.concat([unfinished, buffer.subarray(0, bytesRead)])
      const base = at - unfinished.length
      at += bytesRead
      const lines: { text: string; end: number }[] = []
      let start = 0
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
        if (end - start <= MOST_LINE_BYTES) lines.push({ text: lineOf(bytes.subarray(start, end)), end: base + end + 1 })
        start = end + 1
      }
      unfinished = Buffer.from(bytes.subarray(start))
      if (bytesRead === 0 && !following && unfinished.length > 0 && unfinished.length <= MOST_LINE_BYTES)
        lines.push({ text: lineOf(unfinished), end: at })
      if (lines.length > 0) yield lines
      if (bytesRead === 0) return
      // Its beginning is thrown away; its end will look like a line that nobody understands.
      if (unfinished.length > MOST_LINE_BYTES) unfinished = Buffer.alloc(0)
    }
  } finally {
    await file.close()
  }
}

function lineOf(bytes: Uint8Array): string {
  return decode(bytes).replace(/\r$/, '')
}
