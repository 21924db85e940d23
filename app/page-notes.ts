import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { type BreakdownRow, breakdownsBetween } from '#db/breakdowns'
import { type ChannelNote, channelNotes } from '#db/channel-notes'
import type { TimelinePage } from '#db/timeline'
import { dayBounds } from '#lib/reading/day-bounds'
import type { WholeFilter } from '#lib/reading/filter-address'
import { type Address, placesOf } from './address.ts'
import { remembered } from './remembered.ts'
import { dayOf } from './when.ts'

/** Between whose times a page stands; null at an end of all that is here. */
type Span = { from: Date | null; to: Date | null }

type Asking = { filter: WholeFilter; zone: string; now: Date }

/** A page that a rare filter makes reaches back for years: of its quiet days the latest are told. */
const MOST_DAYS = 60
const EVER = new Date(0)
const DAY_MS = 86_400_000

const notesOf = remembered<ChannelNote[]>(60)

/** Between which times the notes of this page of the timeline stand: pages that follow each other leave none out. */
export function spanOfPage(address: Address, page: TimelinePage): Span {
  const { before, after } = placesOf(address)
  const [first, last] = [page.entries[0], page.entries.at(-1)]
  const from = (!before && after ? after : last)?.sortAt ?? null
  return { from: page.older ? from : null, to: before?.sortAt ?? (page.newer ? (first?.sortAt ?? null) : null) }
}

/**
 * What is told of channels between two times of the timeline, where nothing but platforms and sources chooses: which days were
 * quiet, where hearing began, what was agreed or withdrawn since.
 */
export async function notesBetween(reader: Reader, { from, to }: Span, { filter, zone, now }: Asking): Promise<ChannelNote[]> {
  const { platforms, sources, ...others } = filter
  if (Object.values(others).some((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value)))) return []
  const talking = connectors
    .filter(({ id, conversationLayout }) => conversationLayout === 'chat' && (platforms.length === 0 || platforms.includes(id)))
    .map(({ id }) => id)
  const days = wholeDays(from ?? EVER, to ?? now, zone).filter((day) => day.to <= now)
  const key = [reader.role, zone, days[0]?.date, days.at(-1)?.date, ...talking, ...sources].join(' ')
  const notes = await notesOf(key, () => channelNotes(reader, { platforms: talking, sources, days }))
  return notes.filter(({ at }) => (!from || at >= from) && (!to || at < to) && at <= now)
}

/** The days that end between two times, the latest first. */
function wholeDays(from: Date, to: Date, zone: string) {
  const days: NonNullable<ReturnType<typeof dayBounds>>[] = []
  for (let at = to; days.length < MOST_DAYS; ) {
    const day = dayBounds(dayOf(at, zone), zone)
    if (!day || day.to <= from) return days
    days.push(day)
    at = new Date(day.from.getTime() - DAY_MS / 24)
  }
  return days
}

/** What broke down for a day and what is read again between two times of the timeline. */
export async function breakdownsOn(
  reader: Reader,
  { from, to }: Span,
  { platforms, sources }: WholeFilter,
  now: Date,
): Promise<BreakdownRow[]> {
  return breakdownsBetween(reader, { from: from ?? EVER, to: to ?? now, platforms, sources })
}
