// Plain JavaScript that Node 20.9 runs, as all of the launcher is.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const COMPRESSIBLE = /\.(js|css)$/

/**
 * Writes a `.br` and a `.gz` beside every script and style below `folder`, as small as they get: that takes seconds, which
 * a build has once and a reader never has. A page's scripts come over the wire a sixth smaller than compressed on the way.
 * @param {string} folder
 */
export async function compressAssets(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((file) => COMPRESSIBLE.test(file))
  await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(join(folder, file))
      const smallest = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }
      await writeFile(join(folder, `${file}.br`), await promisify(brotliCompress)(bytes, smallest))
      await writeFile(join(folder, `${file}.gz`), await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }))
    }),
  )
}
