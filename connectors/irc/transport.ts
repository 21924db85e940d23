import { EventEmitter } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Transport } from 'irc-framework'
import type { Guard } from '../guard.ts'
import { ConnectorError } from '../trouble.ts'

export type Address = { server: string; port: number; tls: boolean; channel: string; guard: Guard; now?: () => Date }

/** A line and its tags have 8,191 + 512 bytes (https://ircv3.net/specs/extensions/message-tags): more without an end is no IRC. */
const MOST_UNFINISHED_BYTES = 64 * 1024

/** All that a reader has to say to a server. Nothing among them reaches another person. */
const COMMANDS = new Set(['CAP', 'AUTHENTICATE', 'PASS', 'NICK', 'USER', 'PING', 'PONG', 'JOIN', 'CHATHISTORY', 'QUIT'])

/**
 * Whether a line may be sent: one of the commands above, of channels only the one that is read, and one line, for some
 * servers take a lone carriage return for the end of it.
 */
export function mayLeave(line: string, channel: string): boolean {
  if (/[\r\n\0]/.test(line)) return false
  const [command = '', to] = line.split(' ')
  if (!COMMANDS.has(command)) return false
  return command !== 'JOIN' || (to === channel && line === `JOIN ${channel}`)
}

/**
 * The socket of one connection, in the place of the library's own: it goes only where the guard lets it, says only what
 * a reader may, and knows when it last heard anything. `error` is why it closed, where something broke.
 */
export function openTransport({ server, port, tls, channel, guard, now = () => new Date() }: Address) {
  let socket: Socket | null = null
  let unfinished = Buffer.alloc(0)
  const heard = { until: now(), error: null as Error | null }
  const events = new EventEmitter()

  function connectSocket(): void {
    const address = { host: server, port, lookup: guard.lookup }
    socket = tls ? connectTls({ ...address, ...(isIP(server) === 0 && { servername: server }) }) : connect(address)
    socket.once(tls ? 'secureConnect' : 'connect', () => events.emit('open'))
    socket.on('data', read)
    // What a server says goodbye after was heard to the end.
    socket.on('end', () => {
      heard.until = now()
    })
    socket.on('error', (error) => {
      heard.error = error
    })
    socket.on('close', () => events.emit('close', heard.error ?? false))
  }

  function read(data: Buffer): void {
    heard.until = now()
    unfinished = Buffer.concat([unfinished, data])
    let start = 0
    for (let end = unfinished.indexOf(0x0a); end >= 0; end = unfinished.indexOf(0x0a, start)) {
      try {
        events.emit('line', decode(unfinished.subarray(start, end)).replace(/\r$/, ''))
      } catch (error) {
        // The library throws on lines that no server should send (BATCH without a name): that is this server's trouble alone.
        socket?.destroy(new ConnectorError('unavailable', `${server} sent a line that is no IRC`, { cause: error }))
        return
      }
      start = end + 1
    }
    unfinished = unfinished.subarray(start)
    if (unfinished.length > MOST_UNFINISHED_BYTES)
      socket?.destroy(new ConnectorError('malformed', `${server} sends a line without an end: it may not speak IRC`))
  }

  const transport: Transport = Object.assign(events, {
    connect: connectSocket,
    writeLine(line: string, sent: () => void = () => {}) {
      // Silently: the library writes from within its own event handlers, where an error would end the process.
      if (socket && !socket.connecting && socket.writable && mayLeave(line, channel)) socket.write(`${line}\r\n`, () => sent())
      else setImmediate(sent)
    },
    close(force = false) {
      if (force || socket?.connecting) socket?.destroy()
      else socket?.end()
    },
    disposeSocket() {
      socket?.removeAllListeners('close')
      socket?.destroy()
    },
    // Lines are decoded here, each as it needs.
    setEncoding: () => true,
  })
  return { transport, heard }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const latin = new TextDecoder('windows-1252')

/** IRC has no encoding of its own: what is not UTF-8 was most likely typed in a western one. */
export function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return latin.decode(bytes)
  }
}
