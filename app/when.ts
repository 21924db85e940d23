import { chosen } from './chosen.ts'

/**
 * Times as a reader writes them, in the reader's zone and by the reader's clock. `Intl` only; formatters are kept,
 * because making one is slow.
 */

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The zone that a reader asked for if there is such a zone, else the instance's. */
export function zoneOf(asked: string | undefined, fallback: string): string {
  if (!asked || asked.length > 64) return fallback
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: asked }).resolvedOptions().timeZone
  } catch {
    return fallback
  }
}

/** The time that a platform wrote as ISO 8601; null for none, and for what is no time. */
export function instantOf(written: string | null): Date | null {
  const at = new Date(written ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? null : at
}

/** `18:42`, or `6:42 pm` for who chose so. */
export function clock(at: Date, zone: string): string {
  if (chosen().settings.clock === '12') return format('clock 12', zone, { hour: 'numeric', minute: '2-digit', hourCycle: 'h12' }, at)
  return format('clock', zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at)
}

/** `2026-11-22`: the day that a time falls into, to tell days apart. */
export function dayOf(at: Date, zone: string): string {
  return isoTime(at, zone).slice(0, -'T00:00:00+00:00'.length)
}

/** `Sunday 22 November`; with the year where it is not this one. */
export function dayName(at: Date, zone: string, now: Date): string {
  const year = sameYear(at, now, zone) ? undefined : 'numeric'
  const name = format(`day ${year}`, zone, { weekday: 'long', day: 'numeric', month: 'long', year }, at)
  return name.replace(',', '')
}

/** `22 Nov`; with the year where it is not this one. */
export function shortDay(at: Date, zone: string, now: Date): string {
  const year = sameYear(at, now, zone) ? undefined : 'numeric'
  return format(`short ${year}`, zone, { day: 'numeric', month: 'short', year }, at)
}

/** `18:42` on the day of `beside`, else `20 Nov 18:42`. */
export function timeBeside(at: Date, beside: Date, zone: string): string {
  const time = clock(at, zone)
  return dayOf(at, zone) === dayOf(beside, zone) ? time : `${shortDay(at, zone, beside)} ${time}`
}

/** `22 November 2026, 18:42 UTC`: by itself, for who does not read it here. */
export function instantName(at: Date, zone: string): string {
  return format(
    'instant',
    zone,
    { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
    at,
  ).replace(' at ', ', ')
}

/** `2026-11-22T18:42:08+01:00`: to the second, with the zone's distance from UTC at that time. */
export function isoTime(at: Date, zone: string): string {
  const offset = offsetMinutes(at, zone)
  const local = new Date(at.getTime() + offset * 60_000).toISOString().replace(/\.\d+Z$/, '')
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) => String(part).padStart(2, '0'))
  return `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
}

/** Minutes east of UTC. Zones before 1900 were off by seconds too, which are dropped. */
function offsetMinutes(at: Date, zone: string): number {
  const name = format('offset', zone, { timeZoneName: 'longOffset', year: 'numeric' }, at)
  const [, sign, hours, minutes] = /GMT([+\-−])(\d{2}):(\d{2})/.exec(name) ?? []
  if (!sign) return 0
  return (sign === '+' ? 1 : -1) * (Number(hours) * 60 + Number(minutes))
}

function sameYear(one: Date, other: Date, zone: string): boolean {
  return dayOf(one, zone).slice(0, -6) === dayOf(other, zone).slice(0, -6)
}

function format(name: string, zone: string, options: Intl.DateTimeFormatOptions, at: Date): string {
  const key = `${name} ${zone}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
    formatters.set(key, formatter)
  }
  return formatter.format(at)
}
