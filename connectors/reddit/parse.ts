import type { Poll, Post, Quote } from '#db/post'
import { type Body, bodyOf } from './body.ts'
import { parseEntry, REST } from './entry.ts'
import { standingOf } from './gone.ts'
import { cardOf, mediaOf } from './media.ts'
import { personOf, SITE } from './person.ts'
import { type Single, Submission } from './submission.ts'

export type Context = {
  /** As the source names it, where it is of one: where an entry does not say where it was posted. */
  subreddit: string
  /** Where posts and people are, if not on www.reddit.com: of made-up ones. */
  site?: string
}

/** A submission as the API sends it, or an entry of a feed as feedsmith reads it. */
export type Native = { kind: 't3'; data: unknown } | { kind: 'entry'; entry: unknown }

/**
 * One submission to one post, by its fullname either way, so that both tell the same one. Throws what is none, and what
 * is gone, which readers pass by beforehand (`gone.ts`). Scores are not even read.
 */
export function parse(native: Native, context: Context): Post {
  return native.kind === 'entry' ? parseEntry(native.entry, context) : parseSubmission(native.data, context)
}

function parseSubmission(data: unknown, { site = SITE }: Context): Post {
  if (standingOf(data) !== 'there') throw new Error('This submission was deleted or removed')
  const said = Submission.parse(data)
  const original = said.crosspost_parent_list?.[0]
  const body = bodyOf(said.selftext_html, site)
  return {
    ...REST,
    externalId: said.name,
    url: pageOf(said, site),
    author: authorOf(said, site),
    place: placeOf(said),
    badges: badgesOf(said, original),
    title: said.title.trim(),
    html: body.html,
    text: body.text,
    // What is passed on shows its picture here.
    contentWarning: warningOf({ ...said, over_18: said.over_18 || (original?.over_18 ?? false) }, body),
    sensitive: said.over_18 || said.spoiler || body.hasSpoilers || (original?.over_18 ?? false),
    media: original ? [] : mediaOf(said, body),
    // A quote has no card of its own.
    card: cardOf(original ?? said),
    poll: said.poll_data ? pollOf(said.poll_data) : null,
    quote: original ? quoteOf(original, site) : null,
    replyCount: said.num_comments,
    publishedAt: new Date(said.created_utc * 1000),
    editedAt: typeof said.edited === 'number' ? new Date(said.edited * 1000) : null,
  }
}

function pageOf({ permalink }: Single, site: string): string {
  return new URL(permalink, site).href
}

/** In what role a submission was made, where its author says so. */
const ROLES: { [distinguished: string]: string } = { moderator: 'moderator', admin: 'Reddit admin', special: 'former Reddit admin' }

function authorOf({ author, author_flair_text, author_flair_richtext, distinguished }: Single, site: string) {
  const badges = [flairOf(author_flair_text, author_flair_richtext), ROLES[distinguished] ?? '']
  return personOf(author, site, badges.filter(Boolean))
}

/** `r/HPC`, or `u/name` for what somebody posted to their own page. */
function placeOf({ subreddit, subreddit_name_prefixed }: Single): string {
  return subreddit_name_prefixed || `r/${subreddit}`
}

function badgesOf(said: Single, original: Single | undefined): string[] {
  const badges = [
    flairOf(said.link_flair_text, said.link_flair_richtext),
    original && `crosspost from ${placeOf(original)}`,
    said.stickied && 'pinned',
    said.locked && 'locked',
    said.archived && 'archived',
    said.quarantine && 'quarantined',
  ]
  return badges.filter((badge): badge is string => Boolean(badge))
}

/** The words of a flair. Its pictures are shortcodes that only its subreddit could draw. */
function flairOf(plain: string, parts: { e: string; t: string }[] | null | undefined): string {
  const words = parts?.filter(({ e }) => e === 'text').map(({ t }) => t) ?? []
  return (words.join('').trim() || plain.replace(/:\w+:/g, '')).replace(/\s+/g, ' ').trim()
}

function warningOf({ over_18, spoiler }: Single, { hasSpoilers }: Pick<Body, 'hasSpoilers'>): string | null {
  const words = [over_18 && 'NSFW', (spoiler || hasSpoilers) && 'Spoiler'].filter(Boolean)
  return words.length > 0 ? words.join(', ') : null
}

/** Votes are told once the poll is closed, or to who voted. */
function pollOf({ options, total_vote_count, voting_end_timestamp }: NonNullable<Submission['poll_data']>): Poll {
  return {
    options: options.map(({ text, vote_count }) => ({ text, html: null, votes: vote_count })),
    multiple: false,
    voters: total_vote_count,
    closesAt: voting_end_timestamp ? new Date(voting_end_timestamp).toISOString() : null,
  }
}

/** What is passed on, with who said it. */
function quoteOf(original: Single, site: string): Quote {
  if (standingOf(original) !== 'there') return { state: 'deleted', url: null }
  const body = bodyOf(original.selftext_html, site)
  return {
    state: 'shown',
    externalId: original.name,
    url: pageOf(original, site),
    author: authorOf(original, site),
    title: original.title.trim(),
    html: body.html,
    text: body.text,
    publishedAt: new Date(original.created_utc * 1000).toISOString(),
    media: mediaOf(original, body),
    contentWarning: warningOf(original, body),
    sensitive: original.over_18 || original.spoiler || body.hasSpoilers,
  }
}
