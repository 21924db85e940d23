import { isIP } from 'node:net'
import { z } from 'zod'
import { NICK } from './names.ts'

/** A channel that is listened to live. */
export type Live = {
  server: string
  port: number
  channel: string
  nick?: string | undefined
  /** Logged in to with SASL PLAIN; without it, `password` is the server's own (a bouncer's `user/network:password`). */
  account?: string | undefined
  password?: string | undefined
  tls: boolean
  network: string
  optOut: string[]
  relays?: string[] | undefined
}

/** Logs of a channel: those in a folder, as they grow, or files that are named once. */
export type Logs = {
  logs?: string | undefined
  channel: string
  network: string
  format?: LogFormat | undefined
  /** IANA name of the zone whose time the logs tell, where they do not say. */
  zone?: string | undefined
  /** 2026-11-22: the day of logs that tell none. */
  day?: string | undefined
  optOut: string[]
  relays?: string[] | undefined
}

export type Settings = Live | Logs

export const logFormats = ['irssi', 'weechat', 'znc', 'limnoria', 'thelounge'] as const
export type LogFormat = (typeof logFormats)[number]

const DEFAULT_PORT = 6697

/** What networks call themselves, and the servers that are known to be theirs. */
const NETWORKS: { id: string; name: string; server: string; servers: RegExp }[] = [
  { id: 'libera', name: 'Libera.Chat', server: 'irc.libera.chat', servers: /(^|\.)libera\.chat$/ },
  { id: 'oftc', name: 'OFTC', server: 'irc.oftc.net', servers: /(^|\.)oftc\.net$/ },
  { id: 'hackint', name: 'hackint', server: 'irc.hackint.org', servers: /(^|\.)hackint\.org$/ },
]

const isZone = (zone: string) => zone === 'UTC' || Intl.supportedValuesOf('timeZone').includes(zone)

const Given = z.strictObject({
  server: z
    .string()
    .regex(/^[\w.:-]+$/, 'the name of a server, such as irc.libera.chat')
    .transform((server) => server.toLowerCase())
    .optional(),
  port: z.int().min(1).max(65535).optional(),
  channel: z.string().regex(/^[#&+!][^\s,\x00-\x1f]+$/, 'a channel with its sign, in quotes: "#hpc"'),
  nick: z.string().regex(NICK, 'a nick: letters, digits and _-[]{}|^`').optional(),
  account: z
    .string()
    .regex(/^[^\s\x00-\x1f]+$/, 'the name of an account')
    .optional(),
  password: z
    .string()
    .regex(/^[^\x00-\x1f]+$/, 'is empty, or has control characters')
    .optional(),
  tls: z.boolean().optional(),
  network: z
    .string()
    .regex(/^[\w.-]+$/, 'the short name of a network, such as libera')
    .transform((network) => network.toLowerCase())
    .optional(),
  /** Nicks and accounts that asked to be left out. */
  optOut: z.array(z.string().min(1)).optional(),
  /** Nicks or accounts of programs that carry another place's chat here, besides those that are known by their nicks. */
  relays: z.array(z.string().min(1)).optional(),
  logs: z.string().min(1, 'a folder').optional(),
  format: z.enum(logFormats, `one of ${logFormats.join(', ')}`).optional(),
  zone: z.string().refine(isZone, 'an IANA time zone such as Europe/Berlin').optional(),
  day: z.iso.date('a day such as 2026-11-22').optional(),
})

const LIVE_ONLY = ['port', 'nick', 'account', 'password', 'tls'] as const
const LOGS_ONLY = ['format', 'zone', 'day'] as const

export const Settings: z.ZodType<Settings> = Given.superRefine((given, context) => {
  const { server, logs, network, account, password } = given
  const wrong = (message: string) => context.addIssue({ code: 'custom', message })
  if ((server === undefined) === (logs === undefined)) wrong('needs server: a server to listen to, or logs: a folder of logs to read')
  for (const name of server === undefined ? LIVE_ONLY : LOGS_ONLY)
    if (given[name] !== undefined) wrong(`${name} goes with ${server === undefined ? 'server' : 'logs'}`)
  if (logs !== undefined && network === undefined)
    wrong('network is missing: the short name of the network that the logs are of, such as libera')
  if (account !== undefined && password === undefined) wrong('account goes with password: env:NAME')
}).transform(({ server, logs, network = '', optOut = [], ...given }): Settings => {
  const { channel, port = DEFAULT_PORT, tls = true, nick, account, password, format, zone, day, relays } = given
  if (server === undefined) return { logs, channel, network, format, zone, day, optOut, relays }
  return { server, port, channel, nick, account, password, tls, network: network || networkOf(server), optOut, relays }
})

/** Logs that are named once, as an archive's options say them: the same checks, without a folder. */
export function archiveSettings(given: object): Logs | z.ZodError {
  const parsed = Settings.safeParse({ ...given, logs: 'named once' })
  if (!parsed.success) return parsed.error
  const { logs: _folder, ...settings } = parsed.data as Logs
  return settings
}

/** Short name of the network that a server belongs to: `libera` of any server of Libera's, `example` of irc.example.org. */
export function networkOf(server: string): string {
  const known = NETWORKS.find(({ servers }) => servers.test(server))
  return known?.id ?? ((isIP(server) === 0 && server.split('.').at(-2)) || server)
}

/** The server of a network by any name that people give it, `Libera.Chat` or `libera`, or a server's own; null for anything else. */
export function serverOfNetwork(written: string): string | null {
  const name = written.toLowerCase().replace(/\.$/, '')
  const known = NETWORKS.find(({ id, name: called, servers }) => [id, called.toLowerCase()].includes(name) || servers.test(name))
  if (known) return known.servers.test(name) && name.startsWith('irc') ? name : known.server
  return /^irc\d*\.[\w.-]+\.[a-z]{2,}$/.test(name) ? name : null
}

/** A network as its people call it. */
export function nameOfNetwork(network: string): string {
  return NETWORKS.find(({ id }) => id === network)?.name ?? network
}

/** Settings of a channel that somebody's link names, with all that the link leaves open. */
export function liveAt(server: string, channel: string, port = DEFAULT_PORT): Live | null {
  const parsed = Settings.safeParse({ server, channel, port })
  return parsed.success && 'server' in parsed.data ? parsed.data : null
}
