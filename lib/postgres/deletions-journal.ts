import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { type Deletion, deleteAgain, deletionsSince } from '#db/deletions'
import { letBackIn, listWithholdings, withhold } from '#db/withholdings'
import { log } from '../log.ts'

/**
 * What was deleted or withheld, in a file apart from the database, so that a restored backup does not bring it back: a
 * line of JSON each, ids only, only ever added to, and on the disk before it counts as written. It follows the tables
 * that say so: at once where we delete something ourselves, before anybody is told, else some seconds behind.
 */

const EVERY_MS = 5000
/** Rows are looked at again for so long after their time: a transaction may end long after the time that it writes. */
const OVERLAP_MS = 2 * 86_400_000
/** Deletions that are done again in one transaction. */
const AT_ONCE = 500

const Time = z.iso.datetime().transform((at) => new Date(at))
const What = z.object({ kind: z.enum(['post', 'author', 'server']), platform: z.string(), key: z.string(), address: z.string().nullable() })
const Line = z.union([
  z.object({ deleted: z.enum(['post', 'account']), platform: z.string(), key: z.string(), at: Time }),
  z.object({ withheld: What, why: z.enum(['asked', 'decided']), at: Time }),
  z.object({ letBackIn: What, at: Time }),
])
type Line = z.infer<typeof Line>

export function journalFile(dataDir: string): string {
  return join(dataDir, 'deletions.jsonl')
}

// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneJournal?: () => Promise<unknown> }

/** Keeps the journal from now on, as long as the process lives. Returns what ends that, with the last line written. */
export function keepJournal(dataDir: string): () => Promise<void> {
  const stop = new AbortController()
  const following = followDeletions(dataDir)
  following.catch((err: unknown) => log.error({ err }, 'the journal of deletions could not be kept'))
  // One after the other: two at once would write the same lines.
  let last: Promise<unknown> = following
  const follow = () => {
    last = last.catch(() => {}).then(async () => (await following)())
    return last
  }
  held.backplaneJournal = follow
  const keeping = (async () => {
    while (!stop.signal.aborted) {
      await writeDownDeletions()
      await wait(EVERY_MS, null, { signal: stop.signal }).catch(() => {})
    }
    await follow()
  })()
  return async () => {
    stop.abort()
    await keeping.catch(() => {})
  }
}

/** Has a process that keeps no journal write into it when it deletes something itself. */
export function openJournal(dataDir: string): void {
  held.backplaneJournal = async () => (await followDeletions(dataDir))()
}

/** Writes down at once what was deleted or withheld just now, so that whoever is told that it is done can rely on it. */
export async function writeDownDeletions(): Promise<void> {
  await held.backplaneJournal?.().catch((err: unknown) => log.warn({ err }, 'deletions could not be written down; it is tried again'))
}

/** Returns what adds to the journal all that it lacks; call it again and again. Throws what the disk or the database throws. */
export async function followDeletions(dataDir: string): Promise<() => Promise<number>> {
  const file = journalFile(dataDir)
  await mkdir(dirname(file), { recursive: true })
  let last = new Date(0)
  let known = new Map<string, Date>()
  let withheld = new Map<string, z.infer<typeof What>>()
  for await (const line of readJournal(file)) {
    if (line.at > last) last = line.at
    if ('deleted' in line) known.set(keyOf(line.deleted, line), line.at)
    else if ('withheld' in line) withheld.set(keyOf('withheld', line.withheld), line.withheld)
    else withheld.delete(keyOf('withheld', line.letBackIn))
    if (known.size > 10_000) known = recent(known, last)
  }

  return async () => {
    const since = new Date(last.getTime() - OVERLAP_MS)
    known = recent(known, last)
    const deletions = (await deletionsSince(since)).filter((one) => !known.has(keyOf(one.kind, one)))
    const now = await listWithholdings()
    const standing = new Map(
      now.map(({ kind, platform, key, address }) => [keyOf('withheld', { kind, platform, key }), { kind, platform, key, address }]),
    )
    const lines = [
      ...deletions.map(({ kind, platform, key, at }) => ({ deleted: kind, platform, key, at })),
      ...now
        .filter((one) => !withheld.has(keyOf('withheld', one)))
        .map(({ why, since: at, ...one }) => ({ withheld: What.parse(one), why, at })),
      ...[...withheld].filter(([key]) => !standing.has(key)).map(([, what]) => ({ letBackIn: what, at: new Date() })),
    ]
    if (lines.length === 0) return 0
    await append(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    for (const { kind, platform, key, at } of deletions) {
      known.set(keyOf(kind, { platform, key }), at)
      if (at > last) last = at
    }
    withheld = standing
    return lines.length
  }
}

/**
 * Does again what the journal tells, in the database at DATABASE_URL, which may have forgotten it. Returns how many posts
 * went; none where there is no journal.
 */
export async function applyJournal(dataDir: string): Promise<number> {
  let removed = 0
  let some: Deletion[] = []
  const wishes = new Map<string, Exclude<Line, { deleted: unknown }>>()
  for await (const line of readJournal(journalFile(dataDir))) {
    if (!('deleted' in line)) wishes.set(keyOf('withheld', 'withheld' in line ? line.withheld : line.letBackIn), line)
    else if (some.push({ kind: line.deleted, platform: line.platform, key: line.key, at: line.at }) >= AT_ONCE) {
      removed += await deleteAgain(some)
      some = []
    }
  }
  removed += await deleteAgain(some)
  for (const line of wishes.values()) {
    if ('withheld' in line) removed += await withhold(line.withheld, line.why, line.at)
    else await letBackIn(line.letBackIn)
  }
  return removed
}

/** Whatever cannot be read, such as a line that a crash cut off, says nothing. */
async function* readJournal(file: string): AsyncGenerator<Line> {
  if (!existsSync(file)) return
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const line = Line.safeParse(parsed(text))
    if (line.success) yield line.data
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const { buffer } = size > 0 ? await handle.read(Buffer.alloc(1), 0, 1, size - 1) : { buffer: Buffer.from('\n') }
    // Half a line that a crash left must not swallow the next.
    await handle.appendFile(buffer[0] === 10 ? text : `\n${text}`)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

function keyOf(kind: string, { kind: of = '', platform, key }: { kind?: string; platform: string; key: string }): string {
  return JSON.stringify([kind, kind === 'withheld' ? of : '', platform, key])
}

function recent(known: Map<string, Date>, last: Date): Map<string, Date> {
  return new Map([...known].filter(([, at]) => at.getTime() >= last.getTime() - OVERLAP_MS))
}
