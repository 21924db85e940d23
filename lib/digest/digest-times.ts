/** Times as a digest writes them: in its reader's zone, by a clock of 24 hours. Formatters are kept, because making one is slow. */

const formatters = new Map<string, Intl.DateTimeFormat>()

function written(at: Date, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${Object.entries(options).flat().join(' ')}`
  const formatter = formatters.get(key) ?? new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
  formatters.set(key, formatter)
  return formatter.format(at)
}

/** `2026-11-22` */
export function dateIn(at: Date, zone: string): string {
  const [day = '', month = '', year = ''] = written(at, zone, { day: '2-digit', month: '2-digit', year: 'numeric' }).split('/')
  return `${year.padStart(4, '0')}-${month}-${day}`
}

/** `18:42` */
export function clockIn(at: Date, zone: string): string {
  return written(at, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

/** `Sunday 22 November` */
export function dayNameIn(at: Date, zone: string): string {
  return written(at, zone, { weekday: 'long', day: 'numeric', month: 'long' }).replace(',', '')
}

/** `Sun 22 Nov` */
export function shortDayIn(at: Date, zone: string): string {
  return written(at, zone, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '')
}

/** `18:42` on the day of `beside`, else `Fri 20 Nov 18:42`. */
export function clockBeside(at: Date, beside: Date, zone: string): string {
  const clock = clockIn(at, zone)
  return dateIn(at, zone) === dateIn(beside, zone) ? clock : `${shortDayIn(at, zone)} ${clock}`
}

/** `16:02–16:37`, over midnight with both days. */
export function spanIn({ from, to }: { from: Date; to: Date }, beside: Date, zone: string): string {
  return `${clockBeside(from, dateIn(from, zone) === dateIn(to, zone) ? beside : to, zone)}–${clockBeside(to, from, zone)}`
}
