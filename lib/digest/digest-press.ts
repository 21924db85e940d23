import type { Reader } from '#db/audience'
import { type DigestPlace, digestEntries } from '#db/digest-places'
import type { Filter } from '#db/lanes'
import type { Entry } from '#db/timeline'
import { postsWithIds } from '#db/told-posts'
import { lastWithdrawal } from '#db/withdrawn'
import type { MuteFacts } from '../reading/mutes.ts'
import { wholeWord } from '../reading/whole-word.ts'
import { type Digest, type DigestWindow, digestOf, narrowed, placesOf } from './digest.ts'
import { type Block, type DrawnDigest, drawDigest, type HtmlForm } from './digest-mail.ts'
import { type DigestReader, factsOf, hasRead, mutedVerdict } from './digest-reader.ts'
import { readDigestWindow } from './digest-window.ts'

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
  /** What they have read and muted is left out; null for who has no account. */
  reader?: DigestReader | null
}

export type Press = { draw(order: Order, now: Date): Promise<DrawnDigest> }

/** What came in a span, and all that was made of it so far. Blocks are those of a zone. */
type Sheet = {
  window: DigestWindow
  readAt: Date
  entries: Map<number, Entry>
  facts: Promise<Map<number, MuteFacts>> | null
  digests: Map<string, Promise<Digest>>
  blocks: Map<string, WeakMap<DigestPlace, Block>>
  drawn: Map<string, Promise<DrawnDigest>>
}

/** At once. Of a day of 500 posts a window takes a megabyte or two, a drawn digest a quarter of one, an undrawn one next to nothing. */
const WINDOWS = 6
const DRAWN = 40
const DIGESTS = 400
const ENTRIES = 2000
const ASKED_AT_ONCE = 500
/** An edit is told after so long at the latest; what was withdrawn is never told. */
const FRESH_MS = 60_000

/**
 * Draws digests for many: what came in a span is read once, an entry is drawn once a zone, and a digest that many
 * readers share once. What one reader has read or muted is left out of what was read for all. What is deleted, hidden or
 * for fewer eyes from now on is asked for before each, and throws all that was drawn away.
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
    // Before it, the clock was put back.
    if (known && Math.abs(now.getTime() - (await known).readAt.getTime()) < FRESH_MS) return known
    const span = { by: 'seen' as const, from, to }
    const made = readDigestWindow({ reader: { role }, span, now, mailed: true }).then((window) => ({
      window,
      readAt: now,
      entries: new Map(),
      facts: null,
      digests: new Map(),
      blocks: new Map(),
      drawn: new Map(),
    }))
    return kept(sheets, key, made, WINDOWS)
  }

  return {
    async draw(order, now) {
      const sheet = await sheetOf(order, now)
      const { filter, word, zone, chosen, notes, to, reader = null } = order
      const sharedBy = JSON.stringify([filter, word, zone])
      const shared =
        sheet.digests.get(sharedBy) ??
        kept(sheet.digests, sharedBy, saying(word, digestOf(sheet.window, { filter, zone, now }), sheet), DIGESTS)
      const blocks = sheet.blocks.get(zone) ?? new WeakMap<DigestPlace, Block>()
      sheet.blocks.set(zone, blocks)
      const drawn = async (digest: Digest) =>
        drawDigest(digest, {
          read: (places) => entriesOf(places, sheet),
          origin,
          zone,
          filter,
          chosen,
          notes,
          day: to,
          drawn: blocks,
          form,
        })
      if (reader) return drawn(await forReader(reader, await shared, sheet, now))
      const key = JSON.stringify([sharedBy, chosen, notes])
      return sheet.drawn.get(key) ?? kept(sheet.drawn, key, shared.then(drawn), DRAWN)
    },
  }
}

/** Only the entries in which a word or phrase is said. */
async function saying(word: string | null, digest: Digest, sheet: Sheet): Promise<Digest> {
  if (word === null) return digest
  const said = wholeWord(word)
  const facts = await factsIn(sheet)
  const places = [...placesOf(digest), ...digest.kept]
  const met = new Set(places.filter((place) => [...place.posts, ...place.kept].some(({ id }) => said.test(facts.get(id)?.words ?? ''))))
  return { ...narrowed(digest, (_, place) => (met.has(place) ? 'told' : 'left')), read: 0 }
}

async function forReader(reader: DigestReader, digest: Digest, sheet: Sheet, now: Date): Promise<Digest> {
  const facts = reader.mutes.length > 0 ? await factsIn(sheet) : new Map<number, MuteFacts>()
  return narrowed(digest, (post, place) => (hasRead(reader, post, place) ? 'left' : mutedVerdict(facts.get(post.id), reader, now)))
}

/** What words and mutes look at, of all that came: read once, when the first asks. */
function factsIn(sheet: Sheet): Promise<Map<number, MuteFacts>> {
  sheet.facts ??= (async () => {
    const { reader, places } = sheet.window
    const ids = places.flatMap(({ posts, kept: elsewhere }) => [...posts, ...elsewhere].map(({ id }) => id))
    const facts = new Map<number, MuteFacts>()
    for (let index = 0; index < ids.length; index += ASKED_AT_ONCE)
      for (const [id, own] of factsOf(await postsWithIds(reader, ids.slice(index, index + ASKED_AT_ONCE)))) facts.set(id, own)
    return facts
  })()
  sheet.facts.catch(() => {
    sheet.facts = null
  })
  return sheet.facts
}

/** Entries with what these places have of them: read whole and once, however many readers have parts of them. */
async function entriesOf(places: DigestPlace[], { window, entries }: Sheet): Promise<Entry[]> {
  const asked = new Set(places.filter(({ id }) => !entries.has(id)).map(({ id }) => id))
  const whole = asked.size > 0 ? window.places.filter(({ id }) => asked.has(id)) : []
  for (const entry of await digestEntries(window.reader, 'stream', whole)) entries.set(entry.id, entry)
  const found = places.flatMap((place) => {
    const entry = entries.get(place.id)
    const ids = new Set(place.posts.map(({ id }) => id))
    const posts = entry?.posts.filter(({ id }) => ids.has(id)) ?? []
    return entry && posts.length > 0 ? [{ ...entry, posts, count: place.posts.length }] : []
  })
  trim(entries, ENTRIES)
  return found
}

/** Keeps what is being made until it fails, or more was asked for since than is kept. */
function kept<T>(map: Map<string, Promise<T>>, key: string, value: Promise<T>, most: number): Promise<T> {
  map.delete(key)
  map.set(key, value)
  trim(map, most)
  value.catch(() => map.get(key) === value && map.delete(key))
  return value
}

function trim<K>(map: Map<K, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) break
    map.delete(oldest)
  }
}
