import { readFile } from 'node:fs/promises'
import { configuration } from '../config.ts'

/** The text of the file of sources, as it is now; null where it cannot be read. */
export async function readSources(): Promise<string | null> {
  return readFile(configuration().SOURCES, 'utf8').catch(() => null)
}
