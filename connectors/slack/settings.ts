import { z } from 'zod'
import type { Permission } from '#db/post'
import type { Guess } from '../contract.ts'

/** Slack's own API; an emulator's stands in the settings. */
const API = 'https://slack.com/api/'

/** A public channel, by its name or by its id (`C…`). Ids of direct messages and old private channels begin differently. */
const channel = z
  .string()
  .transform((written) => written.trim().replace(/^#/, ''))
  .refine((name) => /^[\p{L}\p{N}_-]{1,80}$/u.test(name), 'must be the name of a channel, such as general')
  .refine((name) => !/^[DG][A-Z0-9]{7,}$/.test(name), 'is a direct message or a private channel: those are never read')

export const Settings = z.object({
  /** Bot token of an app of the workspace's own (`xoxb-…`), as env:NAME. */
  token: z.string().min(1, 'is empty').optional(),
  /** App-level token (`xapp-…`), as env:NAME: with it the channels are followed live. */
  appToken: z.string().min(1, 'is empty').optional(),
  /** The public channels that may be read, by name. */
  channels: z.array(channel).default([]),
  /** People who asked to be left out: account names or ids. */
  optOut: z.array(z.string().min(1)).optional(),
  api: z.url().optional(),
  /** What to call the workspace; filled in by `resolve` where it is not given. */
  workspace: z.string().min(1).optional(),
})

export type Settings = z.infer<typeof Settings>

/** Where the API is, with the slash at its end. */
export function apiOf({ api = API }: Pick<Settings, 'api'>): string {
  return api.endsWith('/') ? api : `${api}/`
}

/** What is missing before a workspace may be read, as a sentence to the owner of this program; null when nothing is. */
export function off({ token, channels }: Settings, permission: Permission | null): string | null {
  if (!permission)
    return 'A Slack workspace is its members’ own room: its owners must permit this first. The letter with this source asks them; then write permission: { by: who, on: date } into this source'
  if (!token) return 'Make an app in the workspace (README, “Slack”), and name its bot token in this source as token: env:SLACK_BOT_TOKEN'
  if (channels.length === 0)
    return 'Name the public channels that the workspace’s owners agreed to in this source, such as channels: [general, storage]'
  return null
}

/** Which of Slack's addresses are its own, and nobody's workspace. */
const OWN = [
  'www',
  'api',
  'app',
  'join',
  'docs',
  'status',
  'slack',
  'my',
  'edgeapi',
  'files',
  'hooks',
  'a',
  'b',
  'ca',
  'marketplace',
  'get',
]

/** Links into a workspace that a person would paste: its address, a channel, a message, an invitation. */
export function locate(input: string): Settings | null {
  if (!URL.canParse(input)) return null
  const { protocol, hostname, pathname } = new URL(input)
  // The app's own addresses name the workspace by an id, which nobody knows it by.
  const opened = protocol === 'https:' && hostname === 'app.slack.com' ? /^\/client\/[TE][A-Z0-9]+\/(C[A-Z0-9]+)/.exec(pathname)?.[1] : null
  if (opened) return { channels: [opened] }
  if (!/^https?:$/.test(protocol)) return null
  const invited = hostname === 'join.slack.com' ? /^\/t\/([a-z0-9-]+)/.exec(pathname)?.[1] : null
  const workspace = invited ?? /^([a-z0-9-]+)\.slack\.com$/.exec(hostname)?.[1]
  if (!workspace || OWN.includes(workspace)) return null
  const channelId = /^\/(?:archives|messages)\/(C[A-Z0-9]+)/.exec(pathname)?.[1]
  if (/^\/(?:archives|messages)\/[DG]/.test(pathname)) return null
  return { workspace, channels: channelId ? [channelId] : [] }
}

/** A channel by its name, which says nothing of the workspace unless it is said. */
export function mayMean(input: string, known: Settings[]): Guess<Settings>[] {
  const [, channel, , workspace] =
    /^#?([\p{L}\p{N}_-]{1,80})\s+(on|in|at)\s+(?:the\s+)?([a-z0-9][\w.-]*?)(?:\.slack\.com|\s+slack)$/iu.exec(input.trim()) ?? []
  if (channel && workspace) return [{ settings: { workspace, channels: [channel.toLowerCase()] }, likely: true }]
  const named = /^#?([\p{L}\p{N}_-]{1,80})\s+(?:on|in|at)\s+slack$/iu.exec(input.trim())?.[1]
  return named ? [{ settings: { workspace: known[0]?.workspace, channels: [named.toLowerCase()] }, likely: true }] : []
}

export function cannot(input: string): string | null {
  if (!URL.canParse(input) || locate(input)) return null
  const { hostname, pathname } = new URL(input)
  if (!/(^|\.)slack\.com$/.test(hostname)) return null
  return /^\/(?:archives|messages)\/[DG]|^\/client\/[TE][A-Z0-9]+\/[DG]/.test(pathname)
    ? 'This is a direct message or a private channel: those are never read'
    : 'This address of Slack names no workspace: paste one such as https://example.slack.com/archives/C0123456789'
}
