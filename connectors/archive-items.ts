import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Post } from '#db/post'
import { type ArchiveFile, openArchive } from './archive-files.ts'
import { breathing } from './breathing.ts'
import type { ArchiveRun, Batch } from './contract.ts'
import { ConnectorError } from './trouble.ts'

/** What one archive holds: items in the order in which they are to be read, and what becomes of each. */
export type ArchiveItems<Item> = {
  items: Item[]
  /** null: it is not for everybody, or not somebody's own words, and passed by. Throws what it does not understand. */
  parse(item: Item): Post | null
}

const CHUNK = 500
/** Enough of an item that is not understood for a person to see why. */
const MAX_PAYLOAD = 10_000

/** Where an import stands: which of the files, what was in it, and how many of its items were saved. */
const Standing = z.object({ path: z.number(), archive: z.string(), done: z.number() })

/**
 * Reads archives that are held in memory whole, in batches that a transaction takes: the same archive again goes on where
 * the last import ended. `itemsOf` is given the files of one.
 */
export async function* readArchives<Settings, Item>(
  run: ArchiveRun<Settings>,
  itemsOf: (files: ArchiveFile[], path: string) => Promise<ArchiveItems<Item>>,
): AsyncGenerator<Batch, void, void> {
  const resume = Standing.safeParse(run.cursor).data
  for (const [path, file] of run.paths.entries()) {
    if (resume && resume.path > path) continue
    const opened = await openArchive(file)
    try {
      const { items, parse } = await itemsOf(opened.files, file)
      const archive = createHash('sha256')
        .update(JSON.stringify(opened.files.map(({ name, bytes }) => [name, bytes])))
        .digest('hex')
      const begun = resume?.path === path && resume.archive === archive ? resume.done : 0
      yield* readItems(run, items, begun, parse, (done) => ({ path, archive, done }))
    } finally {
      await opened.close()
    }
  }
}

async function* readItems<Settings, Item>(
  run: ArchiveRun<Settings>,
  items: Item[],
  begun: number,
  parse: ArchiveItems<Item>['parse'],
  standing: (done: number) => z.infer<typeof Standing>,
): AsyncGenerator<Batch, void, void> {
  const breathe = breathing()
  let [from, read]: [number, Pick<Batch, 'posts' | 'unreadable'>] = [begun, { posts: [], unreadable: [] }]
  for (const [offset, item] of items.slice(begun).entries()) {
    const index = begun + offset
    await breathe()
    run.signal.throwIfAborted()
    try {
      const post = parse(item)
      if (post) read.posts.push(post)
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      read.unreadable.push({ payload: JSON.stringify(item)?.slice(0, MAX_PAYLOAD) ?? '', reason })
    }
    if (index + 1 - from < CHUNK) continue
    run.progress(index + 1, items.length)
    yield { ...read, deleted: [], authors: [], covered: null, cursor: standing(index + 1) }
    ;[from, read] = [index + 1, { posts: [], unreadable: [] }]
  }
  run.progress(items.length, items.length)
  yield { ...read, deleted: [], authors: [], covered: null, cursor: standing(items.length) }
}

/** The file of this name, wherever in the archive it is: the one that is nearest to its top. */
export function fileCalled(files: ArchiveFile[], name: string | RegExp): ArchiveFile | null {
  const isIt = (file: ArchiveFile) => {
    const last = file.name.slice(file.name.lastIndexOf('/') + 1)
    return typeof name === 'string' ? last.toLowerCase() === name.toLowerCase() : name.test(last)
  }
  return files.filter(isIt).sort((one, other) => one.name.split('/').length - other.name.split('/').length)[0] ?? null
}

/** What stands in a file of JSON, of the shape that an export has there. Throws `malformed`. */
export async function jsonIn<T extends z.ZodType>(file: ArchiveFile, shape: T): Promise<z.infer<T>> {
  const text = (await file.read()).toString('utf8').replace(/^\uFEFF/, '')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ConnectorError('malformed', `${file.name} is not JSON`)
  }
  const read = shape.safeParse(json)
  if (!read.success) throw new ConnectorError('malformed', `${file.name} is not what an export has there: ${z.prettifyError(read.error)}`)
  return read.data
}

/** Options as given, of this shape. Throws `refused` that names what is wrong. */
export function optionsOf<T extends z.ZodType>(shape: T, options: { [name: string]: string }, takes: string): z.infer<T> {
  const read = shape.safeParse(options)
  if (read.success) return read.data
  const wrong = read.error.issues.map(({ path, message }) => (path.length > 0 ? `--${path.join('.')}: ${message}` : message)).join('; ')
  throw new ConnectorError('refused', `${takes} (${wrong})`)
}
