import type { Client } from 'irc-framework'
import { NICK } from './names.ts'

// A bouncer is there while the network behind it is not: what it says of that is all that tells an outage from a quiet
// channel. That it is there again shows in the channel: it joins.

/** ZNC's words, to who listens and to who comes meanwhile (its `CIRCSock::Disconnected`, `CIRCNetwork::ClientConnected`). */
const LOST = /^(?:Disconnected from IRC|You are currently disconnected from IRC)/

/** Calls `lost` whenever a bouncer says that it is not connected to the network that we listen to through it. */
export function watchBouncer(client: Client, lost: () => void): void {
  client.on('privmsg', ({ nick, message }) => {
    // No person can be called *status.
    if (nick && !NICK.test(nick) && /status$/.test(nick) && LOST.test(message)) lost()
  })
  // https://codeberg.org/emersion/soju/src/branch/master/doc/ext/bouncer-networks.md
  client.on('unknown command', ({ command, params }) => {
    const [kind, id, attributes = ''] = params
    if (command !== 'BOUNCER' || kind !== 'NETWORK' || id !== client.network.options.BOUNCER_NETID) return
    if (/(?:^|;)state=(?:connecting|disconnected)(?:;|$)/.test(attributes)) lost()
  })
}

/** What a bouncer is asked to tell, where it can. */
export const bouncerCaps = ['znc.in/batch', 'soju.im/bouncer-networks', 'soju.im/bouncer-networks-notify']

/** ZNC's own size of a buffer: fewer lines than this, and nothing was pushed out of it. */
const BUFFER_LINES = 50

/**
 * Whether what was played back without being asked for reaches back to what is known: it begins before that; or a
 * bouncer, which was there all the time, played less than it keeps.
 */
export function reachesBack(client: Client, lines: number, oldest: Date | null, knownUntil: Date): boolean {
  if (oldest && oldest <= knownUntil) return true
  const isBouncer = [...client.network.cap.available.keys()].some((cap) => /^(znc\.in|soju\.im)\//.test(cap))
  return isBouncer && lines < BUFFER_LINES
}
