import { Temporal } from 'temporal-polyfill'

/** Milliseconds since 1970 at the beginning of a local hour; two where the clocks were put back in it. */
type Hour = { first: number; again: number | null }

/** A clock that goes back by more than this was put back; by less, lines of one log only overtook each other. */
const OVERTAKEN_MS = 2 * 60_000

/**
 * Turns the local times of one log, in its order, into instants. Of an hour that the clocks repeat, a time is the
 * first one until the log goes back in it; of an hour that they skip, the one after.
 */
export function clockOf(zone: string): (date: string, time: string, before: number) => number {
  const hours = new Map<string, Hour>()
  return (date, time, before) => {
    const [hour = '00', minute = '0', seconds = '0'] = time.split(':')
    const key = `${date}T${hour}`
    let known = hours.get(key)
    if (!known) {
      // Lines are in order, so that one hour is asked for again and again, and then never.
      if (hours.size > 100) hours.clear()
      known = hourOf(key, zone)
      hours.set(key, known)
    }
    const within = Number(minute) * 60_000 + Math.round(Number(seconds) * 1000)
    const first = known.first + within
    return known.again !== null && first < before - OVERTAKEN_MS ? known.again + within : first
  }
}

function hourOf(key: string, zone: string): Hour {
  const local = Temporal.PlainDateTime.from(`${key}:00`)
  const first = local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds
  // Where clocks are put back at half past, the end of the hour knows of it, too.
  const again = local.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds
  return { first, again: again > first ? again : null }
}
