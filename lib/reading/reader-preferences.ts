import { keepsOf, savePreferences } from '#db/account-keeps'
import type { Reader } from '#db/audience'
import { originOf } from '../server/origin.ts'
import { cookieNames, decodePreferences, encodePreferences, setCookies } from './preference-cookies.ts'
import { defaultPreferences, Preferences } from './preferences.ts'

/** Where a reader's preferences are kept: in their account, or in the cookies of their browser until they have one. */

/** What the reader who asks chose; the defaults where nothing is kept, or nothing that makes sense. */
export async function preferencesOf(headers: Headers, { account }: Reader): Promise<Preferences> {
  if (!account) return inCookies(headers)
  const { preferences } = await keepsOf(account)
  return Preferences.catch(defaultPreferences).parse(preferences ?? {})
}

/** The `Set-Cookie` headers that keep these preferences for the reader who asks, none with an account; null when there is no room for so many. */
export async function keepPreferences(headers: Headers, { account }: Reader, preferences: Preferences): Promise<string[] | null> {
  const values = encodePreferences(preferences)
  if (!account) return values && setCookies(originOf(headers), values)
  // What no browser would hold is also more than anybody chose.
  if (values) await savePreferences(account, preferences)
  return values && []
}

/** What somebody chose before they signed in becomes their account's, unless it has its own. Returns `Set-Cookie` headers that end the old. */
export async function movePreferences(headers: Headers, account: string): Promise<string[]> {
  const chosen = inCookies(headers)
  const values = encodePreferences(chosen)
  if (!values || values.length === 0) return []
  if ((await keepsOf(account)).preferences === null) await savePreferences(account, chosen)
  return setCookies(originOf(headers), [])
}

function inCookies(headers: Headers): Preferences {
  const kept = new Map(
    (headers.get('cookie') ?? '').split(/; */).map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')]
    }),
  )
  return decodePreferences(cookieNames(originOf(headers)).map((name) => kept.get(name)))
}
