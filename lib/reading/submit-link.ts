import { randomUUID } from 'node:crypto'
import { Temporal } from 'temporal-polyfill'
import { fromHtml, toText } from '#connectors/html'
import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { noteDeed } from '#db/audit-log'
import { findPost } from '#db/find-post'
import { ownSource } from '#db/own-source'
import type { Post } from '#db/post'
import { type BatchToSave, FencedError, saveBatch } from '#db/save-batch'
import type { TimelinePost } from '#db/timeline'
import { postsWithIds } from '#db/told-posts'
import { nameOf } from '../accounts/name-of.ts'
import { openRules } from '../collecting/rules.ts'
import { writeDownDeletions } from '../postgres/deletions-journal.ts'

/** Why a link was not taken, or not withdrawn: each has its sentence in `app/strings/submit.ts`. */
export const submissionProblems = ['link', 'long', 'name', 'time', 'future', 'withdrawn', 'not-yours', 'gone'] as const
export type SubmissionProblem = (typeof submissionProblems)[number]

type Outcome = { post: number } | { problem: SubmissionProblem }

/** The fields of the form, with the most characters that each takes. */
export const submissionFields = { url: 2000, title: 300, author: 100, at: 40, note: 1000, name: 60 } as const

/** A worker may take the source over between our look at it and our save. */
const TRIES = 4

/**
 * Takes a link that a reader hands in, for everybody to see. `at` is a time without a zone (`2026-11-20T14:05`) in the
 * reader's `zone`. What is here of the page already gets one more who passed it on. Returns the post that it is now.
 */
export async function submitLink(reader: Reader, form: URLSearchParams, { zone, now }: { zone: string; now: Date }): Promise<Outcome> {
  if (reader.role === 'anonymous') return { problem: 'not-yours' }
  const given = (name: string) => plain(form.get(name) ?? '')
  const tooLong = Object.entries(submissionFields).some(([name, most]) => given(name).length > most)
  if (tooLong) return { problem: 'long' }
  const url = addressOf(given('url'))
  if (!url) return { problem: 'link' }
  if (!given('name')) return { problem: 'name' }
  const statedAt = timeOf(given('at'), zone)
  if (statedAt === undefined) return { problem: 'time' }
  if (statedAt && statedAt > now) return { problem: 'future' }

  const handed = handedIn().parse(
    {
      ...{ url, title: given('title'), author: given('author'), note: given('note') },
      by: { id: `${reader.role}:${given('name').toLowerCase()}`, name: given('name') },
      statedAt: statedAt?.toISOString() ?? null,
      submittedAt: now.toISOString(),
    },
    null,
  )
  const here = await findPost(reader, handedIn().id, handed.externalId)
  const [before] = here === null ? [] : await postsWithIds(reader, [here])
  await save([before ? besides(before, handed) : handed], [], now)
  const id = await findPost(reader, handedIn().id, handed.externalId)
  return id === null ? { problem: 'withdrawn' } : { post: id }
}

/** The same link handed in once more: who said something of it first is not overwritten by anybody else, who adds what they say. */
function besides(before: TimelinePost, handed: Post): Post {
  const others = before.sightings.some(({ share }) => share && share.by.id !== handed.share?.by.id)
  if (!others) return handed
  const { author, card, html, text } = before
  if (!handed.text || text.includes(handed.text)) return { ...handed, author, card, html, text }
  const both = fromHtml(html + handed.html)
  return { ...handed, author, card, html: both, text: toText(both) }
}

/** The owner takes back a link, for good: whoever hands it in again is told that it was withdrawn. */
export async function withdrawLink(reader: Reader, externalId: string, now: Date): Promise<{ problem: SubmissionProblem } | null> {
  if (reader.role !== 'owner') return { problem: 'not-yours' }
  if ((await findPost(reader, handedIn().id, plain(externalId))) === null) return { problem: 'gone' }
  await save([], [externalId], now)
  await writeDownDeletions()
  await noteDeed({ who: await nameOf(reader), what: 'withdrew a link', about: externalId }, now)
  return null
}

/** What tells links that were handed in from all else, for whoever lists them. */
export function handedIn() {
  const connector = connectors.find(({ submitted }) => submitted)
  if (!connector) throw new Error('No connector takes what people hand in')
  return connector
}

async function save(posts: Post[], deleted: string[], now: Date): Promise<void> {
  const { id: platform, everySeconds, describe } = handedIn()
  const admitted = posts.map((post) => ({ post, rule: 'everything' }))
  const batch: BatchToSave = { admitted, deleted, authors: [], covered: null, unreadable: [], cursor: null }
  for (let tried = 1; ; tried++) {
    const source = await ownSource({ platform, name: describe({}), settings: {}, rules: openRules, everySeconds }, randomUUID(), now)
    try {
      await saveBatch(source, source.holder, batch, now)
      return
    } catch (error) {
      if (!(error instanceof FencedError) || tried === TRIES) throw error
    }
  }
}

/** Without what no keyboard writes, and Postgres does not take. */
function plain(text: string): string {
  return text.replaceAll('\0', '').toWellFormed().trim()
}

/** What people paste may lack its `https://`. */
function addressOf(given: string): string | null {
  const url = /^[\w-]+(\.[\w-]+)+(\/|$)/.test(given) ? `https://${given}` : given
  if (!/^https?:\/\/\S+$/i.test(url) || !URL.canParse(url)) return null
  const { hostname } = new URL(url)
  return hostname.includes('.') ? url : null
}

/** null where no time was given, undefined where it is none. */
function timeOf(given: string, zone: string): Date | null | undefined {
  if (given === '') return null
  try {
    return new Date(Temporal.PlainDateTime.from(given).toZonedDateTime(zone).epochMilliseconds)
  } catch {
    return undefined
  }
}
