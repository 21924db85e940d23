import { ConnectorError } from '../trouble.ts'
import { isStandard } from './emoji.ts'
import type { Context, User } from './names.ts'
import type { Place } from './place.ts'
import type { Settings } from './settings.ts'
import { NotThereError, type UserInfo, type Web } from './web.ts'

/** Who and what the ids in messages are: asked once, and again after a day. */

const CHANNELS_MS = 60 * 60_000

/** The workspace, and which of its channels are public; kept in the place. */
export async function lookUpTeam(place: Place, settings: Settings, web: Web): Promise<NonNullable<Place['team']>> {
  if (!place.team) {
    const { team_id, team, url } = await web.whoAmI()
    place.team = { id: team_id, name: settings.workspace ?? team, domain: domainOf(url) }
  }
  const fresh = place.directory && Date.now() - Date.parse(place.directory.at) < CHANNELS_MS
  const missing = settings.channels.some(
    (wanted) => !place.directory?.channels.some(({ id, name, mine }) => mine && (name === wanted || id === wanted)),
  )
  if (!fresh || missing) {
    const channels = (await web.publicChannels()).map(({ id, name, is_member }) => ({ id, name, mine: is_member !== false }))
    place.directory = { at: new Date().toISOString(), channels }
  }
  return place.team
}

/** `hpcsocial` of `https://hpcsocial.slack.com/`; of an emulator, nothing. */
function domainOf(url: string): string {
  return /^https:\/\/([a-z0-9-]+(?:\.enterprise)?)\.slack\.com\/?$/i.exec(url)?.[1] ?? ''
}

/** The channels that may be read, and what to tell the owner of those that may not. */
export function channelsOf({ directory, channels: known }: Place, settings: Settings) {
  const found: { id: string; name: string }[] = []
  const notices: string[] = []
  for (const wanted of settings.channels) {
    const channel =
      directory?.channels.find(({ id, name }) => name === wanted || id === wanted) ??
      // Renamed since: it is the same place under another name.
      directory?.channels.find(({ id }) => known[id]?.name === wanted)
    if (!channel) notices.push(`#${wanted} is not a public channel of this workspace: private ones are not read`)
    else if (!channel.mine) notices.push(`the app is not in #${channel.name}: write /invite and its name there`)
    else if (!found.some(({ id }) => id === channel.id)) found.push({ id: channel.id, name: channel.name })
  }
  return { found, notices }
}

/** All that `parse` needs for these messages, looked up where it is not known. */
export async function contextFor(messages: unknown[], place: Place, web: Web, { optOut }: Settings): Promise<Context> {
  const met = { users: new Set<string>(), emojis: new Set<string>() }
  for (const message of messages) meet(message, met)
  const today = new Date().toISOString().slice(0, 10)
  for (const id of met.users) {
    const known = place.users[id]
    delete place.users[id]
    place.users[id] = known?.on === today ? known : { on: today, user: await lookUpUser(id, web) }
  }
  const unknown = [...met.emojis].filter((name) => place.emojis[name]?.on !== today)
  if (unknown.length > 0) {
    const all = await lookUpEmojis(web)
    for (const name of unknown) place.emojis[name] = { on: today, value: resolved(name, all) }
  }
  return { ...contextOf(place), optOut }
}

/** What is known by now. */
function contextOf({ users, emojis, directory }: Place): Context {
  return {
    users: Object.fromEntries(Object.entries(users).flatMap(([id, { user }]) => (user ? [[id, user]] : []))),
    emojis: Object.fromEntries(Object.entries(emojis).flatMap(([name, { value }]) => (value ? [[name, value]] : []))),
    channels: Object.fromEntries((directory?.channels ?? []).map(({ id, name }) => [id, name])),
  }
}

async function lookUpUser(id: string, web: Web): Promise<User | null> {
  try {
    return userOf(await web.user(id))
  } catch (error) {
    if (error instanceof NotThereError) return null
    throw error
  }
}

/** A person as the workspace shows them; who was deactivated says so. */
export function userOf({ name, real_name, deleted, is_bot, profile }: UserInfo): User {
  return {
    name: profile.display_name || profile.real_name || real_name || name,
    account: name,
    avatar: profile.image_72 ?? null,
    badges: [is_bot ? 'bot' : '', deleted ? 'former member' : '', profile.pronouns?.trim() ?? ''].filter(Boolean),
  }
}

/** Without the scope emoji stay `:names:`. */
async function lookUpEmojis(web: Web): Promise<{ [name: string]: string }> {
  try {
    return (await web.emojis()).emoji
  } catch (error) {
    if (error instanceof ConnectorError && error.trouble === 'refused') return {}
    throw error
  }
}

/** The picture that a name leads to in the end, or the standard emoji as `alias:name`. */
function resolved(name: string, all: { [name: string]: string }): string | null {
  let value = all[name]
  for (let aliases = 0; value?.startsWith('alias:') && aliases < 5; aliases++) {
    const target = value.slice('alias:'.length)
    if (all[target] === undefined) return isStandard(target) ? value : null
    value = all[target]
  }
  return value ?? null
}

/** Whose names are nobody's business: who reacted, who is in a thread, who edited. */
const PASSED_BY = new Set(['reactions', 'reply_users', 'edited', 'pinned_info', 'user_profile'])
const PERSON = /^[UW][A-Z0-9]{2,}$/

type Met = { users: Set<string>; emojis: Set<string> }

/** People and own emoji in whatever a message consists of. */
function meet(value: unknown, met: Met, key = ''): void {
  if (typeof value === 'string') {
    if (['user', 'user_id', 'parent_user_id', 'author_id'].includes(key) && PERSON.test(value)) met.users.add(value)
    for (const [, id] of value.matchAll(/<@([UW][A-Z0-9]{2,})/g)) if (id) met.users.add(id)
    if (key === 'text')
      for (const [, name] of value.matchAll(/:([\p{L}\p{N}_+'-]+):/gu))
        if (name && !isStandard(name) && !/^\d+$/.test(name)) met.emojis.add(name)
    return
  }
  if (value === null || typeof value !== 'object') return
  if (key === 'reactions' || ('type' in value && value.type === 'emoji')) meetEmojis(value, met)
  if (PASSED_BY.has(key)) return
  for (const [name, child] of Object.entries(value)) meet(child, met, Array.isArray(value) ? key : name)
}

function meetEmojis(value: object, met: Met): void {
  for (const one of Array.isArray(value) ? value : [value]) {
    const name = one && typeof one === 'object' && 'name' in one ? String(one.name).split('::')[0] : ''
    const drawn = one && typeof one === 'object' && 'unicode' in one
    if (name && !drawn && !isStandard(name)) met.emojis.add(name)
  }
}
