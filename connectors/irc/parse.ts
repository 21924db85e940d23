import { createHash } from 'node:crypto'
import type { Person, Post, ReplyTo } from '#db/post'
import { fromFormatted } from '../html.ts'
import { plainText, styledRuns } from './formatting.ts'
import { accountId, addressee, conversationKey, fold, personId } from './names.ts'
import { type Relayed, relayed } from './relays.ts'
import type { People } from './roster.ts'
import { nameOfNetwork } from './settings.ts'

/** A line of a channel, however it was heard: live, played back, from a log. JSON. */
export type Line = {
  kind: 'message' | 'action' | 'notice' | 'topic'
  nick: string
  /** The services account behind the nick, where the server tells. */
  account?: string | null
  /** With its formatting codes. */
  text: string
  /** ISO 8601: when it was said, as far as anybody's clock is to be believed. */
  time: string
  /** ISO 8601: the time by which it is told apart where there is no msgid: the server's own, however wrong. */
  toldTime?: string
  msgid?: string | null
  /** The msgid of the line that it says to answer. https://ircv3.net/specs/client-tags/reply */
  answers?: string | null
  /** How many like it were told before, to the same person at the same time. */
  copy?: number
  /** How exactly the time is known; 0 where not given. */
  precisionSeconds?: number
  /** Played back by a bouncer or the server after an absence. */
  recovered?: boolean
  /** The author says to be a program. https://ircv3.net/specs/extensions/bot-mode */
  bot?: boolean
}

export type Context = {
  network: string
  channel: string
  /** Its operators permitted a public log. */
  permitted: boolean
  /** Folded nicks and accounts of who is left out of answers, too. */
  optedOut?: string[]
  /** Who may be meant by `nick:`; where it is not given, anybody. */
  people?: People
  /** Nicks and accounts of programs that speak for people elsewhere. */
  relays?: string[]
}

/** A stretch of a channel's talk ends with this much silence. */
const SILENCE_MINUTES = 20

/** One line to one post. Pure. Whether it may be kept is asked before: see consent.ts. */
export function parse(line: Line, context: Context): Post {
  const { network, permitted } = context
  const key = conversationKey(network, context.channel)
  const from = relayed(line, context.relays)
  const said = from?.text ?? line.text
  return {
    externalId: `${key}/${line.msgid || ownKey(line, context)}`,
    // A channel keeps nothing that one could open.
    url: null,
    author: from ? unmasked(line, from, network) : { ...person(line.nick, line.account ?? null, network), badges: line.bot ? ['bot'] : [] },
    place: nameOfNetwork(network),
    badges: [],
    title: null,
    html: fromFormatted(styledRuns(said)),
    text: plainText(said),
    language: null,
    tags: [],
    contentWarning: null,
    sensitive: false,
    media: [],
    card: null,
    poll: null,
    quote: null,
    replyTo: line.kind === 'message' ? answered(plainText(said), line.answers ? `${key}/${line.answers}` : null, context) : null,
    share: null,
    copyOf: null,
    unsupported: null,
    kind: line.kind,
    conversation: { key, title: context.channel, silenceMinutes: SILENCE_MINUTES },
    recovered: line.recovered ?? false,
    reactions: [],
    precisionSeconds: line.precisionSeconds ?? 0,
    replyCount: null,
    publishedAt: new Date(line.time),
    originalAt: null,
    editedAt: null,
    audience: permitted ? 'public' : 'members',
  }
}

/** The person behind a nick: the account where the network says it, for nicks come and go, and are anybody's. */
function person(nick: string, account: string | null, network: string): Person {
  const id = account === null ? personId(network, nick) : accountId(network, account)
  return { id, name: nick, nameHtml: null, handle: nick, url: null, avatar: null, badges: [] }
}

/** The person for whom a relay speaks: known there by a nick, and here by the relay's word for it. */
function unmasked(line: Line, { nick, via }: Relayed, network: string): Person {
  const relay = person(line.nick, line.account ?? null, network)
  return { ...relay, id: `${personId(network, line.account ?? line.nick)}/${fold(nick)}`, name: nick, handle: nick, badges: [`via ${via}`] }
}

/** Whom the line answers, by name, and which line where its program says so. */
function answered(text: string, externalId: string | null, { network, people, optedOut = [] }: Context): ReplyTo | null {
  const answer = (author: Person | null): ReplyTo => ({ state: 'unknown', externalId, url: null, author, text: null, rootExternalId: null })
  const nick = addressee(text)
  if (nick === null) return externalId === null ? null : answer(null)
  const name = fold(nick)
  const account = people?.[name] ?? null
  if ((people && !Object.hasOwn(people, name)) || optedOut.includes(name) || (account && optedOut.includes(fold(account))))
    return externalId === null ? null : answer(null)
  return answer(person(nick, account, network))
}

/** For servers and logs without message ids. Telling the same line again gives the same key. */
function ownKey({ nick, text, time, toldTime = time, copy = 0 }: Line, { network, channel }: Context): string {
  const told = JSON.stringify([network, fold(channel), fold(nick), toldTime, plainText(text), copy])
  return createHash('sha256').update(told).digest('base64url')
}
