import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export type IrcServer = Awaited<ReturnType<typeof serveIrc>>

type Options = {
  /** What it offers; null: it does not know CAP at all. */
  caps?: string[] | null
  /** Accounts by name, with their passwords. */
  accounts?: { [name: string]: string }
  /** Logs nobody in, whatever they say: as a network whose services are away. */
  forgetsLogin?: boolean
  /** How far its clock is ahead. */
  skewMs?: number
  /** Said to whom joins, before anything else: a server's or bouncer's playback. */
  playback?: string[]
  /** Lines of `CHATHISTORY`, each with its time, oldest first. */
  history?: { time: string; line: string }[]
  port?: number
  /** More of what it says to support (005). */
  supported?: string
}

/**
 * A small real IRC server on a loopback port, with channels in which the test speaks for everybody else. All that
 * clients send is kept in `received`. https://modern.ircdocs.horse
 */
export async function serveIrc(given: Options = {}) {
  const options: Options = {
    caps: ['message-tags', 'server-time', 'account-tag', 'batch', 'extended-join', 'account-notify', 'sasl'],
    ...given,
  }
  const received: string[] = []
  const clients = new Map<Socket, { nick: string; login: string | null; channels: Set<string>; registering: number }>()
  const waiting = new Set<() => void>()
  const now = () => new Date(Date.now() + (options.skewMs ?? 0)).toISOString()
  const server = createServer((socket) => {
    clients.set(socket, { nick: '*', login: null, channels: new Set(), registering: 2 })
    socket.on('error', () => {})
    socket.on('close', () => clients.delete(socket))
    const lines = createInterface({ input: socket })
    // Who is killed hangs up in the middle of a line.
    lines.on('error', () => {})
    lines.on('line', (line) => {
      received.push(line)
      answer(socket, line)
      for (const look of waiting) look()
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A server on a port has a port')

  function answer(socket: Socket, line: string): void {
    const client = clients.get(socket)
    if (!client) return
    const send = (text: string) => socket.write(`${text}\r\n`)
    const [command = '', ...words] = line.split(' ')
    const caps = options.caps ?? null
    if (command === 'CAP' && caps) {
      if (words[0] === 'LS') {
        client.registering++
        send(`:irc.test CAP * LS :${caps.join(' ')}`)
      }
      if (words[0] === 'REQ') send(`:irc.test CAP * ACK ${words.slice(1).join(' ')}`)
      if (words[0] === 'END') client.registering--
    }
    if (command === 'AUTHENTICATE') {
      if (words[0] === 'PLAIN') return void send('AUTHENTICATE +')
      const [, account = '', password] = Buffer.from(words[0] ?? '', 'base64')
        .toString()
        .split('\0')
      if (options.accounts?.[account] === password && password !== undefined) {
        client.login = account
        if (!options.forgetsLogin) send(`:irc.test 900 * *!*@* ${account} :You are now logged in`)
        send(':irc.test 903 * :SASL authentication successful')
      } else send(':irc.test 904 * :SASL authentication failed')
    }
    if (command === 'NICK') {
      const taken = [...clients.values()].some((other) => other !== client && other.nick === words[0])
      if (taken) return void send(`:irc.test 433 * ${words[0]} :Nickname is already in use`)
      if (client.nick === '*') client.registering--
      client.nick = words[0] ?? '*'
    }
    if (command === 'USER') client.registering--
    if (client.registering === 0) {
      client.registering = -1
      send(`:irc.test 001 ${client.nick} :Welcome`)
      send(
        `:irc.test 005 ${client.nick} NETWORK=TestNet CASEMAPPING=rfc1459 CHANTYPES=# STATUSMSG=@+ CHATHISTORY=100${options.supported ? ` ${options.supported}` : ''} :are supported`,
      )
      send(`:irc.test 422 ${client.nick} :No message of the day`)
    }
    if (command === 'PING') send(`${caps?.includes('server-time') ? `@time=${now()} ` : ''}:irc.test PONG irc.test ${words.join(' ')}`)
    if (command === 'JOIN') {
      client.channels.add(words[0] ?? '')
      send(`:${client.nick}!u@h JOIN ${words[0]}${caps?.includes('extended-join') ? ' * :x' : ''}`)
      send(`:irc.test 332 ${client.nick} ${words[0]} :A topic that was there before`)
      send(`:irc.test 353 ${client.nick} = ${words[0]} :${client.nick} @ada bob`)
      send(`:irc.test 366 ${client.nick} ${words[0]} :End of /NAMES list`)
      for (const told of options.playback ?? []) send(told)
    }
    if (command === 'CHATHISTORY') {
      const [, channel, after = '', limit = '100'] = words
      const page = (options.history ?? []).filter(({ time }) => time > after.replace('timestamp=', '')).slice(0, Number(limit))
      send(`:irc.test BATCH +h chathistory ${channel}`)
      for (const { time, line: told } of page) send(`@batch=h;time=${time};${told}`)
      send(':irc.test BATCH -h')
    }
    if (command === 'QUIT') socket.end(`ERROR :Closing link\r\n`)
  }

  return {
    port: address.port,
    options,
    received,
    /** Sends a raw line to all who joined something; bytes as they are. */
    tell(line: string | Uint8Array) {
      for (const [socket, { channels }] of clients)
        if (channels.size > 0) {
          socket.write(line)
          socket.write('\r\n')
        }
    },
    /** `nick` says it in the channel now; `tags` beside the time. */
    say(nick: string, text: string, { tags = '', command = 'PRIVMSG', to = '#hpc' } = {}) {
      const stamp = options.caps?.includes('server-time') ? `@time=${now()}${tags && `;${tags}`} ` : ''
      this.tell(`${stamp}:${nick}!user@host ${command} ${to} :${text}`)
    },
    /** How many are connected and have joined something. */
    present: () => [...clients.values()].filter(({ channels }) => channels.size > 0).length,
    /** Resolves once a client has sent such a line. */
    async got(pattern: RegExp): Promise<string> {
      for (;;) {
        const line = received.find((one) => pattern.test(one))
        if (line !== undefined) return line
        await new Promise<void>((resolve) => {
          const look = () => {
            waiting.delete(look)
            resolve()
          }
          waiting.add(look)
        })
      }
    },
    /** Everybody is cut off. */
    cut() {
      for (const socket of clients.keys()) socket.destroy()
    },
    close() {
      for (const socket of clients.keys()) socket.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
