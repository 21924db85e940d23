import type { Star } from './preferences.ts'

/** Stars as a filter asks for them. */
export function starredFilter(stars: Star[]): { people: string[]; sources: number[] } {
  const keys = (what: Star['what']) => stars.filter((star) => star.what === what).map(({ key }) => key)
  return { people: keys('person'), sources: keys('source').flatMap((key) => (/^\d{1,15}$/.test(key) ? [Number(key)] : [])) }
}
