import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail as it arrived: envelope, and what came after DATA, byte for byte (latin1, dots unstuffed). */
export type Received = { from: string; to: string; raw: string }

/** What the relay says to it: takes it, a reply, or `drop`: takes the bytes and hangs up without a word. */
export type Reply = 'take' | 'drop' | { code: number; message?: string }

export type SmtpStandIn = Awaited<ReturnType<typeof serveSmtp>>

/**
 * A relay on a free loopback port. `received` are the mails that it said it took, `seen` all whose bytes reached it.
 * `relay.data` answers a mail, `relay.recipient` a recipient before it; both may be changed between mails.
 */
export async function serveSmtp(options: { port?: number; password?: string } = {}) {
  const relay: { recipient: (address: string) => Reply; data: (mail: Received) => Reply | Promise<Reply> } = {
    recipient: () => 'take',
    data: () => 'take',
  }
  const received: Received[] = []
  const seen: Received[] = []
  const sockets = new Map<number, Socket>()
  const failed = (reply: Reply) =>
    typeof reply === 'object' ? Object.assign(new Error(reply.message ?? 'no'), { responseCode: reply.code }) : null
  const server = new SMTPServer({
    authOptional: options.password === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS', ...(options.password === undefined ? ['AUTH'] : [])],
    onAuth: ({ password, username }, _, done) =>
      password === options.password ? done(null, { user: username }) : done(Object.assign(new Error('no'), { responseCode: 535 })),
    onRcptTo: ({ address }, _, done) => done(failed(relay.recipient(address))),
    async onData(stream, { envelope, remotePort }, done) {
      const chunks: Uint8Array[] = []
      try {
        for await (const chunk of stream) chunks.push(chunk)
      } catch (error) {
        // Whoever sent it died in the middle.
        return done(error instanceof Error ? error : null)
      }
      const mail = {
        from: envelope.mailFrom ? envelope.mailFrom.address : '',
        to: envelope.rcptTo.map(({ address }) => address).join(','),
        raw: Buffer.concat(chunks).toString('latin1'),
      }
      seen.push(mail)
      const reply = await relay.data(mail)
      if (reply === 'drop') return sockets.get(remotePort)?.destroy()
      if (reply === 'take') received.push(mail)
      done(failed(reply))
    },
  })
  // Clients that hang up are what this is for.
  server.on('error', () => {})
  server.server.on('connection', (socket) => {
    if (socket.remotePort) sockets.set(socket.remotePort, socket)
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets.values()) socket.destroy()
    await closed
  }
  return { url: `smtp://127.0.0.1:${port}`, port, relay, received, seen, close, [Symbol.asyncDispose]: close }
}

/** The header lines of a mail as they were sent, unfolded; by name in lower case. */
export function headersOf(raw: string): Map<string, string> {
  const [head = ''] = raw.split('\r\n\r\n')
  return new Map(
    head
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => {
        const [, name = '', value = ''] = /^([^:]+): ?(.*)$/s.exec(line) ?? []
        return [name.toLowerCase(), value]
      }),
  )
}
