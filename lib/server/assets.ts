import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { takes } from './takes.ts'

const FOLDER = join(import.meta.dirname, '../../.next/static')
const TYPES: { [extension: string]: string } = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }
/** The smaller first. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
]

/** Answers a request for a script or style that the build compressed; false where it is for something else. */
export type Assets = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * The scripts and styles of the pages as the build compressed them (`compress-assets.js`), held in memory: less than a
 * megabyte, and as small as they get. Whoever takes nothing compressed, or a part, is answered by Next.
 */
export async function compressedAssets(): Promise<Assets> {
  const files = existsSync(FOLDER) ? await readdir(FOLDER, { recursive: true }) : []
  const kept = new Map<string, Buffer>()
  for (const file of files) if (/\.(br|gz)$/.test(file)) kept.set(`/_next/static/${file}`, await readFile(join(FOLDER, file)))
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    const type = path.startsWith('/_next/static/') ? TYPES[path.slice(path.lastIndexOf('.') + 1)] : undefined
    if (!type || request.headers.range) return false
    const encoding = ENCODINGS.find(({ name, extension }) => kept.has(path + extension) && takes(request, name))
    const bytes = encoding && kept.get(path + encoding.extension)
    if (!bytes) return false
    response.writeHead(200, {
      'Content-Type': type,
      'Content-Encoding': encoding.name,
      'Content-Length': bytes.length,
      // They are named for their content.
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
    })
    response.end(bytes)
    return true
  }
}
