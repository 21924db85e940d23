import { z } from 'zod'
import type { Archive, ArchiveRun, Batch } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { filesIn } from './log-files.ts'
import { readLogs } from './read-logs.ts'
import { archiveSettings, logFormats, type Settings } from './settings.ts'

const OPTIONS = ['channel', 'network', 'zone', 'format', 'day', 'opt-out', 'relays']

/** Logs that somebody has kept. */
export const archive: Archive<Settings> = {
  usage: `irc <logs or folders…> --channel '#hpc' --network libera [--zone Europe/Berlin] [--format ${logFormats.join('|')}] [--day 2026-11-22] [--opt-out nick,nick] [--relays nick,nick]`,
  settings(options) {
    const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
    if (unknown) throw refused(`There is no option --${unknown}: there are ${OPTIONS.map((name) => `--${name}`).join(', ')}`)
    const { channel, network, 'opt-out': optOut, relays, ...rest } = options
    const names = (list: string) => list.split(',').filter(Boolean)
    if (!channel) throw refused("Say which channel the logs are of: --channel '#hpc'")
    if (!network) throw refused('Say which network the channel is on: --network libera')
    const given = { channel, network, ...rest, ...(optOut && { optOut: names(optOut) }), ...(relays && { relays: names(relays) }) }
    const settings = archiveSettings(given)
    if (!(settings instanceof z.ZodError)) return settings
    throw refused(settings.issues.map(({ path, message }) => `--${path.join('.')} must be ${message}`).join('; '))
  },
  /** Of whatever channel: who imports says it. */
  recognise: async ([path = '']) => (/\.(log|weechatlog)$/i.test(path) ? {} : null),
  read,
}

async function* read({ paths, settings, permission, cursor, signal, progress }: ArchiveRun<Settings>): AsyncGenerator<Batch, void, void> {
  if ('server' in settings) throw refused('An import reads logs, not a server')
  const files = await filesIn(paths).catch((error: Error) => {
    throw refused(`What should be imported cannot be read: ${error.message}`)
  })
  yield* readLogs({ files, settings, permitted: permission !== null, cursor, signal, following: false, since: null, progress })
}

function refused(sentence: string): ConnectorError {
  return new ConnectorError('refused', sentence)
}
