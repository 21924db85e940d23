import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { ConnectorError } from '../trouble.ts'

/** A file of an export: its name with `/`, its size as it is read, and what is in it. */
export type ExportFile = { name: string; bytes: number; read(): Promise<unknown> }

export type ExportFiles = { files: ExportFile[]; close(): Promise<void> }

const MEGABYTE = 1024 * 1024
/** A day of a channel is far below; it is held in memory whole. */
const MOST_BYTES = 64 * MEGABYTE
/** JSON packs to a tenth, repetitive JSON to a fiftieth. What packs to less is made to harm. */
const MOST_RATIO = 150
/** Small files may pack well by chance. */
const HARMLESS_BYTES = MEGABYTE

/** The files of an export, a zip or the folder that it was unpacked to, none of them read yet. Throws `refused`. */
export async function openExport(path: string): Promise<ExportFiles> {
  const found = await stat(path).catch(() => null)
  if (!found) throw new ConnectorError('refused', `${path}: there is no such file or folder`)
  return found.isDirectory() ? openFolder(path) : openZip(path, found.size)
}

async function openFolder(path: string): Promise<ExportFiles> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    entries
      // A link may lead anywhere.
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name)
        const name = relative(path, file).split(sep).join('/')
        const { size } = await stat(file)
        return { name, bytes: size, read: async () => jsonOf(within(size, name) && (await readFile(file)), name) }
      }),
  )
  return { files, close: async () => {} }
}

async function openZip(path: string, size: number): Promise<ExportFiles> {
  await assertZip(path)
  // The library refuses absolute names and such with `..` in them, and sizes that differ from what is declared.
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true, strictFileNames: true }).catch(refuse(path))
  try {
    const files: ExportFile[] = []
    let bytes = 0
    for await (const entry of zip.eachEntry()) {
      check(entry)
      bytes += entry.uncompressedSize
      // Parts of a file may be told many times over, each of them harmless.
      if (bytes > HARMLESS_BYTES && bytes > size * MOST_RATIO) throw bomb('the archive')
      if (entry.fileName.endsWith('.json'))
        files.push({
          name: entry.fileName,
          bytes: entry.uncompressedSize,
          read: async () => jsonOf(await unpacked(zip, entry), entry.fileName),
        })
    }
    return { files, close: async () => zip.close() }
  } catch (error) {
    zip.close()
    return refuse(path)(error)
  }
}

/** What is no zip is said to be none, whatever the library makes of it. */
async function assertZip(path: string): Promise<void> {
  const file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close())
  if (buffer.toString('latin1') !== 'PK') throw new ConnectorError('refused', `${path} is neither a zip nor a folder`)
}

function check(entry: Entry): void {
  if (entry.isEncrypted()) throw new ConnectorError('refused', `${entry.fileName} is locked with a password`)
  within(entry.uncompressedSize, entry.fileName)
  if (entry.uncompressedSize > HARMLESS_BYTES && entry.uncompressedSize > entry.compressedSize * MOST_RATIO) throw bomb(entry.fileName)
}

function within(bytes: number, name: string): true {
  if (bytes > MOST_BYTES) throw new ConnectorError('refused', `${name} is larger than ${MOST_BYTES / MEGABYTE} MB`)
  return true
}

function bomb(name: string): ConnectorError {
  return new ConnectorError('refused', `${name} unpacks to more than ${MOST_RATIO} times its size, as no export does`)
}

async function unpacked(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const stream = await zip.openReadStreamPromise(entry).catch(refuse(entry.fileName))
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of stream) {
      bytes += chunk.length
      if (bytes > entry.uncompressedSize) throw bomb(entry.fileName)
      chunks.push(chunk)
    }
  } catch (error) {
    refuse(entry.fileName)(error)
  }
  return Buffer.concat(chunks)
}

function jsonOf(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new ConnectorError('malformed', `${name} is not JSON`)
  }
}

function refuse(name: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ConnectorError) throw error
    throw new ConnectorError('refused', `${name} cannot be read as an export: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}
