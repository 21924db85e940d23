/** A place in the one order as addresses and marks write it: milliseconds and id, `1795305600000-42`. */
export type PlaceText = string

/** Nothing stands before it. */
export const BEGINNING: PlaceText = '0-0'

/** Below zero where `one` is older than `other`, zero where they are the same. */
export function comparePlaces(one: PlaceText, other: PlaceText): number {
  return Number.parseInt(one, 10) - Number.parseInt(other, 10) || idOf(one) - idOf(other)
}

export function newerOf(one: PlaceText, other: PlaceText): PlaceText {
  return comparePlaces(one, other) >= 0 ? one : other
}

export function olderOf(one: PlaceText, other: PlaceText): PlaceText {
  return comparePlaces(one, other) <= 0 ? one : other
}

/** The place directly below: nothing stands between the two. */
export function justBelow(place: PlaceText): PlaceText {
  return `${Number.parseInt(place, 10)}-${Math.max(0, idOf(place) - 1)}`
}

/** Whether a text is a place at all: what was kept in a browser may be anything. */
export function isPlace(text: unknown): text is PlaceText {
  return typeof text === 'string' && /^\d{1,14}-\d{1,15}$/.test(text)
}

function idOf(place: PlaceText): number {
  return Number(place.slice(place.indexOf('-') + 1))
}
