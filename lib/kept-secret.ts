import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

/**
 * The text kept in `file`, for the eyes of its owner only (mode 0600). The first call makes it: whole or not at all,
 * and the same for two programs that start at once. Throws what the file system throws.
 */
export function keptSecret(file: string, make: () => string): string {
  const kept = readKept(file)
  if (kept !== null) return kept
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${make()}\n`, { mode: 0o600 })
  try {
    // A link, where a rename would replace what another program has just made.
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8').trim()
}

function readKept(file: string): string | null {
  try {
    const kept = readFileSync(file, 'utf8').trim()
    // A copy or a restored backup may have come with wider rights.
    chmodSync(file, 0o600)
    return kept || null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
