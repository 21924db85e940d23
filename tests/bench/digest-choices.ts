import { begin, emptyState, markRead, type ReaderState } from '#lib/reading/reader-state'

/** What 10,000 readers choose: 240 different choices of people and platforms in four zones. */

export const origin = 'https://board.example.org'
export const PLATFORMS = ['bluesky', 'mastodon', 'feed', 'reddit']
export const PEOPLE = 60
const ZONES = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe']

/** An entry, as its readers mark it read. */
export type Marked = { entry: string; place: string; source: string }

export function choiceOf(index: number) {
  const platform = PLATFORMS[index % PLATFORMS.length] ?? ''
  const people = [`${platform}:id:${index % PEOPLE}`, `${platform}:id:${(index * 7) % PEOPLE}`]
  return { filter: index % 2 === 0 ? {} : { people }, zone: ZONES[(index >> 3) % ZONES.length] ?? 'UTC' }
}

/** Whether this one is signed in: each second. */
export const hasAccount = (index: number) => index % 4 < 2

/** Of two entries, others for each, that a reader has read. */
export function readingOf(newest: Marked[], index: number): ReaderState {
  const [one, other] = [newest[index % newest.length], newest[(index * 7) % newest.length]]
  const begun = begin(emptyState, '0-0', 1)
  return one && other ? markRead(markRead(begun, one), other) : begun
}
