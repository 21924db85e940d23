import type { Client } from 'irc-framework'

/** Lines that are asked for at a time, where the server allows as many. */
const PAGE = 100
/** 10,000 lines: who missed more shows the gap. */
const MOST_PAGES = 100
const PATIENCE_MS = 20_000

/**
 * Asks a server that keeps history for all that was said since, in pages. What it answers comes as lines like all
 * others. Returns whether all of it came. https://ircv3.net/specs/extensions/chathistory
 */
export async function askHistory(client: Client, channel: string, since: Date, ended: () => boolean): Promise<boolean> {
  const { cap, options } = client.network
  if (!cap.isEnabled('draft/chathistory') && !cap.isEnabled('chathistory')) return false
  // 0 stands for no limit.
  const limit = Math.min(PAGE, Number(options.CHATHISTORY) || PAGE)
  let after = since.toISOString()
  for (let pages = 0; pages < MOST_PAGES && !ended(); pages++) {
    const page = nextPage(client)
    client.raw('CHATHISTORY', 'AFTER', channel, `timestamp=${after}`, String(limit))
    const times = await page
    if (times === null) return false
    const newest = times.toSorted().at(-1)
    if (newest === undefined || times.length < limit) return true
    // A whole page of one moment: asking after it would skip what else was said in it.
    if (newest === after) return false
    after = newest
  }
  return false
}

/** The times of what comes next, as the server writes them; null when nothing comes. */
function nextPage(client: Client): Promise<string[] | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), PATIENCE_MS)
    client.once('batch end chathistory', ({ commands }) => {
      clearTimeout(timer)
      resolve(commands.flatMap(({ tags }) => tags.time ?? []))
    })
  })
}
