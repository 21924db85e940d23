/** What a browser remembers of itself: the zone that it is in, and where it last was in the timeline. */
const HARMLESS = /^(?:zone|position-\d{1,5})$/

/** Whether the cookies of a request say nothing of who asks, or of what they chose: only what any browser of any reader says. */
export function namesNobody(cookie: string | undefined): boolean {
  return cookie === undefined || cookie.split(';').every((pair) => HARMLESS.test(pair.split('=', 1)[0]?.trim() ?? ''))
}
