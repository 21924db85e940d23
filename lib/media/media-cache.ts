import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Http, Opened } from '#connectors/http'
import { ConnectorError } from '#connectors/trouble'
import { type MediaType, mediaTypeOf, type Shown, TELLING_BYTES } from './media-type.ts'

/**
 * Media of posts, fetched once and kept in a folder: `<hash>-<random>` holds the bytes, `<hash>.json` what they are and
 * which posts show them. Whoever asks while a medium is still being fetched reads along. Several processes may share
 * the folder. Over 150 lines because fetching, reading along and forgetting share the one map of what is under way.
 */

/** A medium that can be read, whole or in part, though perhaps not all of it is there yet. */
export type Medium = {
  type: MediaType
  /** The address that it came from in the end. */
  url: string
  /** null while it is not known how long it will be. */
  bytes: number | null
  /** From `from` up to but without `to`, as it comes. Throws where the rest does not come. */
  read(from: number, to: number): AsyncIterable<Uint8Array>
}

export type MediaCache = {
  /** For the post that shows it. Throws ConnectorError: what failed a minute ago is not asked for again. */
  get(url: string, postId: number): Promise<Medium>
  /** Forgets what no post shows any more, and what was not looked at for longest where the folder is too full. */
  sweep(shownAmong: (postIds: number[]) => Promise<Set<number>>): Promise<void>
}

type Options = { folder: string; maxBytes: number; http: Pick<Http, 'open'> }

const MEGABYTE = 1024 * 1024
/** Beyond these it is no picture for a timeline, and no film that anybody waits for. */
const MOST_BYTES: Record<Shown, number> = {
  image: 20 * MEGABYTE,
  film: 200 * MEGABYTE,
  sound: 200 * MEGABYTE,
  captions: 2 * MEGABYTE,
  playlist: 2 * MEGABYTE,
}
/** Downloads at once, over all hosts and readers. */
const MOST_AT_ONCE = 24
const WHOLE_MS = 10 * 60_000
const FAILED_MS = 60_000
const MOST_FAILURES = 2000
/** How exactly it is known when something was looked at last: a write for each look would be too many. */
const LOOK_MS = 10 * 60_000
/** A fetch that a crash left behind. */
const ABANDONED_MS = 2 * WHOLE_MS
const CHUNK = 64 * 1024

const Note = z.object({
  file: z.string().regex(/^[\w-]+$/),
  mime: z.string(),
  shown: z.enum(['image', 'film', 'sound', 'captions', 'playlist']),
  url: z.string(),
  bytes: z.number(),
  posts: z.array(z.number()),
})
type Note = z.infer<typeof Note>

/** A fetch under way. `step` resolves at the next bytes, at the end and at failure. */
type Growing = { written: number; over: boolean; failure: Error | null; step: PromiseWithResolvers<void> }

export async function createMediaCache({ folder, maxBytes, http }: Options): Promise<MediaCache> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const underway = new Map<string, Promise<Medium>>()
  const failures = new Map<string, { until: number; error: ConnectorError }>()
  let fetching = 0
  let kept = await bytesIn(folder)

  const noteFile = (hash: string) => join(folder, `${hash}.json`)

  async function find(hash: string, postId: number): Promise<Medium | null> {
    const note = await readNote(noteFile(hash))
    if (!note) return null
    const file = join(folder, note.file)
    const found = await stat(file).catch(() => null)
    if (found?.size !== note.bytes) return null
    if (Date.now() - found.mtimeMs > LOOK_MS) await utimes(file, new Date(), new Date()).catch(() => {})
    if (!note.posts.includes(postId)) await writeFile(noteFile(hash), JSON.stringify({ ...note, posts: [...note.posts, postId] }))
    const there: Growing = { written: note.bytes, over: true, failure: null, step: Promise.withResolvers() }
    const { mime, shown, url, bytes } = note
    return { type: { mime, shown }, url, bytes, read: (from, to) => readAlong(file, there, from, to) }
  }

  async function fetch(hash: string, url: string, postId: number): Promise<Medium> {
    fetching++
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(WHOLE_MS)])
    const name = `${hash}-${randomUUID()}`
    const file = join(folder, name)
    let handle: FileHandle | null = null
    try {
      const answer = await http.open(url, { signal, accept: 'image/*, video/*, audio/*, text/vtt, application/vnd.apple.mpegurl' })
      const body = answer.body[Symbol.asyncIterator]()
      const beginning = await take(body, TELLING_BYTES)
      const type = await mediaTypeOf(beginning)
      if (!type) throw new ConnectorError('malformed', 'this is no picture, film or sound')
      const most = Math.min(MOST_BYTES[type.shown], maxBytes / 2)
      const bytes = lengthOf(answer)
      if (bytes !== null && bytes > most) throw tooLarge(most)
      handle = await open(file, 'wx', 0o600)
      const growing: Growing = { written: 0, over: false, failure: null, step: Promise.withResolvers() }
      const medium: Medium = { type, url: answer.url, bytes, read: (from, to) => readAlong(file, growing, from, to) }
      const writing = handle
      void (async () => {
        for await (const chunk of all(beginning, body)) {
          if (growing.written + chunk.byteLength > most) throw tooLarge(most)
          await writing.write(chunk)
          growing.written += chunk.byteLength
          step(growing)
        }
        if (bytes !== null && growing.written !== bytes) throw new ConnectorError('unavailable', 'it was cut short')
        const { mime, shown } = type
        const note: Note = { file: name, mime, shown, url: answer.url, bytes: growing.written, posts: [postId] }
        await writeFile(noteFile(hash), JSON.stringify(note), { mode: 0o600 })
        kept += growing.written
      })()
        .catch(async (error: unknown) => {
          growing.failure = error instanceof Error ? error : new Error(String(error))
          await rm(file, { force: true })
        })
        .finally(async () => {
          stop.abort()
          growing.over = true
          step(growing)
          fetching--
          underway.delete(hash)
          await writing.close()
          if (kept > maxBytes) await shrink()
        })
        .catch(() => {})
      return medium
    } catch (error) {
      stop.abort()
      fetching--
      await handle?.close()
      await rm(file, { force: true }).catch(() => {})
      throw error
    }
  }

  /** Down to nine tenths, so that not every medium makes room for itself alone. */
  async function shrink(): Promise<void> {
    const files = (await filesIn(folder)).toSorted((one, other) => other.mtimeMs - one.mtimeMs)
    let left = 0
    for (const { name, bytes } of files) {
      left += bytes
      if (left > maxBytes * 0.9) await drop(name.slice(0, name.indexOf('-')), name)
    }
    kept = await bytesIn(folder)
  }

  async function drop(hash: string, file: string): Promise<void> {
    await rm(join(folder, file), { force: true })
    const note = await readNote(noteFile(hash))
    if (!note || note.file === file) await rm(noteFile(hash), { force: true })
  }

  return {
    async get(url, postId) {
      const hash = hashOf(url)
      const failed = failures.get(hash)
      if (failed && failed.until > Date.now()) throw failed.error
      const known = underway.get(hash) ?? (await find(hash, postId))
      if (known) return known
      // Asked again, because finding out took a while.
      const begun = underway.get(hash)
      if (begun) return begun
      if (fetching >= MOST_AT_ONCE) throw new ConnectorError('unavailable', 'too much is being fetched at once')
      const fetched = fetch(hash, url, postId)
      underway.set(hash, fetched)
      try {
        return await fetched
      } catch (error) {
        underway.delete(hash)
        const said = error instanceof ConnectorError ? error : new ConnectorError('unavailable', String(error), { cause: error })
        if (failures.size >= MOST_FAILURES) failures.clear()
        failures.set(hash, { until: Date.now() + FAILED_MS, error: said })
        throw said
      }
    },
    async sweep(shownAmong) {
      const files = await filesIn(folder)
      for (const { name, mtimeMs } of files) {
        const hash = name.slice(0, name.indexOf('-'))
        const note = await readNote(noteFile(hash))
        if (note?.file === name) await keepFor(note, noteFile(hash), await shownAmong(note.posts), () => drop(hash, name))
        else if (Date.now() - mtimeMs > ABANDONED_MS) await rm(join(folder, name), { force: true })
      }
      await shrink()
    },
  }
}

async function keepFor(note: Note, file: string, shown: Set<number>, drop: () => Promise<void>): Promise<void> {
  const posts = note.posts.filter((id) => shown.has(id))
  if (posts.length === 0) return drop()
  if (posts.length < note.posts.length) await writeFile(file, JSON.stringify({ ...note, posts }))
}

/** The bytes of a file that may still be growing. */
async function* readAlong(file: string, growing: Growing, from: number, to: number): AsyncIterable<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    let at = from
    while (at < to) {
      const { promise } = growing.step
      const there = Math.min(growing.written, to) - at
      if (there > 0) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(there, CHUNK)), 0, Math.min(there, CHUNK), at)
        if (bytesRead === 0) return
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      } else if (growing.failure) throw growing.failure
      else if (growing.over) return
      else await promise
    }
  } finally {
    await handle.close()
  }
}

function step(growing: Growing): void {
  const { resolve } = growing.step
  growing.step = Promise.withResolvers()
  resolve()
}

/** The first `least` bytes, or all where there are fewer. */
async function take(body: AsyncIterator<Uint8Array>, least: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  while (bytes < least) {
    const { done, value } = await body.next()
    if (done) break
    chunks.push(value)
    bytes += value.byteLength
  }
  return Buffer.concat(chunks)
}

async function* all(beginning: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield beginning
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

/** How long it says it is; of what came compressed, that is not what it will be. */
function lengthOf({ headers }: Opened): number | null {
  const said = headers.get('content-length')
  return said && /^\d{1,15}$/.test(said) && !headers.get('content-encoding') ? Number(said) : null
}

function tooLarge(most: number): ConnectorError {
  return new ConnectorError('malformed', `it is larger than ${Math.round(most / MEGABYTE)} MB`)
}

async function readNote(file: string): Promise<Note | null> {
  try {
    return Note.safeParse(JSON.parse(await readFile(file, 'utf8'))).data ?? null
  } catch {
    return null
  }
}

async function filesIn(folder: string) {
  const names = (await readdir(folder)).filter((name) => /^[\da-f]{64}-/.test(name))
  const files = await Promise.all(names.map(async (name) => ({ name, found: await stat(join(folder, name)).catch(() => null) })))
  return files.flatMap(({ name, found }) => (found ? [{ name, bytes: found.size, mtimeMs: found.mtimeMs }] : []))
}

async function bytesIn(folder: string): Promise<number> {
  return (await filesIn(folder)).reduce((sum, { bytes }) => sum + bytes, 0)
}

function hashOf(url: string): string {
  return createHash('sha256').update(url).digest('hex')
}
