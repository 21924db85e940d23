import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { isInForce } from './mutes.ts'
import { defaultPreferences, type Mute, muteKinds, Preferences, type Star } from './preferences.ts'
import { viewsFromYaml } from './view-snippet.ts'

/** Why a change was not made: each has its sentence in `app/strings/preferences.ts`. */
export const problems = ['nonsense', 'nothing', 'date', 'past', 'name', 'address', 'snippet', 'full'] as const
export type Problem = (typeof problems)[number]

export type Change = { preferences: Preferences } | { problem: Problem }

type Asked = { form: URLSearchParams; zone: string; now: Date }

const DAY_MS = 86_400_000

/**
 * What a form asks for, done to `before`: its field `do` names it. Pure. Mutes that have ended go on the way, so that
 * they take no room.
 */
export function changePreferences(before: Preferences, asked: Asked): Change {
  const change = doneTo(before, asked)
  if ('problem' in change) return change
  const { preferences } = change
  return { preferences: { ...preferences, mutes: preferences.mutes.filter((mute) => isInForce(mute, asked.now)) } }
}

function doneTo(before: Preferences, asked: Asked): Change {
  const { form } = asked
  switch (form.get('do')) {
    case 'settings':
      return { preferences: { ...before, settings: settingsFrom(form) } }
    case 'star':
      return starred(before, form)
    case 'unstar':
      return { preferences: { ...before, stars: before.stars.filter((star) => !isNamed(star, form)) } }
    case 'mute':
      return muted(before, asked)
    case 'unmute':
      return { preferences: { ...before, mutes: before.mutes.filter(({ what, keys }) => !isNamed({ what, key: keys[0] }, form)) } }
    case 'color':
      return colored(before, form)
    case 'save-view':
      return withView(before, form.get('name'), form.get('address'))
    case 'rename-view':
      return renamed(before, form.get('name') ?? '', form.get('to'))
    case 'remove-view':
      return { preferences: { ...before, views: before.views.filter(({ name }) => name !== form.get('name')) } }
    case 'paste-views':
      return pasted(before, form.get('snippet') ?? '')
    case 'forget':
      return { preferences: defaultPreferences }
    default:
      return { problem: 'nonsense' }
  }
}

/** A box that is not ticked is not in the form at all. */
function settingsFrom(form: URLSearchParams): Preferences['settings'] {
  const given = Object.fromEntries(form)
  return Preferences.parse({ settings: { ...given, counts: form.has('counts'), keys: form.has('keys') } }).settings
}

function isNamed({ what, key }: { what: string; key?: string }, form: URLSearchParams): boolean {
  return what === form.get('what') && key === form.get('key')
}

function starred(before: Preferences, form: URLSearchParams): Change {
  const [star] = Preferences.parse({ stars: [Object.fromEntries(form)] }).stars
  if (!star) return { problem: 'nonsense' }
  const others = before.stars.filter(({ what, key }) => what !== star.what || key !== star.key)
  return { preferences: { ...before, stars: [...others, star] } satisfies { stars: Star[] } }
}

/** A person has one colour, under all their accounts; none is no colour. */
function colored(before: Preferences, form: URLSearchParams): Change {
  const keys = form.getAll('key').filter((key) => key.trim())
  if (keys.length === 0) return { problem: 'nothing' }
  const others = before.colors.filter((other) => !other.keys.some((key) => keys.includes(key)))
  if (form.get('color') === 'none') return { preferences: { ...before, colors: others } }
  const [color] = Preferences.parse({ colors: [{ keys, name: form.get('name') ?? '', color: form.get('color') }] }).colors
  return color ? { preferences: { ...before, colors: [...others, color] } } : { problem: 'nonsense' }
}

/** A word with `#` before it is a hashtag: what a person types is what they mean. */
function muted(before: Preferences, { form, zone, now }: Asked): Change {
  const typed = form.getAll('key').flatMap((key) => (key.trim() ? [key.trim().replace(/\s+/g, ' ')] : []))
  const [first] = typed
  if (!first) return { problem: 'nothing' }
  const tagged = form.get('what') === 'tag' || (form.get('what') === 'word' && /^#\S+$/.test(first))
  const what = z.enum(muteKinds).safeParse(tagged ? 'tag' : form.get('what'))
  if (!what.success) return { problem: 'nonsense' }
  const keys = tagged ? [first.replace(/^#/, '').toLowerCase()] : typed
  const until = endOf(form, zone, now)
  if (typeof until === 'string') return { problem: until }
  const name = form.get('name')?.trim() || keys[0]
  const [mute] = Preferences.parse({ mutes: [{ what: what.data, keys, name, until, hard: form.get('how') === 'hard' }] }).mutes
  if (!mute) return { problem: 'nonsense' }
  return { preferences: { ...before, mutes: [...before.mutes.filter((other) => !isSame(other, mute)), mute] } }
}

/** To mute again is to change how long and how. */
function isSame(one: Mute, other: Mute): boolean {
  return one.what === other.what && one.keys.some((key) => other.keys.some((also) => also.toLowerCase() === key.toLowerCase()))
}

/** When a mute ends: null for never. A date is the reader's, and it ends as that day begins. */
function endOf(form: URLSearchParams, zone: string, now: Date): Date | null | 'date' | 'past' {
  switch (form.get('for')) {
    case 'day':
      return new Date(now.getTime() + DAY_MS)
    case 'week':
      return new Date(now.getTime() + 7 * DAY_MS)
    case 'ever':
      return null
    default:
  }
  try {
    const until = new Date(Temporal.PlainDate.from(form.get('until') ?? '', { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds)
    return until > now ? until : 'past'
  } catch {
    return 'date'
  }
}

/** Saving under a name that is there changes what it names. */
function withView(before: Preferences, name: string | null, address: string | null): Change {
  const asked = address?.startsWith('/?') ? address.slice(1) : address
  const [view] = Preferences.parse({ views: [{ name, address: asked }] }).views
  if (!view) return { problem: name?.trim() ? 'address' : 'name' }
  const kept = before.views.some((other) => other.name === view.name)
    ? before.views.map((other) => (other.name === view.name ? view : other))
    : [...before.views, view]
  return { preferences: { ...before, views: kept } }
}

function renamed(before: Preferences, from: string, to: string | null): Change {
  const old = before.views.find(({ name }) => name === from)
  const [view] = Preferences.parse({ views: [{ name: to, address: old?.address }] }).views
  if (!view) return { problem: 'name' }
  const others = before.views.filter(({ name }) => name === from || name !== view.name)
  return { preferences: { ...before, views: others.map((other) => (other.name === from ? view : other)) } }
}

function pasted(before: Preferences, snippet: string): Change {
  const views = viewsFromYaml(snippet)
  if (views.length === 0) return { problem: 'snippet' }
  return views.reduce<Change>((change, { name, address }) => ('problem' in change ? change : withView(change.preferences, name, address)), {
    preferences: before,
  })
}
