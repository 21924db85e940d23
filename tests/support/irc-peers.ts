import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Irc, { type Client } from 'irc-framework'

/** Where the real peers are (`PEERS`, else `~/peers`). */
const peers = join(process.env.PEERS ?? join(homedir(), 'peers'), 'irc')

/** Whether InspIRCd, Atheme, ZNC and ngIRCd are installed here, and may be started: Atheme's script wants to be root. */
export const ircPeersAreHere =
  existsSync(join(peers, 'client/node_modules')) &&
  ['/usr/sbin/inspircd', '/usr/bin/atheme-services', '/usr/bin/znc', '/usr/sbin/ngircd'].every((file) => existsSync(file)) &&
  process.getuid?.() === 0

const PORTS = { inspircd: 16667, ngircd: 16685, znc: 16690, atheme: 0 }
/** Of both, on every Debian. */
const NOBODY = 65534
export type PeerName = keyof typeof PORTS
/** TLS of InspIRCd. */
export const TLS_PORT = 16697

/** Real servers on loopback at fixed ports, from fresh copies of their folders: one at a time on a machine. */
export function ircPeers() {
  // Atheme and ZNC run as nobody, who may not look into anybody's home.
  const folder = mkdtempSync(join(tmpdir(), 'backplane-irc-'))
  chmodSync(folder, 0o755)
  cpSync(peers, folder, { recursive: true, filter: (path) => !path.includes('node_modules') })
  const running = new Map<PeerName, ChildProcess>()
  const speakers: Client[] = []

  async function stop(name: PeerName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = running.get(name)
    running.delete(name)
    if (!child?.pid || child.exitCode !== null) return
    const ended = once(child, 'exit')
    // The scripts `exec` into the server.
    process.kill(-child.pid, signal)
    await ended
  }

  return {
    certificate: () => readFileSync(join(folder, 'tls/cert.pem'), 'utf8'),
    stop,
    async start(name: PeerName): Promise<void> {
      // Not by their own scripts, whose `su` gives them a session of their own that outlives what is stopped here.
      const { command, asNobody } = commandOf(name, folder)
      if (asNobody) await once(spawn('chown', ['-R', 'nobody', join(folder, name)]), 'exit')
      const user = asNobody ? { uid: NOBODY, gid: NOBODY } : {}
      const child = spawn(command[0] ?? '', command.slice(1), { cwd: join(folder, name), ...user, detached: true, stdio: 'ignore' })
      running.set(name, child)
      if (PORTS[name] > 0) await listening(PORTS[name])
    },
    /** Somebody who talks: the channel's operator when they are the first in it. */
    async speaker(nick: string, port = PORTS.inspircd): Promise<Client> {
      const client = new Irc.Client()
      speakers.push(client)
      const joined = new Promise<void>((resolve) => client.on('join', (event) => event.nick === nick && resolve()))
      client.on('registered', () => client.join('#hpc'))
      const knock = () =>
        client.connect({
          ...{ host: '127.0.0.1', port, tls: false, nick, username: nick, gecos: nick, account: {}, version: false },
          ...{ sasl_disconnect_on_fail: false, auto_reconnect: false, enable_chghost: false, ping_interval: 30, ping_timeout: 120 },
        })
      // Who comes while services link is sometimes left standing.
      const again = setInterval(knock, 5000)
      knock()
      await joined.finally(() => clearInterval(again))
      return client
    },
    /** All who talked leave. */
    async leave(): Promise<void> {
      await Promise.all(
        speakers.splice(0).map((client) => {
          if (!client.connected) return null
          const left = new Promise<void>((resolve) => client.on('close', () => resolve()))
          client.quit('')
          return left
        }),
      )
    },
    /** An account with the password `hunter2x`, registered with NickServ as a person would. */
    async register(account: string): Promise<void> {
      const client = await this.speaker(account)
      const answered = new Promise<void>((resolve) =>
        client.on('notice', ({ nick, message }) => nick === 'NickServ' && /registered/i.test(message) && resolve()),
      )
      // Services link to the server some seconds after both are up.
      const asking = setInterval(() => client.say('NickServ', 'REGISTER hunter2x bot@example.test'), 1000)
      await answered.finally(() => clearInterval(asking))
      await this.leave()
    },
    /** The conversation with every kind of event; resolves when it is over. */
    async dialog(): Promise<void> {
      await once(spawn(process.execPath, [join(peers, 'client/dialog.mjs'), String(PORTS.inspircd)], { stdio: 'ignore' }), 'exit')
    },
    async close(): Promise<void> {
      await this.leave()
      await Promise.all([...running.keys()].map((name) => stop(name)))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function commandOf(name: PeerName, folder: string): { command: string[]; asNobody: boolean } {
  if (name !== 'atheme') return { command: ['bash', join(folder, `start-${name}.sh`)], asNobody: name === 'znc' }
  const at = (file: string) => join(folder, 'atheme', file)
  return {
    command: ['atheme-services', '-n', '-c', at('atheme.conf'), '-l', at('atheme.log'), '-p', at('atheme.pid'), '-D', at('')],
    asNobody: true,
  }
}

/** A port is open before its server listens to anybody: it has to answer. */
async function listening(port: number): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(100)) {
    const socket = connect(port, '127.0.0.1').setTimeout(1000, () => socket.destroy())
    socket.write('CAP LS\r\n')
    const answered = await Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)]).catch(() => false)
    socket.destroy()
    if (answered) return
  }
  throw new Error(`Nothing answers on ${port}`)
}
