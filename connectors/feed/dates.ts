/**
 * The instant that a feed means, or null. `Date.parse` takes nearly anything for a date ("page 5" is May 2001) and
 * reads what has no zone in the zone of this computer, so the two families that feeds use are read here:
 * ISO 8601 and its cousins (Atom, JSON Feed, Dublin Core) and RFC 822 and its cousins (RSS). What has no zone, or one
 * that nobody knows, is taken for UTC. What is older than the web is a default of some software, not a date.
 */
export function readDate(written: string | null | undefined): Date | null {
  const text = written?.trim() ?? ''
  const parts = ISO.exec(text)?.groups ?? RFC822.exec(text)?.groups ?? AMERICAN.exec(text)?.groups
  if (!parts) return null
  const month = Number(parts.month) || monthOf(parts.month ?? '')
  const hour = Number(parts.hour ?? 0)
  const minute = Number(parts.minute ?? 0)
  const second = Number(parts.second ?? 0)
  const days = new Date(Date.UTC(fullYear(parts.year ?? ''), month - 1, Number(parts.day)))
  if (month < 1 || days.getUTCMonth() !== month - 1 || days.getUTCFullYear() < FIRST_YEAR) return null
  if (hour > 24 || minute > 59 || second > 60) return null
  const afternoon = /^p/i.test(parts.half ?? '') && hour < 12 ? 12 : 0
  const milliseconds = Number((parts.fraction ?? '').padEnd(3, '0').slice(0, 3))
  const sinceMidnight = (((hour + afternoon) * 60 + minute - offsetMinutes(parts.zone ?? '')) * 60 + second) * 1000 + milliseconds
  return new Date(days.getTime() + sinceMidnight)
}

const FIRST_YEAR = 1991
/** As RFC 822 has them in English, and as software that translates what it should not writes them elsewhere. */
const MONTHS = [
  'jan gen ene',
  'feb fev fév',
  'mar mär mrz',
  'apr abr avr',
  'may mai mag mei',
  'jun jui giu',
  'jul lug',
  'aug ago aoû',
  'sep set',
  'oct okt out ott',
  'nov',
  'dec dez dic déc',
].map((names) => names.split(' '))
const MONTH = String.raw`(?<month>(?:${MONTHS.flat().join('|')})[\p{L}]*)`
const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?`
const ZONE = String.raw`(?<zone>(?:GMT|UTC)?\s*[+-]\d{1,2}:?\d{0,2}|[A-Za-z]{1,5})`

/** 2026-02-07T10:00:00.5+01:00; also with a space, without zone or time, with a year of two digits. */
const ISO = new RegExp(String.raw`^(?<year>\d{4}|\d\d)[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})(?:[T\s]+${TIME}\s*${ZONE}?)?`, 'i')

/** Sat, 07 Feb 2026 10:00:00 GMT; also with a weekday in any language, a long month, a year of two digits. */
const RFC822 = new RegExp(
  String.raw`^(?:\D*[\s,])?(?<day>\d{1,2})[\s.-]+${MONTH}[\s.,-]+(?<year>\d{4}|\d\d)(?:[\s,T]+${TIME}\s*${ZONE}?)?`,
  'iu',
)

/** February 7, 2026 10:00 AM */
const AMERICAN = new RegExp(
  String.raw`^(?:\D*[\s,])?${MONTH}\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<year>\d{4})(?:[\s,]+${TIME}\s*(?<half>[ap]\.?m\.?)?\s*${ZONE}?)?`,
  'iu',
)

/** Hours ahead of UTC of the names that RFC 822 allows and of those that feeds use besides. */
const ZONES: Record<string, number> = {
  ...{ est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7, akst: -9, akdt: -8, hst: -10, brt: -3 },
  ...{ wet: 0, west: 1, bst: 1, cet: 1, cest: 2, mez: 1, mesz: 2, eet: 2, eest: 3, msk: 3, sast: 2 },
  ...{ ist: 5.5, sgt: 8, hkt: 8, awst: 8, jst: 9, kst: 9, acst: 9.5, aest: 10, aedt: 11, nzst: 12, nzdt: 13 },
}

/** 1 to 12. `juin` and `juil` are the two that their first three letters do not tell apart. */
function monthOf(name: string): number {
  const start = name.toLowerCase().replace(/^juin/, 'jun').replace(/^juil/, 'jul').slice(0, 3)
  return MONTHS.findIndex((names) => names.includes(start)) + 1
}

function offsetMinutes(zone: string): number {
  const offset = /(?<sign>[+-])(?<hours>\d{1,2}):?(?<minutes>\d\d)?$/.exec(zone)?.groups
  if (!offset) return (ZONES[zone.toLowerCase()] ?? 0) * 60
  return (Number(offset.hours) * 60 + Number(offset.minutes ?? 0)) * (offset.sign === '-' ? -1 : 1)
}

/** Two digits mean the century that they mean in mail (RFC 5322 §4.3). */
function fullYear(year: string): number {
  if (year.length === 4) return Number(year)
  return Number(year) + (Number(year) < 50 ? 2000 : 1900)
}
