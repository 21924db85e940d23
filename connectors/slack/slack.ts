import type { Connector, Cursor, Reach, Run } from '../contract.ts'
import { readLive } from '../live.ts'
import { archive } from './archive.ts'
import { leftOut } from './consent.ts'
import { letter } from './letter.ts'
import type { Context } from './names.ts'
import { type Native, parse } from './parse.ts'
import { poll } from './read.ts'
import { apiOf, cannot, locate, mayMean, off, Settings } from './settings.ts'
import { lacks, setup } from './setup.ts'
import { signIn } from './sign-in.ts'
import { socketOf } from './socket.ts'
import { createWeb } from './web.ts'

/** Public channels of a Slack workspace whose owners permitted it, through an app of their own. */
export const slack: Connector<Settings, Native, Context> = {
  id: 'slack',
  name: 'Slack',
  mark: { path: 'M9.5 4 7 20M17 4l-2.5 16M4.5 9.2h16M3.5 14.8h16', stroked: true },
  color: { light: '#a3195b', dark: '#f27bb0' },
  openLabel: 'Open in Slack',
  conversationLayout: 'thread',
  addresses: { onward: [/^https?:\/\/slack-redir\.net\/link/], calledInLinks: ['slack'] },
  everySeconds: 120,
  // As long as Slack itself shows messages on its free plan; an agreement may say otherwise (`keep:`).
  keepDays: 90,
  audience: () => 'members',
  settings: Settings,
  locate,
  kind: ({ channels }) => (channels.length === 1 ? 'a Slack channel' : 'a Slack workspace'),
  mayMean,
  cannot,
  hosts: ['slack.com', 'app.slack.com'],
  lacks,
  setup,
  describe,
  host: (settings) => new URL(apiOf(settings)).host,
  live: ({ appToken }) => appToken !== undefined,
  off,
  leftOut,
  letter,
  archive,
  signIn,
  resolve,
  parse,
  read,
}

function describe({ channels, workspace }: Settings): string {
  const names = channels.map((name) => `#${name}`).join(', ')
  return [names || 'Slack', workspace].filter(Boolean).join(names ? ' on ' : ' ')
}

/** What the workspace calls itself. */
async function resolve(settings: Settings, reach: Reach): Promise<Settings> {
  return settings.workspace ? settings : { ...settings, workspace: (await createWeb(settings, reach).whoAmI()).team }
}

/** A poll returns when caught up, or at Slack's limit; with an app-level token the channels are followed until aborted. */
function read(run: Run<Settings>): ReturnType<Connector<Settings>['read']> {
  const from = (cursor: Cursor | null) => poll({ ...run, cursor })
  return run.settings.appToken ? readLive(run, socketOf(run, from)) : from(run.cursor)
}
