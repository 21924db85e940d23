import type { Connector } from '../contract.ts'
import { archive } from './archive.ts'
import { leftOut } from './consent.ts'
import { letter } from './letter.ts'
import { listen } from './live.ts'
import { cannot, locate, mayMean } from './locate.ts'
import { loggedIn } from './logged-in.ts'
import { follow } from './logs.ts'
import { type Context, type Line, parse } from './parse.ts'
import { nameOfNetwork, Settings } from './settings.ts'
import { lacks, setup } from './setup.ts'

/** A channel of an IRC network: listened to live, or read from the logs of somebody who is there. */
export const irc: Connector<Settings, Line, Context> = {
  id: 'irc',
  name: 'IRC',
  mark: { path: 'M4 7l5 5-5 5M12 18h8', stroked: true },
  color: { light: '#0b7d62', dark: '#4fd1ad' },
  // Never shown: a line has no address but ours.
  openLabel: 'Open on IRC',
  conversationLayout: 'chat',
  everySeconds: 60,
  settings: Settings,
  locate,
  kind: (settings) => ('server' in settings ? 'an IRC channel' : 'the logs of an IRC channel'),
  mayMean,
  cannot,
  hosts: ['web.libera.chat', 'irc.libera.chat'],
  lacks,
  setup,
  describe: (settings) => `${settings.channel} on ${nameOfNetwork(settings.network)}${'server' in settings ? '' : ' (logs)'}`,
  host: (settings) => ('server' in settings ? settings.server : (settings.logs ?? 'localhost')),
  live: (settings) => 'server' in settings,
  off(settings) {
    if (!('server' in settings) || settings.nick) return null
    return `Ask the operators of ${settings.channel} whether a log is welcome, then give this source a nick of its own (nick: …) and, once they agree, permission: { by: …, on: … }`
  },
  leftOut,
  loggedIn,
  letter,
  // People who were not asked speak among themselves, even where anybody may listen.
  audience: (_, permission) => (permission ? 'public' : 'members'),
  archive,
  parse,
  read: (run) => ('server' in run.settings ? listen({ ...run, settings: run.settings }) : follow({ ...run, settings: run.settings })),
}
