import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A stable address on loopback that leads to whichever server is the primary now: what a cluster's own proxy is elsewhere. */
export type Relay = {
  port: number
  /** From now on to this port; whoever is connected is hung up on. */
  aim(port: number): void
  /** Hangs up on everybody and lets nobody in, until it is aimed or mended. */
  cut(): void
  mend(): void
  close(): void
}

export async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  let isCut = false
  let to = target
  const server = createServer((client) => {
    if (isCut) return client.destroy()
    const upstream = connect(to, '127.0.0.1')
    const pair = [client, upstream]
    for (const socket of pair) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        for (const other of pair) other.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A server on a port has a port')
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    aim(port) {
      to = port
      isCut = false
      hangUp()
    },
    cut() {
      isCut = true
      hangUp()
    },
    mend() {
      isCut = false
    },
    close() {
      server.close()
      hangUp()
    },
  }
}
