const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** `3 hours ago`, in the one unit that a reader would say. */
export function agoInWords(then: number, now: number): string {
  const minutes = Math.max(1, Math.round((now - then) / 60_000))
  if (minutes < 60) return words.format(-minutes, 'minute')
  if (minutes < 36 * 60) return words.format(-Math.round(minutes / 60), 'hour')
  return words.format(-Math.round(minutes / 1440), 'day')
}
