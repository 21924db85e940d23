import type { Filter } from '#db/lanes'
import type { Wish } from '#db/subscriptions'
import { filterFrom } from '../reading/filter-address.ts'
import type { Preferences } from '../reading/preferences.ts'
import { starredFilter } from '../reading/starred-filter.ts'

/** How often a digest can come, in the order in which it is offered. */
export const everies = ['daily', 'weekdays', 'weekly', 'hourly', 'at-once'] as const

type Given = { zone: string; preferences: Preferences /** What a filter is called. */; nameOf(filter: Filter): Promise<string> }

/**
 * What a form asks to be sent: `view` is an address of the timeline (`?platform=feed`), `platform`, `source` and `person` (one of
 * those that the reader starred) narrow it further, `word` to what says it. What makes no sense is as it usually is.
 */
export async function wishFrom(form: URLSearchParams, { zone, preferences, nameOf }: Given): Promise<Wish> {
  const every = everies.find((one) => one === form.get('every')) ?? 'daily'
  const whole = (name: string, least: number, most: number, otherwise: number) => {
    const value = Number(form.get(name) || Number.NaN)
    return Number.isInteger(value) && value >= least && value <= most ? value : otherwise
  }
  const query = new URLSearchParams((form.get('view') ?? '').replace(/^\/?\?/, ''))
  for (const platform of form.getAll('platform')) query.append('platform', platform)
  const star = preferences.stars.find(({ what, key }) => what === 'person' && key === form.get('person'))
  if (star) query.set('person', star.key)
  if (form.get('source')) query.set('source', form.get('source') ?? '')
  const filter: Filter = { ...filterFrom(query), ...(query.get('starred') === '1' && { starred: starredFilter(preferences.stars) }) }
  const word = form.get('word')?.trim().replace(/\s+/g, ' ').slice(0, 100) || null
  const saved = preferences.views.find(({ address }) => address === form.get('view'))
  const said = word === null ? [] : [`“${word}”`]
  return {
    every,
    hour: whole('hour', 0, 23, 7),
    zone: isZone(form.get('zone')) ? (form.get('zone') ?? zone) : zone,
    weekday: whole('weekday', 1, 7, 1),
    filter,
    word,
    name: [saved?.name ?? (await nameOf(filter)), ...said].filter(Boolean).join(', '),
    format: form.get('format') === 'plain' ? 'plain' : 'html',
    quiet: form.has('quiet'),
  }
}

/** An alert is of something: of everything it would be a mail a minute. */
export function isTooMuch({ every, filter, word }: Wish): boolean {
  const { platforms: _, reposts: __, ...of } = filter
  return (
    (every === 'hourly' || every === 'at-once') &&
    word === null &&
    Object.values(of).every((some) => !some || (Array.isArray(some) && some.length === 0))
  )
}

function isZone(zone: string | null): boolean {
  if (!zone || zone.length > 64) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone.length > 0
  } catch {
    return false
  }
}
