import { BEGINNING, comparePlaces, newerOf, olderOf, type PlaceText } from '#lib/reading/place'
import { catchUp, floorOf, isRead, markUnread, type ReaderState, roomForLate } from '#lib/reading/reader-state'
import type { UnreadAnswer } from '../api/unread/route.ts'
import { placeStrings as say } from '../strings/place.ts'
import type { ReaderStore } from './reader-store.ts'
import { showsCounts } from './shows-counts.ts'
import { holdsWhole, type Shown, type View } from './view.ts'

/** A conversation that went on since it was read. */
export type Grown = UnreadAnswer['grown'][number]

/**
 * What is unread, as the server counted it last, less what was read since. Counts are of entries, and of the lines that were said
 * in a conversation after it was read.
 */
export type Unread = {
  /** Asks anew, and takes in what arrived late. null where there is no answer now. */
  ask(): Promise<ReaderState | null>
  /** These were read. */
  take(read: Shown[], state: ReaderState): void
  /** Of what this view is of: how many there are, whether at least, and where the oldest stands; null before there was an answer. */
  ofView(): { count: number; more: boolean; oldest: PlaceText | null } | null
  /** Conversations of this view that went on since they were read, and were not read since. */
  grown(): Grown[]
}

/** Nobody is told of more. */
const MOST_TOLD = 99
const AGAIN_MS = 5 * 60_000
/** Tombstones of what was read shortly after it arrived are worth nothing once nothing so early can be told as late. */
const SETTLED_MS = 86_400_000

/** Fills `[data-unread=<platform>]` wherever the page has one. `onAnswer` is told of each answer. */
export function countUnread(view: View, store: ReaderStore, onAnswer: (state: ReaderState) => void): Unread {
  let answer: UnreadAnswer | null = null
  let askedAt = 0

  const draw = (state: ReaderState) => {
    const counts = new Map<string, number>()
    for (const { platform, unread } of [...(answer?.sources ?? []), ...(answer?.grown ?? [])])
      counts.set(platform, (counts.get(platform) ?? 0) + unread)
    // What arrived late stands below the watermark, where the server does not count.
    for (const { unread: late, place, platform } of Object.values(state.exceptions))
      if (late && comparePlaces(place, floorOf(state)) <= 0) counts.set(platform, (counts.get(platform) ?? 0) + 1)
    for (const slot of document.querySelectorAll<HTMLElement>('[data-unread]')) {
      const platform = slot.dataset.unread ?? ''
      const count = counts.get(platform) ?? 0
      const words = count > MOST_TOLD || answer?.cut.includes(platform) ? `${MOST_TOLD}+` : String(count)
      slot.textContent = count === 0 ? '' : showsCounts() ? words : say.some
      slot.title = count > 0 && showsCounts() ? say.unreadOn(slot.dataset.name ?? platform, words) : ''
    }
  }

  const unread: Unread = {
    ask: async () => {
      askedAt = Date.now()
      const state = await store.load()
      const told = await post(state)
      if (!told) return null
      answer = told
      const next = await store.change((kept) => taken(kept, told))
      // What was marked unread as a whole is told as that.
      answer = { ...told, grown: told.grown.filter((one) => isRead(next, one)) }
      draw(next)
      onAnswer(next)
      return next
    },
    take: (read, state) => {
      for (const { source, entry, seenAt } of read) {
        const grown = answer?.grown.find((one) => one.entry === entry)
        if (grown) {
          if (answer && seenAt >= grown.seenAt) answer = { ...answer, grown: answer.grown.filter((one) => one !== grown) }
          continue
        }
        const known = answer?.sources.find((one) => one.source === source)
        if (known && known.unread > 0) known.unread -= 1
      }
      draw(state)
    },
    ofView: () => {
      if (!answer) return null
      const { sources, cut } = answer
      const own = sources.filter((one) => holdsWhole(view, one) && one.unread > 0)
      const more = cut.some((platform) => view.platforms.length === 0 || view.platforms.includes(platform))
      const all = [...own, ...unread.grown().map((one) => ({ ...one, oldest: one.place }))]
      const oldest = all.reduce<PlaceText | null>((least, one) => (least ? olderOf(least, one.oldest) : one.oldest), null)
      return { count: all.reduce((sum, one) => sum + one.unread, 0), more, oldest: more ? null : oldest }
    },
    grown: () => (answer?.grown ?? []).filter((one) => holdsWhole(view, one)),
  }
  const again = () => {
    if (!document.hidden && Date.now() - askedAt > AGAIN_MS) void unread.ask()
  }
  setInterval(again, AGAIN_MS / 5)
  document.addEventListener('visibilitychange', again)
  return unread
}

/** What the server told becomes part of what is known: late arrivals are unread, a source that was new is not. */
export function taken(state: ReaderState, { at, late, begun }: UnreadAnswer): ReaderState {
  let next = state
  for (const { source, at: read } of begun) next = catchUp(next, `${read}-0`, [source])
  const told = late.filter(({ entry }) => !next.exceptions[entry])
  const room = roomForLate(next)
  for (const one of told.slice(0, room)) next = markUnread(next, one, at)
  // In the order in which they came: what there is no room for is asked for again from there.
  const upTo = told[room] ? (told[room - 1]?.cameAt ?? state.askedAt) : at
  const exceptions = Object.entries(next.exceptions).filter(([, { unread, at: since }]) => unread || since > at - SETTLED_MS)
  return { ...next, exceptions: Object.fromEntries(exceptions), askedAt: Math.max(next.askedAt, upTo) }
}

/** What the server is told of a reader: `app/api/unread/route.ts` takes it. */
export function toldOf(state: ReaderState) {
  const sources = Object.entries(state.sources)
  return {
    upTo: floorOf(state),
    sources: sources.map(([source, { upTo }]) => [source, upTo]),
    spans: sources.flatMap(([source, { spans }]) => spans.map((span) => [source, ...span])),
    exceptions: Object.entries(state.exceptions).map(([entry, { unread }]) => [entry, unread]),
    talks: Object.entries(state.talks).map(([entry, { seenAt }]) => [entry, seenAt]),
    // What all was said to be read up to is where the reader has been, too: nothing that comes below it later was seen.
    line: newerOf(state.lastVisit?.place ?? BEGINNING, state.upTo ?? BEGINNING),
    since: state.askedAt,
    begun: state.baseline?.at ?? 0,
  }
}

async function post(state: ReaderState): Promise<UnreadAnswer | null> {
  try {
    const answer = await fetch('/api/unread', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(toldOf(state)),
    })
    return answer.ok ? await answer.json() : null
  } catch {
    return null
  }
}
