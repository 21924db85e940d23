import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'

/** Why a file with a secret is not read, as a sentence to the owner. */
export class SecretFileError extends Error {}

/** The secret in a file, without the line end. Throws SecretFileError for one that others may read, too (mode 0600 is wanted). */
export function readSecretFile(file: string): string {
  try {
    const mode = statSync(file).mode & 0o777
    // Windows has no such modes.
    if (mode & 0o077 && process.platform !== 'win32')
      throw new SecretFileError(`${file} may be read by others (mode ${mode.toString(8)}): chmod 600 ${file}`)
    const secret = readFileSync(file, 'utf8').trim()
    if (!secret) throw new SecretFileError(`${file} is empty`)
    return secret
  } catch (error) {
    if (error instanceof SecretFileError) throw error
    throw new SecretFileError(`${file} cannot be read (${error instanceof Error && 'code' in error ? error.code : error})`)
  }
}

/** Puts another secret into such a file, whole or not at all, for its owner's eyes only. Throws what the file system throws. */
export function writeSecretFile(file: string, secret: string): void {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${secret}\n`, { mode: 0o600 })
  renameSync(draft, file)
}
