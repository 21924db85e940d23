import { deflateSync, inflateSync } from 'node:zlib'
import { defaultPreferences, Preferences } from './preferences.ts'

/**
 * Preferences as cookies: JSON, deflated, in base64url, cut into a few cookies. The first begins with the version of
 * this form and the number of parts; what does not hold together is nobody's preferences, never an error.
 */

const VERSION = 1
/** Browsers keep 4,096 bytes of a cookie, its name and attributes included. */
const BYTES_PER_COOKIE = 3800
const MOST_COOKIES = 3
/** Far above what is ever written; a bomb is told from preferences by it. */
const MOST_INFLATED = 512 * 1024
/** Browsers keep no cookie for longer (RFC 6265bis §5.5). */
const KEPT_SECONDS = 400 * 86_400

/** The values of the cookies that hold these preferences, none for the defaults; null when they do not fit. */
export function encodePreferences(preferences: Preferences): string[] | null {
  const json = JSON.stringify(preferences)
  if (json === JSON.stringify(defaultPreferences)) return []
  const text = deflateSync(json, { level: 9 }).toString('base64url')
  const room = BYTES_PER_COOKIE - 8
  const parts = Array.from({ length: Math.ceil(text.length / room) }, (_, index) => text.slice(index * room, (index + 1) * room))
  if (parts.length > MOST_COOKIES) return null
  return parts.map((part, index) => (index === 0 ? `${VERSION}.${parts.length}.${part}` : part))
}

/** The preferences that these cookies hold, in their order; the defaults for what is none. */
export function decodePreferences(values: (string | undefined)[]): Preferences {
  const [, version, count, first] = /^(\d)\.(\d)\.([\w-]*)$/.exec(values[0] ?? '') ?? []
  const parts = [first, ...values.slice(1, Number(count))]
  if (Number(version) !== VERSION || parts.length !== Number(count) || parts.some((part) => part === undefined)) return defaultPreferences
  try {
    const json = inflateSync(Buffer.from(parts.join(''), 'base64url'), { maxOutputLength: MOST_INFLATED }).toString()
    return Preferences.parse(JSON.parse(json))
  } catch {
    return defaultPreferences
  }
}

/** The names of the cookies. Cookies know no ports: two boards on one computer must not overwrite each other's. */
export function cookieNames(origin: string): string[] {
  const { port, protocol } = new URL(origin)
  const number = port || (protocol === 'https:' ? '443' : '80')
  return Array.from({ length: MOST_COOKIES }, (_, index) => `preferences-${number}-${index + 1}`)
}

/** `Set-Cookie` for each cookie: those with a value are kept, the rest forgotten. Scripts need none of them. */
export function setCookies(origin: string, values: string[]): string[] {
  const secure = origin.startsWith('https:') ? '; Secure' : ''
  return cookieNames(origin).map((cookie, index) => {
    const value = values[index]
    return `${cookie}=${value ?? ''}; Path=/; Max-Age=${value === undefined ? 0 : KEPT_SECONDS}; HttpOnly; SameSite=Lax${secure}`
  })
}
