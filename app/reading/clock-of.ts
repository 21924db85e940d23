/** A time of day as the page writes it, in its zone: 18:42, or 6:42 pm. */
export function clockOf(at: Date, { dataset: { zone, clock } }: HTMLElement = document.documentElement): string {
  return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone, hour12: clock === '12' })
}
