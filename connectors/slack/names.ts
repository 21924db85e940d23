import { escapeHtml } from '../html.ts'
import { type CustomEmojis, emojiOf } from './emoji.ts'

/** A person or bot of the workspace, as `users.info` tells. */
export type User = {
  /** What the workspace's people see: the display name, or else the real one. */
  name: string
  /** The account's name, without `@`. */
  account: string
  avatar: string | null
  badges: string[]
}

export type Team = {
  id: string
  /** What the workspace is called. */
  name: string
  /** What stands before `.slack.com`; empty where it is not known, and then nothing is linked. */
  domain: string
}

export type Channel = { id: string; name: string }

/** What `parse` needs to know beside a message: what the ids and names in it stand for. */
export type Context = {
  users: { [id: string]: User }
  /** Public channels by id. */
  channels: { [id: string]: string }
  emojis: CustomEmojis
  /** Who asked to be left out, by id or account name: nothing of theirs is made a post, or shown over a reply. */
  optOut?: string[]
}

/** Whom nobody knows any more. */
export const FORMER_MEMBER = 'former member'

/** Everything a piece of a message is drawn with. */
export type Drawing = Context & { team: Team }

/** The names of things that text speaks of, as HTML. */
export function userHtml(id: string, { users, team }: Drawing, written?: string): string {
  return mention(`@${users[id]?.name ?? (written || FORMER_MEMBER)}`, team.domain && `https://${team.domain}.slack.com/team/${id}`)
}

export function channelHtml(id: string, { channels, team }: Drawing, written?: string): string {
  // A channel that is not among the public ones keeps its name to itself.
  const name = channels[id] ?? written
  return name ? mention(`#${name}`, team.domain && `https://${team.domain}.slack.com/archives/${id}`) : '#private channel'
}

export function emojiHtml(name: string, { emojis }: Context): string {
  const emoji = emojiOf(name, emojis)
  const written = `:${escapeHtml(name)}:`
  if (!emoji) return written
  if ('glyph' in emoji) return emoji.glyph
  return `<img class="emoji" src="${escapeHtml(emoji.image)}" alt="${written}" title="${written}">`
}

/** A link, or its words alone where it leads to no page: what opens another program here is not opened there. */
export function linkHtml(url: string, html: string): string {
  return /^(https?|mailto):/i.test(url) && URL.canParse(url) ? `<a href="${escapeHtml(url)}">${html}</a>` : html
}

/** Slack shows a date in the reader's zone; here stands what the author's program wrote for those that cannot. */
export function dateHtml(seconds: number, fallback: string | null | undefined): string {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return escapeHtml(fallback ?? '')
  const iso = date.toISOString()
  return `<time datetime="${iso}">${escapeHtml(fallback || `${iso.slice(0, 16).replace('T', ' ')} UTC`)}</time>`
}

function mention(written: string, url: string): string {
  const html = escapeHtml(written)
  return url ? `<a class="mention" href="${escapeHtml(url)}">${html}</a>` : html
}
