import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { postgresUser } from '#lib/postgres/postgres-user'
import { freePort } from './postgres-servers.ts'

/** Whether this machine has PgBouncer (Debian: `apt-get install pgbouncer`). */
export const hasPgBouncer = spawnSync('pgbouncer', ['--version']).status === 0

/** PgBouncer in transaction mode in front of the database at `url`, with so many connections to it; on a free loopback port. */
export async function startPgBouncer(url: string, connections: number) {
  const { hostname, port, username, password, pathname } = new URL(url)
  const folder = mkdtempSync(join(tmpdir(), 'backplane-pgbouncer-'))
  chmodSync(folder, 0o755)
  const own = await freePort()
  const config = join(folder, 'pgbouncer.ini')
  writeFileSync(
    config,
    [
      '[databases]',
      `${pathname.slice(1)} = host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}`,
      '[pgbouncer]',
      ...['listen_addr = 127.0.0.1', `listen_port = ${own}`, 'unix_socket_dir =', 'auth_type = any', 'pool_mode = transaction'],
      ...[`default_pool_size = ${connections}`, 'max_client_conn = 500'],
    ].join('\n'),
  )
  // Like Postgres, it refuses to be root.
  const bouncer = spawn('pgbouncer', ['--quiet', config], { ...postgresUser(folder), stdio: 'ignore' })
  const through = `postgres://${username}@127.0.0.1:${own}${pathname}`
  const probe = postgres(through, { max: 1, prepare: false, onnotice: () => {} })
  // Its port is refused until it listens.
  for (const from = Date.now(); ; await delay(50))
    try {
      await probe`select 1`
      break
    } catch (error) {
      if (Date.now() - from > 20_000) throw error
    }
  await probe.end()
  return {
    url: through,
    async stop() {
      const gone = once(bouncer, 'exit')
      bouncer.kill('SIGINT')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
