import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export type User = { uid: number; gid: number }

/**
 * Who runs Postgres, which refuses to be root: for root the owner of the data, at first `nobody`, which every system has;
 * for anybody else (null) the user who started the program.
 */
export function postgresUser(data: string): User | null {
  if (process.getuid?.() !== 0) return null
  if (existsSync(data)) {
    const { uid, gid } = statSync(data)
    if (uid !== 0) return { uid, gid }
  }
  const nobody = /^nobody:[^:]*:(\d+):(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))
  return { uid: Number(nobody?.[1] ?? 65534), gid: Number(nobody?.[2] ?? 65534) }
}

/** Whether `user` may walk down to `path` and enter it; access lists beyond the mode bits are not looked at. */
export function reachable(path: string, user: User): boolean {
  const { uid, gid, mode } = statSync(path)
  const mayEnter = uid === user.uid ? mode & 0o100 : gid === user.gid ? mode & 0o010 : mode & 0o001
  const parent = dirname(path)
  return mayEnter !== 0 && (parent === path || reachable(parent, user))
}
