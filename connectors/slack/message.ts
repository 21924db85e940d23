import { z } from 'zod'

/**
 * The fields of a message that we use; whatever else is in it is dropped, and what may be missing is null. One shape
 * for history, replies, events and exports. https://docs.slack.dev/reference/events/message
 */

const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value || null)
const number = z.number().nullish().catch(null)
const flag = z
  .unknown()
  .optional()
  .transform((value) => value === true)
const list = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((value) => value ?? [])

/**
 * "seconds.microseconds": the id of a message within its channel. A string; as a number it would lose its end. Whole
 * seconds stand in attachments as a number.
 */
export const Ts = z.union([
  z.string().regex(/^\d{1,12}\.\d{1,6}$/, 'not a time of Slack'),
  z
    .int()
    .positive()
    .transform((seconds) => `${seconds}.000000`),
])

const Profile = z
  .object({ display_name: text, real_name: text, name: text, image_72: text, image_48: text, pronouns: text })
  .nullish()
  .catch(null)

export const File = z.object({
  id: text,
  name: text,
  title: text,
  mimetype: text,
  pretty_type: text,
  size: number,
  mode: text,
  permalink: text,
  file_access: text,
  alt_txt: text,
  preview: text,
  preview_is_truncated: flag,
  lines_more: number,
  duration_ms: number,
  original_w: number,
  original_h: number,
})

export const Attachment = z.object({
  fallback: text,
  pretext: text,
  author_name: text,
  author_id: text,
  author_icon: text,
  title: text,
  title_link: text,
  text: text,
  fields: z
    .array(z.object({ title: text, value: text }))
    .nullish()
    .catch(null),
  image_url: text,
  thumb_url: text,
  footer: text,
  from_url: text,
  original_url: text,
  service_name: text,
  video_html: text,
  channel_id: text,
  ts: z
    .union([Ts, z.number().transform(String)])
    .nullish()
    .catch(null),
  is_msg_unfurl: flag,
  is_share: flag,
  blocks: list,
  message_blocks: z
    .array(z.object({ message: z.object({ blocks: list }) }))
    .nullish()
    .catch(null),
  files: list,
})

const Reaction = z.object({ name: z.string(), count: z.number().int(), url: text })

export const Message = z.object({
  type: z.string().default('message'),
  subtype: text,
  ts: Ts,
  thread_ts: Ts.nullish().catch(null),
  user: text,
  bot_id: text,
  username: text,
  bot_profile: z
    .object({ id: text, name: text, icons: z.record(z.string(), z.unknown()).nullish().catch(null) })
    .nullish()
    .catch(null),
  icons: z.record(z.string(), z.unknown()).nullish().catch(null),
  user_profile: Profile,
  parent_user_id: text,
  text: text,
  blocks: list,
  attachments: list,
  files: list,
  /** In old exports, instead of `files`. */
  file: z.unknown().optional(),
  /** In old exports: what was said beside a file. */
  comment: z.object({ user: text, comment: text }).nullish().catch(null),
  reactions: z.array(Reaction).nullish().catch(null),
  edited: z.object({ ts: Ts }).nullish().catch(null),
  reply_count: z.number().int().nullish().catch(null),
  latest_reply: Ts.nullish().catch(null),
  pinned_to: list,
  hidden: flag,
  is_ephemeral: flag,
  root: z.unknown().optional(),
})

export type Message = z.infer<typeof Message>
export type Attachment = z.infer<typeof Attachment>
export type File = z.infer<typeof File>

const known = new WeakMap<object, z.ZodSafeParseResult<Message>>()

/**
 * Reads a message as Slack sends it. What was read is remembered as long as that is there: of an archive each message is
 * looked at to find its thread, to tell whether it is shown, to be drawn, and again over each answer to it.
 */
export function messageOf(given: unknown): z.ZodSafeParseResult<Message> {
  if (typeof given !== 'object' || given === null) return Message.safeParse(given)
  const read = known.get(given) ?? Message.safeParse(given)
  known.set(given, read)
  return read
}

/** What people and apps say. All else is about the channel: who joined, what its topic became. */
const SAID = new Set([null, 'bot_message', 'me_message', 'file_share', 'file_comment', 'thread_broadcast', 'reply_broadcast'])

/** Deleted, but its replies stay; or withheld by its company's own key. */
const GONE = new Set(['tombstone', 'ekm_access_denied'])

/**
 * What to do with a message: show it; pass it by (`hidden`: about the channel, ephemeral, or not a message at all); or
 * take it away (`gone`). One that does not say what it is, is passed by.
 */
export function standingOf({ type, subtype, hidden, is_ephemeral, user }: Message): 'shown' | 'hidden' | 'gone' {
  if (GONE.has(subtype ?? '') || user === 'UREVOKEDU') return 'gone'
  return type === 'message' && !hidden && !is_ephemeral && SAID.has(subtype) ? 'shown' : 'hidden'
}

/** A reply, other than the message that its thread hangs on. */
export function isReply({ ts, thread_ts }: Pick<Message, 'ts' | 'thread_ts'>): boolean {
  return Boolean(thread_ts) && thread_ts !== ts
}

export function timeOf(ts: string): Date {
  const [seconds = '0', fraction = ''] = ts.split('.')
  return new Date(Number(seconds) * 1000 + Math.floor(Number(fraction.padEnd(6, '0')) / 1000))
}

export function tsOf(time: Date): string {
  const ms = time.getTime()
  return `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}000`
}

/** Earlier first, as two whole numbers each. */
export function compareTs(a: string, b: string): number {
  const [aSeconds, aFraction] = a.split('.').map(Number)
  const [bSeconds, bFraction] = b.split('.').map(Number)
  return (aSeconds ?? 0) - (bSeconds ?? 0) || (aFraction ?? 0) - (bFraction ?? 0)
}
