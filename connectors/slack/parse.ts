import { z } from 'zod'
import type { Media, Person, Post, Reaction, ReplyTo } from '#db/post'
import { escapeHtml, fromHtml, toText } from '../html.ts'
import { drawAttachment, drawFile, type Hanging } from './attachments.ts'
import { drawBlocks } from './blocks.ts'
import { isLeftOut, speakerOf } from './consent.ts'
import { emojiOf } from './emoji.ts'
import { Attachment, isReply, Message, messageOf, standingOf, timeOf } from './message.ts'
import { fromMrkdwn, unescaped } from './mrkdwn.ts'
import { type Channel, type Context, type Drawing, FORMER_MEMBER, linkHtml, type Team } from './names.ts'
import { publicAddress } from './public-address.ts'

/** A message where it was said; `root` is what its thread hangs on, where that is known. */
export type Native = { message: unknown; channel: Channel; team: Team; root?: unknown }

/** Without a word for this long a thread has ended, and what is said after it is seen at its own time. */
const SILENCE_MINUTES = 60
const REPLY_TEXT = 200

/**
 * One message to one post. Pure. Throws what is no message, and what is not to be kept (`standingOf`), which readers
 * pass by beforehand.
 */
export function parse({ message: given, channel, team, root }: Native, context: Context): Post {
  const { data: message, error } = messageOf(given)
  if (!message) throw error
  if (standingOf(message) !== 'shown' || isLeftOut(speakerOf(message), context))
    throw new Error('This message is not shown: it is gone, or about the channel, or its author asks to be left out')
  const drawing = { ...context, team }
  const said = unmasked(message, drawing)
  const body = bodyOf(said.message, drawing)
  const rootTs = message.thread_ts ?? message.ts
  return {
    externalId: externalIdOf(team, channel, message.ts),
    url: permalinkOf(team, channel, message),
    author: said.author,
    place: team.name || null,
    badges: badgesOf(message),
    title: null,
    html: body.html,
    text: body.text,
    language: null,
    tags: [],
    contentWarning: null,
    sensitive: false,
    media: body.media,
    card: body.card,
    poll: null,
    quote: body.quote,
    replyTo: isReply(message) ? replyToOf(message, root ?? message.root, channel, drawing) : null,
    share: null,
    copyOf: null,
    unsupported: body.unsupported,
    kind: message.subtype === 'me_message' ? 'action' : 'message',
    conversation: { key: externalIdOf(team, channel, rootTs), title: `#${channel.name}`, silenceMinutes: SILENCE_MINUTES },
    recovered: false,
    reactions: (message.reactions ?? []).filter(({ count }) => count > 0).map((reaction) => reactionOf(reaction, context)),
    precisionSeconds: null,
    replyCount: isReply(message) ? null : (message.reply_count ?? 0),
    publishedAt: timeOf(message.ts),
    originalAt: null,
    editedAt: message.edited ? timeOf(message.edited.ts) : null,
    // A workspace is a room with a door.
    audience: 'members',
  }
}

/** `team/channel/ts`: the key of a message; that of its root is the key of a thread. */
export function externalIdOf(team: { id: string }, channel: { id: string }, ts: string): string {
  return `${team.id}/${channel.id}/${ts}`
}

/** The form that `chat.getPermalink` answers with. */
function permalinkOf({ domain }: Team, channel: Channel, { ts, thread_ts }: Pick<Message, 'ts' | 'thread_ts'>): string | null {
  if (!domain) return null
  const thread = thread_ts && thread_ts !== ts ? `?thread_ts=${thread_ts}&cid=${channel.id}` : ''
  return `https://${domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}${thread}`
}

function badgesOf({ subtype, pinned_to }: Message): string[] {
  const badges: string[] = []
  if (subtype === 'thread_broadcast' || subtype === 'reply_broadcast') badges.push('also sent to channel')
  if (pinned_to.length > 0) badges.push('pinned')
  return badges
}

const BotIcons = z.object({ image_72: z.string().optional(), image_48: z.string().optional() })

function authorOf(message: Message, { users, team }: Drawing): Person {
  const { username, bot_id, bot_profile, user_profile, subtype } = message
  const userId = speakerOf(message)
  const user = userId ? users[userId] : undefined
  const url = userId && team.domain ? `https://${team.domain}.slack.com/team/${userId}` : null
  const isBot = subtype === 'bot_message' || bot_id !== null || userId === 'USLACKBOT'
  if (isBot) {
    const icons = BotIcons.safeParse(message.icons ?? bot_profile?.icons).data
    return {
      id: `${team.id}/${bot_id ?? userId ?? username ?? ''}`,
      name: (username && unescaped(username)) ?? bot_profile?.name ?? user?.name ?? (userId === 'USLACKBOT' ? 'Slackbot' : 'a bot'),
      nameHtml: null,
      handle: '',
      url,
      avatar: publicAddress(icons?.image_72 ?? icons?.image_48) ?? user?.avatar ?? null,
      badges: ['bot'],
    }
  }
  const told = user_profile?.display_name ?? user_profile?.real_name
  return {
    id: `${team.id}/${userId ?? ''}`,
    name: user?.name ?? told ?? FORMER_MEMBER,
    nameHtml: null,
    handle: user?.account || user_profile?.name ? `@${user?.account ?? user_profile?.name}` : '',
    url,
    avatar: user?.avatar ?? publicAddress(user_profile?.image_72 ?? user_profile?.image_48),
    badges: user?.badges ?? (user_profile?.pronouns ? [user_profile.pronouns] : []),
  }
}

/** What a bot that passes on another place's chat says: `<alice> hello`, `[libera] <alice> hello`. */
const RELAYED = /^(?:\[([^\]\n]{1,40})\] ?)?&lt;[@+%~]?([^\s&<>]{1,40})&gt; ([\s\S]+)$/

/** Who really speaks where a bot speaks for somebody, and what. */
function unmasked(message: Message, drawing: Drawing): { message: Message; author: Person } {
  const author = authorOf(message, drawing)
  const relayed = author.badges.includes('bot') ? RELAYED.exec(message.text ?? '') : null
  const [, place, nick, text] = relayed ?? []
  if (!nick || !text) return { message, author }
  return {
    message: { ...message, text, blocks: [] },
    author: { ...author, id: `${author.id}/${nick}`, name: nick, url: null, avatar: null, badges: [`via ${place ?? author.name}`] },
  }
}

function bodyOf(message: Message, drawing: Drawing): Omit<Hanging, 'html'> & Pick<Post, 'html' | 'text'> {
  const said = saidIn(message, drawing)
  const files = [...message.files, ...(message.file ? [message.file] : [])].map(drawFile)
  const hanging = message.attachments.map((attachment) => drawAttachment(Attachment.parse(attachment), drawing))
  const parts = [
    said,
    ...files,
    ...hanging.map((one, index) => ({ ...one, html: one.html + furtherCard(one, hanging.slice(0, index), said.card) })),
  ]
  const html = fromHtml(parts.map((part) => part.html).join(''))
  return {
    html,
    text: toText(html),
    media: parts.flatMap(({ media }) => media),
    card: said.card ?? hanging.find(({ card }) => card)?.card ?? null,
    quote: hanging.find(({ quote }) => quote)?.quote ?? null,
    unsupported: said.unsupported ?? hanging.find(({ unsupported }) => unsupported)?.unsupported ?? null,
  }
}

/** A post has one card. The second link's page is at least named. */
function furtherCard({ card }: Hanging, before: Hanging[], first: Hanging['card']): string {
  if (!card || (!first && !before.some((one) => one.card))) return ''
  return `<blockquote><p>${linkHtml(card.url, escapeHtml(card.title))}</p></blockquote>`
}

type Said = { html: string; media: Media[]; card: Hanging['card']; unsupported: string | null }

/** Rich text first: it is what the author saw. Its text alone where there are no blocks, or none that say anything. */
function saidIn({ blocks, text, comment }: Message, drawing: Drawing): Said {
  const drawn = blocks.length > 0 ? drawnOrNull(blocks, drawing) : null
  if (drawn && (drawn.html || drawn.media.length > 0 || drawn.card)) return drawn
  const written = comment?.comment ?? text ?? ''
  return { html: fromMrkdwn(written, drawing), media: [], card: null, unsupported: drawn?.unsupported ?? null }
}

/** Blocks of a shape that is not known by now do not take the message away: its text says the same. */
function drawnOrNull(blocks: unknown[], drawing: Drawing): Said | null {
  try {
    return drawBlocks(blocks, drawing)
  } catch (error) {
    if (error instanceof z.ZodError) return null
    throw error
  }
}

function reactionOf({ name, count, url }: { name: string; count: number; url: string | null }, { emojis }: Context): Reaction {
  const emoji = emojiOf(name, emojis)
  const image = emoji && 'image' in emoji ? emoji.image : null
  return { emoji: emoji && 'glyph' in emoji ? emoji.glyph : `:${name}:`, image: image ?? (emoji ? null : publicAddress(url)), count }
}

/** The message that a thread hangs on, by as much of it as is known. */
function replyToOf(reply: Message, given: unknown, channel: Channel, drawing: Drawing): ReplyTo {
  const rootTs = reply.thread_ts ?? reply.ts
  const externalId = externalIdOf(drawing.team, channel, rootTs)
  const url = permalinkOf(drawing.team, channel, { ts: rootTs, thread_ts: rootTs })
  const root = messageOf(given).data
  if (root?.ts !== rootTs) {
    const user = reply.parent_user_id
    const author = user ? authorOf(Message.parse({ ts: rootTs, user }), drawing) : null
    return { state: 'unknown', externalId, url, author, text: null, rootExternalId: externalId }
  }
  if (standingOf(root) === 'gone' || isLeftOut(speakerOf(root), drawing))
    return { state: 'unavailable', externalId, url: null, author: null, text: null, rootExternalId: externalId }
  const { message, author } = unmasked(root, drawing)
  return {
    state: 'shown',
    externalId,
    url,
    author,
    text: bodyOf(message, drawing).text.slice(0, REPLY_TEXT) || null,
    rootExternalId: externalId,
  }
}
