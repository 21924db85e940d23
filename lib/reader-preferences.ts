import { originOf } from './origin.ts'
import { cookieNames, decodePreferences, encodePreferences, setCookies } from './preference-cookies.ts'
import type { Preferences } from './preferences.ts'

/**
 * Where a reader's preferences are kept: in the cookies of their browser until they have an account, which then takes
 * over here. Asynchronous, because an account is a question to the database.
 */

/** What the reader who asks chose; the defaults where nothing is kept, or nothing that makes sense. */
export async function preferencesOf(headers: Headers): Promise<Preferences> {
  const kept = new Map(
    (headers.get('cookie') ?? '').split(/; */).map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')]
    }),
  )
  return decodePreferences(cookieNames(originOf(headers)).map((name) => kept.get(name)))
}

/** The `Set-Cookie` headers that keep these preferences for the reader who asks; null when there is no room for so many. */
export async function keepPreferences(headers: Headers, preferences: Preferences): Promise<string[] | null> {
  const values = encodePreferences(preferences)
  return values && setCookies(originOf(headers), values)
}
