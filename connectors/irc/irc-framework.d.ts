/** What is used of irc-framework 4.14, which ships no types; read from its source. */
declare module 'irc-framework' {
  type Tags = { [name: string]: string }
  type Said = {
    /** Empty or missing: a server said it. */
    nick?: string
    target: string
    /** `@` in `@#channel`: only operators are meant to hear it. */
    group?: string
    message: string
    tags: Tags
    /** Milliseconds since 1970, with server-time. */
    time?: number
    account?: string
    batch?: { id: string; type: string; params: string[] }
  }
  type Events = {
    registered: { nick: string }
    loggedin: { account: string }
    'sasl failed': { reason: string; message?: string }
    'nick in use': { nick: string }
    'nick invalid': { nick: string; reason: string }
    join: { nick: string; channel: string; account?: string | false }
    part: { nick: string; channel: string }
    kick: { nick: string; kicked: string; channel: string; message: string }
    nick: { nick: string; new_nick: string }
    account: { nick: string; account: string | false }
    userlist: { channel: string; users: { nick: string }[] }
    privmsg: Said
    notice: Said
    action: Said
    topic: { nick?: string; channel: string; topic: string; time?: number; tags: Tags }
    pong: { message: string; time?: number }
    'batch end chathistory': { params: string[]; commands: { tags: Tags }[] }
    'irc error': { error: string; reason?: string; channel?: string }
    channel_redirect: { from: string; to: string }
    'unknown command': { command: string; params: string[] }
    close: boolean
  }
  /** One connection's socket, as the library drives it. Emits `open`, `line` and `close`. */
  export type Transport = import('node:events').EventEmitter & {
    connect(): void
    writeLine(line: string, sent?: () => void): void
    close(force?: boolean): void
    disposeSocket(): void
    setEncoding(encoding: string): boolean
  }
  export type ConnectOptions = {
    host: string
    port: number
    tls: boolean
    nick: string
    username: string
    gecos: string
    /** `{}`: no SASL, whatever the password. */
    account: { account?: string; password?: string }
    password?: string
    sasl_disconnect_on_fail: boolean
    version: false
    auto_reconnect: false
    enable_chghost: boolean
    ping_interval: number
    ping_timeout: number
    /** The library's own where it is left out. */
    transport?: new (
      options: ConnectOptions,
    ) => Transport
  }
  export class Client {
    user: { nick: string }
    connected: boolean
    network: {
      name: string
      options: { [name: string]: unknown }
      cap: { available: Map<string, string>; isEnabled(name: string): boolean }
    }
    on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): this
    once<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): this
    requestCap(names: string[]): void
    connect(options: ConnectOptions): void
    join(channel: string): void
    ping(message: string): void
    quit(message: string): void
    changeNick(nick: string): void
    raw(...words: string[]): void
    say(target: string, message: string): void
    notice(target: string, message: string): void
    action(target: string, message: string): void
    setTopic(channel: string, topic: string): void
  }
  const Irc: { Client: typeof Client }
  export default Irc
}
