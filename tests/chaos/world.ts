import { setTimeout as delay } from 'node:timers/promises'
import { serveIrc } from '../support/irc-server.ts'
import { rawStatus, serveMastodon } from '../support/mastodon-server.ts'
import { type Answer, type Asked, serve } from '../support/server.ts'

/** What is said while the program is disturbed: each thing has a word of its own by which it is found again. */
export type Seed = {
  source: string
  word: string
  /** When it was there to be read, in milliseconds; its source says the same, if it does not lie. */
  at: number
  /** Heard once or never: nobody can be asked again. */
  live: boolean
  /** Its source says another time. */
  lying: boolean
}

/** How many joined a channel since when. */
export type Presence = { at: number; joined: number }

export type World = Awaited<ReturnType<typeof startWorld>>

const FEEDS = ['ash', 'birch', 'cedar', 'slow', 'lying']
const CHANNELS = ['#dawn', '#noon', '#dusk']
const DAY_MS = 86_400_000
const SLOW_MS = 12_000
/** A feed shows so many of its newest, as feeds do. */
const SHOWN = 80

/** Stand-ins for five feeds (one slow, one that lies), a Mastodon server and three IRC channels, which say something every second or so. */
export async function startWorld(random: () => number) {
  const seeds: Seed[] = []
  // Said yesterday: a feed of nothing but this minute's items is taken for one whose generator stamps them.
  for (const source of FEEDS) seeds.push({ source, word: `seed${source}0x`, at: Date.now() - DAY_MS, live: false, lying: false })
  const said = (source: string) => seeds.filter((seed) => seed.source === source)
  const state = { lies: true, slow: true }

  const feeds = await Promise.all(
    FEEDS.map(async (name) => {
      const feed = (asked: Asked) => answerOf(name, said(name), asked)
      return { name, server: await serve({ '/feed.xml': feed }) }
    }),
  )
  async function answerOf(name: string, own: Seed[], _asked: Asked): Promise<Answer> {
    const headers = { 'content-type': 'application/rss+xml' }
    if (name === 'slow' && state.slow) await delay(SLOW_MS * random())
    const body = rss(name, own.slice(-SHOWN))
    if (name !== 'lying' || !state.lies) return { headers, body }
    const lie = Math.floor(random() * 6)
    if (lie === 0) return { headers: { 'content-type': 'text/html' }, body: '<h1>It works!</h1>' }
    if (lie === 1) return { headers, body: body.slice(0, body.length / 2) }
    if (lie === 2) return { headers: { ...headers, 'content-length': String(body.length + 1000) }, body }
    if (lie === 3) return { status: 304, headers: { etag: '"never"' } }
    if (lie === 4) return { status: 503, headers: { 'retry-after': '2' }, body: 'later' }
    return { headers: { ...headers, etag: '"always the same"' }, body }
  }

  const mastodon = await serveMastodon()
  const caps = ['message-tags', 'server-time', 'account-tag', 'batch', 'extended-join', 'account-notify']
  const channels = await Promise.all(
    CHANNELS.map(async (channel) => ({ channel, irc: await serveIrc({ caps }), presence: [] as Presence[] })),
  )

  const say = (source: string, live = false): Seed => {
    const at = Date.now()
    const seed = { source, word: `seed${source.replace('#', '')}${said(source).length}x`, at, live, lying: source === 'lying' }
    seeds.push(seed)
    return seed
  }
  const speak = () => {
    const which = Math.floor(random() * (FEEDS.length + 1 + CHANNELS.length))
    const feed = FEEDS[which]
    const channel = channels[which - FEEDS.length - 1]
    if (feed) say(feed)
    else if (channel) {
      const { word } = say(channel.channel, true)
      channel.irc.say('ada', `That is ${word}`, { to: channel.channel, tags: `msgid=${word}` })
    } else {
      const { word, at } = say('mastodon')
      const nth = said('mastodon').length
      mastodon.add(rawStatus(nth, { content: `<p>Of ${word}</p>`, created_at: new Date(at).toISOString() }))
    }
  }
  const look = () => {
    for (const { irc, presence } of channels) {
      const joined = irc.present()
      if (presence.at(-1)?.joined !== joined) presence.push({ at: Date.now(), joined })
    }
  }
  let speaking: NodeJS.Timeout | undefined
  const looking = setInterval(look, 50)

  return {
    seeds,
    channels,
    /** The sources as a file declares them. */
    declared: [
      ...feeds.map(({ name, server }) => `- feed: { url: "${server.origin}/feed.xml", name: ${name}, every: 10s }`),
      `- mastodon: { server: "${mastodon.origin}", local: true, name: mastodon, every: 10s }`,
      ...channels.map(
        ({ channel, irc }) =>
          `- irc: { server: 127.0.0.1, port: ${irc.port}, tls: false, channel: "${channel}", network: ${channel.slice(1)}, nick: board, name: "${channel}", permission: { by: us, on: 2026-11-01 } }`,
      ),
    ].join('\n'),
    begin() {
      speaking = setInterval(speak, 700)
    },
    /** Nothing more is said, and nobody lies or dawdles any more. */
    calm() {
      clearInterval(speaking)
      Object.assign(state, { lies: false, slow: false })
    },
    async stop() {
      clearInterval(speaking)
      clearInterval(looking)
      await Promise.all([...feeds.map(({ server }) => server.close()), mastodon.close(), ...channels.map(({ irc }) => irc.close())])
    },
  }
}

function rss(name: string, items: Seed[]): string {
  const item = ({ word, at, lying }: Seed) => {
    // Of what lies, each third was said in a year that is to come, and each third days ago.
    const told = lying ? at + daysOff(word) * DAY_MS : at
    return `<item><guid isPermaLink="false">${word}-of-${name}</guid><title>About ${word}</title><link>https://${name}.example.org/${word}</link><pubDate>${new Date(told).toUTCString()}</pubDate><description>All of it.</description></item>`
  }
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>${name}</title><link>https://${name}.example.org/</link>${items.map(item).toReversed().join('')}</channel></rss>`
}

/** By how many days the feed that lies is wrong about this; it always says the same. */
export function daysOff(word: string): number {
  return [0, 400, -3][Number(/\d+/.exec(word)?.[0] ?? 0) % 3] ?? 0
}
