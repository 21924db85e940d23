import { createReadStream } from 'node:fs'
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { createTarDecoder } from 'modern-tar'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { ConnectorError } from './trouble.ts'

// Over 150 lines: the four forms in which archives come are read here, and nowhere else is anything unpacked.

/** A file of an archive: its name with `/`, its size as it is read, and its bytes. */
export type ArchiveFile = { name: string; bytes: number; read(): Promise<Buffer> }

export type ArchiveFiles = { form: 'zip' | 'tar' | 'folder' | 'file'; files: ArchiveFile[]; close(): Promise<void> }

type Asked = {
  /** Which files are wanted, by their name; the rest is not even looked at. */
  wanted(name: string): boolean
  /** What a file may be at most: it is held in memory whole. */
  mostBytes: number
}

const MEGABYTE = 1024 * 1024
/** JSON packs to a tenth, repetitive JSON to a fiftieth. What packs to less is made to harm. */
const MOST_RATIO = 150
/** Small files may pack well by chance. */
const HARMLESS_BYTES = MEGABYTE

const everything: Asked = { wanted: () => true, mostBytes: 512 * MEGABYTE }

/**
 * The files of an archive: a zip, a tar (packed or not), the folder that it was unpacked to, or a file by itself; none of
 * them read yet, but for a tar's, which can only be read in a row. Throws `refused`.
 */
export async function openArchive(path: string, asked: Partial<Asked> = {}): Promise<ArchiveFiles> {
  const found = await stat(path).catch(() => null)
  if (!found) throw new ConnectorError('refused', `${path}: there is no such file or folder`)
  const wants = { ...everything, ...asked }
  if (found.isDirectory()) return openFolder(path, wants)
  const begin = await beginningOf(path)
  if (begin.subarray(0, 2).toString('latin1') === 'PK') return openZip(path, found.size, wants)
  if ((begin[0] === 0x1f && begin[1] === 0x8b) || begin.subarray(257, 262).toString('latin1') === 'ustar')
    return openTar(path, found.size, wants)
  const name = basename(path)
  const read = async () => {
    within(found.size, name, wants)
    return readFile(path)
  }
  return { form: 'file', files: wants.wanted(name) ? [{ name, bytes: found.size, read }] : [], close: async () => {} }
}

async function openFolder(path: string, asked: Asked): Promise<ArchiveFiles> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    entries
      // A link may lead anywhere.
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({ file, name: relative(path, file).split(sep).join('/') }))
      .filter(({ name }) => asked.wanted(name))
      .map(async ({ file, name }) => {
        const { size } = await stat(file)
        const read = async () => {
          within(size, name, asked)
          return readFile(file)
        }
        return { name, bytes: size, read }
      }),
  )
  return { form: 'folder', files, close: async () => {} }
}

async function openZip(path: string, size: number, asked: Asked): Promise<ArchiveFiles> {
  // The library refuses absolute names and such with `..` in them, and sizes that differ from what is declared.
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true, strictFileNames: true }).catch(refuse(path))
  try {
    const files: ArchiveFile[] = []
    let bytes = 0
    for await (const entry of zip.eachEntry()) {
      const wanted = asked.wanted(entry.fileName) && !entry.fileName.endsWith('/')
      check(entry, wanted ? asked : everything)
      bytes += entry.uncompressedSize
      // Parts of a file may be told many times over, each of them harmless.
      if (bytes > HARMLESS_BYTES && bytes > size * MOST_RATIO) throw bomb('the archive')
      if (wanted) files.push({ name: entry.fileName, bytes: entry.uncompressedSize, read: () => unpacked(zip, entry) })
    }
    return { form: 'zip', files, close: async () => zip.close() }
  } catch (error) {
    zip.close()
    return refuse(path)(error)
  }
}

async function openTar(path: string, size: number, asked: Asked): Promise<ArchiveFiles> {
  const packed = (await beginningOf(path))[0] === 0x1f
  const file = createReadStream(path)
  const stream = packed ? file.pipe(createGunzip()) : file
  file.on('error', (error) => stream.destroy(error))
  const files: ArchiveFile[] = []
  try {
    // The two kinds of web stream that are typed here differ in name only.
    const bytes = Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array>
    let unpackedBytes = 0
    for await (const { header, body } of bytes.pipeThrough(createTarDecoder())) {
      const name = header.name.replace(/^\.\//, '')
      unpackedBytes += header.size
      if (packed && unpackedBytes > HARMLESS_BYTES && unpackedBytes > size * MOST_RATIO) throw bomb('the archive')
      if (header.type !== 'file' || !asked.wanted(name)) {
        await body.cancel()
        continue
      }
      within(header.size, name, asked)
      const content = Buffer.from(await new Response(body).arrayBuffer())
      files.push({ name, bytes: content.length, read: async () => content })
    }
  } catch (error) {
    stream.destroy()
    return refuse(path)(error)
  }
  return { form: 'tar', files, close: async () => {} }
}

async function beginningOf(path: string): Promise<Buffer> {
  const file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0).finally(() => file.close())
  return buffer.subarray(0, bytesRead)
}

function check(entry: Entry, asked: Asked): void {
  if (entry.isEncrypted()) throw new ConnectorError('refused', `${entry.fileName} is locked with a password`)
  within(entry.uncompressedSize, entry.fileName, asked)
  if (entry.uncompressedSize > HARMLESS_BYTES && entry.uncompressedSize > entry.compressedSize * MOST_RATIO) throw bomb(entry.fileName)
}

function within(bytes: number, name: string, { mostBytes }: Asked): void {
  if (bytes > mostBytes) throw new ConnectorError('refused', `${name} is larger than ${mostBytes / MEGABYTE} MB`)
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

function refuse(name: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ConnectorError) throw error
    throw new ConnectorError('refused', `${name} cannot be read as an export: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}
