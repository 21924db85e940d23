import type { Reader } from '#db/audience'
import { digestEntries } from '#db/digest-places'
import type { Filter } from '#db/lanes'
import { lastWithdrawal } from '#db/withdrawn'
import { type Digest, type DigestWindow, digestOf } from './digest.ts'
import { type Block, type DrawnDigest, drawDigest, type HtmlForm } from './digest-mail.ts'
import { readDigestWindow } from './digest-window.ts'
import { muteFactsOf } from './mutes.ts'
import { wholeWord } from './whole-word.ts'

/** What is asked of the press: two readers who ask for the same get the same, drawn once. */
export type Order = {
  role: Reader['role']
  from: Date
  to: Date
  filter: Filter
  word: string | null
  zone: string
  /** What is chosen, in words. */
  chosen: string
  notes: string[]
}

export type Press = { draw(order: Order, now: Date): Promise<DrawnDigest> }

type Sheet = { window: DigestWindow; readAt: Date; blocks: Map<string, Map<number, Block>>; drawn: Map<string, Promise<DrawnDigest>> }

/** At once. Of a day of 500 posts a window takes a megabyte, a drawn digest a quarter of one. */
const WINDOWS = 6
const DRAWN = 40
/** An edit is told after so long at the latest; what was withdrawn is never told. */
const FRESH_MS = 60_000

/**
 * Draws digests for many: what came in a span is read once, an entry is drawn once a zone, and a digest that many
 * readers share once. What is deleted, hidden or for fewer eyes from now on is asked for before each, and throws all
 * that was drawn away.
 */
export function digestPress(origin: string, form: HtmlForm): Press {
  const sheets = new Map<string, Promise<Sheet>>()
  let withdrawn = 0

  async function sheetOf({ role, from, to }: Order, now: Date): Promise<Sheet> {
    const latest = (await lastWithdrawal())?.getTime() ?? 0
    if (latest > withdrawn) sheets.clear()
    withdrawn = Math.max(withdrawn, latest)
    const key = `${role} ${from.getTime()} ${to.getTime()}`
    const known = sheets.get(key)
    if (known && now.getTime() - (await known).readAt.getTime() < FRESH_MS) return known
    const span = { by: 'seen' as const, from, to }
    const made = readDigestWindow({ reader: { role }, span, now, mailed: true }).then((window) => ({
      window,
      readAt: now,
      blocks: new Map<string, Map<number, Block>>(),
      drawn: new Map<string, Promise<DrawnDigest>>(),
    }))
    keep(sheets, key, made, WINDOWS)
    made.catch(() => sheets.delete(key))
    return made
  }

  return {
    async draw(order, now) {
      const sheet = await sheetOf(order, now)
      const { filter, word, zone, chosen, notes, to } = order
      const key = JSON.stringify([filter, word, zone, chosen, notes])
      const known = sheet.drawn.get(key)
      if (known) return known
      const made = (async () => {
        const digest = await saying(word, digestOf(sheet.window, { filter, zone, now }), sheet.window)
        const blocks = sheet.blocks.get(zone) ?? new Map<number, Block>()
        sheet.blocks.set(zone, blocks)
        const read: Parameters<typeof drawDigest>[1]['read'] = (places) => digestEntries(sheet.window.reader, 'stream', places)
        return drawDigest(digest, { read, origin, zone, filter, chosen, notes, day: to, drawn: blocks, form })
      })()
      keep(sheet.drawn, key, made, DRAWN)
      made.catch(() => sheet.drawn.delete(key))
      return made
    },
  }
}

/** Only the entries in which a word or phrase is said. */
async function saying(word: string | null, digest: Digest, { reader }: DigestWindow): Promise<Digest> {
  if (word === null) return digest
  const said = wholeWord(word)
  const places = digest.days.flatMap(({ groups }) => groups.flat())
  const entries = await digestEntries(reader, 'stream', places)
  const met = new Set(entries.filter(({ posts }) => posts.some((post) => said.test(muteFactsOf(post).words))).map(({ id }) => id))
  const days = digest.days.flatMap(({ groups, ...day }) => {
    const own = groups.map((group) => group.filter(({ id }) => met.has(id))).filter((group) => group.length > 0)
    return own.length > 0 ? [{ ...day, groups: own }] : []
  })
  const posts = days.flatMap(({ groups }) => groups.flat()).flatMap((place) => place.posts)
  const platforms = digest.platforms
    .map((platform) => ({ ...platform, posts: posts.filter((post) => post.platform === platform.id).length }))
    .filter((platform) => platform.posts > 0)
  return { ...digest, days, posts: posts.length, platforms, kept: 0 }
}

function keep<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= most) break
    map.delete(oldest)
  }
}
