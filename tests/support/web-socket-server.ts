import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** One connection of a client. `received` holds what it sent; `sent` resolves at its next message. */
export type Peer = {
  url: URL
  headers: IncomingHttpHeaders
  received: string[]
  sent: () => Promise<string>
  send(message: string | object): void
  /** Says goodbye as RFC 6455 wants it. */
  close(code?: number): void
  /** The network is gone: no goodbye. */
  cut(): void
  closed: Promise<void>
}

/**
 * A real WebSocket server on a free loopback port (RFC 6455: unfragmented text, pings and close). `connected()` resolves
 * with the next client that connects. `refuse` makes the handshake fail with this status.
 */
export async function serveWebSocket() {
  const waiting: ((peer: Peer) => void)[] = []
  const arrived: Peer[] = []
  const server = createServer((_request, response) => response.writeHead(426).end())
  const state = { refuse: 0 }
  server.on('upgrade', (request, socket) => {
    if (state.refuse) return socket.end(`HTTP/1.1 ${state.refuse} No\r\nConnection: close\r\n\r\n`)
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    const protocol = request.headers['sec-websocket-protocol']
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ''}\r\n`,
    )
    const peer = peerOn(socket, new URL(request.url ?? '/', origin), request.headers)
    const next = waiting.shift()
    if (next) next(peer)
    else arrived.push(peer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<Duplex>()
  server.on('connection', (socket) => sockets.add(socket))
  const origin = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const connected = () => new Promise<Peer>((resolve) => (arrived[0] ? resolve(arrived.splice(0, 1)[0] as Peer) : waiting.push(resolve)))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { origin, state, connected, close, [Symbol.asyncDispose]: close }
}

function peerOn(socket: Duplex, url: URL, headers: IncomingHttpHeaders): Peer {
  const received: string[] = []
  const listeners: ((message: string) => void)[] = []
  let buffered = Buffer.alloc(0)
  const write = (opcode: number, payload: Buffer) => {
    const { length } = payload
    const size = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : null
    const head = size ? Buffer.from([0x80 | opcode, ...size]) : Buffer.concat([Buffer.from([0x80 | opcode, 127]), eightBytes(length)])
    if (!socket.destroyed) socket.write(Buffer.concat([head, payload]))
  }
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    for (let frame = firstFrame(buffered); frame; frame = firstFrame(buffered)) {
      buffered = buffered.subarray(frame.bytes)
      if (frame.opcode === 8) {
        write(8, frame.payload)
        socket.end()
      }
      // Whoever asks whether we are there is told so (RFC 6455 §5.5.3).
      if (frame.opcode === 9) write(10, frame.payload)
      if (frame.opcode !== 1) continue
      const message = frame.payload.toString()
      received.push(message)
      for (const listener of listeners.splice(0)) listener(message)
    }
  })
  return {
    url,
    headers,
    received,
    sent: () => new Promise((resolve) => listeners.push(resolve)),
    send: (message) => write(1, Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))),
    close: (code = 1000) => write(8, Buffer.from([code >> 8, code & 255])),
    cut: () => socket.destroy(),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

/** The first whole frame of what a client sent (always masked), or null while it is not whole. */
function firstFrame(data: Buffer) {
  if (data.length < 6) return null
  const short = (data[1] ?? 0) & 127
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  if (data.length < 6 + extra) return null
  const length = extra === 2 ? data.readUInt16BE(2) : extra === 8 ? Number(data.readBigUInt64BE(2)) : short
  const start = 6 + extra
  if (data.length < start + length) return null
  const mask = data.subarray(start - 4, start)
  const payload = Buffer.from(data.subarray(start, start + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
  return { opcode: (data[0] ?? 0) & 15, payload, bytes: start + length }
}

function eightBytes(length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}
