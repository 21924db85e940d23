import { knowAddresses } from '#db/link-key'
import { bluesky } from './bluesky/bluesky.ts'
import type { Connector } from './contract.ts'
import { feed } from './feed/feed.ts'
import { irc } from './irc/irc.ts'
import { linkedin } from './linkedin/linkedin.ts'
import { links } from './links/links.ts'
import { mastodon } from './mastodon/mastodon.ts'
import { reddit } from './reddit/reddit.ts'
import { slack } from './slack/slack.ts'
import { threads } from './threads/threads.ts'
import { x } from './x/x.ts'

/** Every platform, in the order in which filters show them. A link as pasted belongs to the first that locates it. */
export const connectors: readonly Connector[] = [bluesky, mastodon, reddit, irc, slack, links, x, threads, linkedin, feed]

// Whoever saves or compares posts has this file: links are compared with all that is known of networks.
knowAddresses(connectors.flatMap(({ addresses = [] }) => addresses))

/** The connector with this id. Throws for an id that is not registered: callers hold ids that the registry gave. */
export function connectorOf(id: string): Connector {
  const connector = connectors.find((candidate) => candidate.id === id)
  if (!connector) throw new Error(`No connector is called “${id}”`)
  return connector
}
