import type { TimelinePost } from '#db/timeline'
import { accountKey, type Mute } from './preferences.ts'
import { toWords, wholeWord } from './whole-word.ts'

/** What of a post a mute looks at. */
export type MuteFacts = {
  /** All its words, in normal form: its own, and those of what it shows (card, quote, poll, what pictures show). */
  words: string
  /** Who says it, and who passed it on. */
  accounts: string[]
  /** The sources that showed it. */
  sources: string[]
  /** Small letters. */
  flairs: string[]
  tags: string[]
}

/** The facts of a post as the timeline has it. */
export function muteFactsOf(post: TimelinePost): MuteFacts {
  const { platform, author, share, title, contentWarning, text, card, poll, quote, media, badges, tags, sightings } = post
  const quoted = quote?.state === 'shown' ? [quote.title, quote.contentWarning, quote.text] : []
  const said = [title, contentWarning, text, card?.title, card?.description, ...quoted]
  const shown = [...(poll?.options.map((option) => option.text) ?? []), ...media.map(({ alt }) => alt)]
  return {
    words: toWords([...said, ...shown].filter(Boolean).join('\n')),
    accounts: [author, share?.by].flatMap((person) => (person ? [accountKey(platform, person.id)] : [])),
    sources: [...new Set(sightings.map(({ sourceId }) => String(sourceId)))],
    flairs: badges.map((badge) => badge.toLowerCase()),
    tags: tags.map((tag) => tag.toLowerCase()),
  }
}

/**
 * The mute that a post falls under at `now`, or null: a hard one before a soft one, else the first. A source's mute
 * takes only what no other source showed.
 */
export function muteOf(facts: MuteFacts, mutes: Mute[], now: Date): Mute | null {
  const met = mutes.filter((mute) => isInForce(mute, now) && isMet(facts, mute))
  return met.find(({ hard }) => hard) ?? met[0] ?? null
}

/** Whether a mute has not ended yet. */
export function isInForce({ until }: Mute, now: Date): boolean {
  return until === null || until > now
}

function isMet({ words, accounts, sources, flairs, tags }: MuteFacts, mute: Mute): boolean {
  const { what, keys } = mute
  switch (what) {
    case 'word':
      return expressionOf(mute).test(words)
    case 'person':
      return accounts.some((account) => keys.includes(account))
    case 'source':
      return sources.length > 0 && sources.every((source) => keys.includes(source))
    case 'flair':
      return keys.some((key) => flairs.includes(key.toLowerCase()))
    case 'tag':
      // Chat has hashtags in its words alone.
      return keys.some((key) => tags.includes(key.toLowerCase())) || expressionOf(mute).test(words)
    default:
      return what satisfies never
  }
}

/** A page tries every mute on every post: its expression is made once. */
const expressions = new WeakMap<Mute, RegExp>()

function expressionOf(mute: Mute): RegExp {
  const known = expressions.get(mute) ?? wholeWord(`${mute.what === 'tag' ? '#' : ''}${mute.keys[0] ?? ''}`)
  expressions.set(mute, known)
  return known
}
