import type { ComAtprotoLabelDefs } from '@atproto/api'

type Labels = ComAtprotoLabelDefs.Label[] | undefined
type Author = { did: string; labels?: Labels }
type Labelled = { author?: Author; labels?: Labels; record?: unknown; linked?: Labels }

/** What labels ask of whoever shows a post. */
export type Verdict = {
  /** Never show it. */
  hidden: boolean
  /** Not to people who are not signed in. */
  membersOnly: boolean
  /** What to say before it is shown, naming the label; null: nothing. */
  warning: string | null
}

/** Labels that cover what they are on, in a reader's words (definitions: @atproto/api `LABELS`, here for people logged out). */
const WARNINGS: Record<string, string> = {
  '!warn': 'Flagged by moderators (!warn)',
  porn: 'Adult content (porn)',
  sexual: 'Sexually suggestive (sexual)',
  nudity: 'Nudity (nudity)',
  'graphic-media': 'Graphic media (graphic-media)',
  gore: 'Graphic media (gore)',
}

/**
 * Weighs the labels of a post: its own, those that its author put into the record, those of the card in it, and those
 * on the author's whole account. A label on a profile alone concerns the profile, but for `!no-unauthenticated`, which
 * an account can say of itself only there.
 * https://docs.bsky.app/docs/advanced-guides/moderation
 */
export function weigh({ author, labels, record, linked }: Labelled): Verdict {
  const said = new Set([...valuesOf(labels), ...selfLabels(record), ...valuesOf(linked), ...valuesOf(author?.labels, author?.did)])
  const warnings = Object.entries(WARNINGS).flatMap(([label, words]) => (said.has(label) ? [words] : []))
  return {
    hidden: said.has('!hide') || said.has('!takedown'),
    membersOnly: said.has('!no-unauthenticated') || wantsMembersOnly(author),
    warning: warnings.length > 0 ? warnings.join(', ') : null,
  }
}

/** Whether an account asks not to be shown to people who are not signed in. */
export function wantsMembersOnly(author: Author | undefined): boolean {
  return valuesOf(author?.labels).includes('!no-unauthenticated')
}

/** The labels that stand; those on `subject` alone where it is given. A negated label was taken back. */
export function valuesOf(labels: Labels, subject?: string): string[] {
  const standing = labels?.filter(
    ({ src, val, neg }) => !neg && !labels.some((other) => other.neg && other.src === src && other.val === val),
  )
  return (standing ?? []).filter(({ uri }) => subject === undefined || uri === subject).map(({ val }) => val)
}

/** Labels that the author put into the record: `com.atproto.label.defs#selfLabels`. */
function selfLabels(record: unknown): string[] {
  if (!isObject(record) || !isObject(record.labels) || !Array.isArray(record.labels.values)) return []
  return record.labels.values.flatMap((value) => (isObject(value) && typeof value.val === 'string' ? [value.val] : []))
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null
}
