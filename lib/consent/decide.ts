import { z } from 'zod'
import type { Reader } from '#db/audience'
import { noteDeed } from '#db/audit-log'
import { postNamed, type Request, requestsFor, settleRequest } from '#db/requests'
import { type What, withhold } from '#db/withholdings'
import { nameOf } from '../accounts/name-of.ts'
import { log } from '../log.ts'
import { writeDownDeletions } from '../postgres/deletions-journal.ts'
import { type Meant, whomMeans } from './whom.ts'

const Choice = z.object({
  kind: z.enum(['post', 'author', 'server']),
  platform: z.string(),
  key: z.string().min(1),
  address: z.string().nullable(),
})

/** What an owner may withhold because of a request: the post and its author, or who may be meant. */
export async function choicesFor({ kind, platform, key, address, handle }: Request): Promise<Meant[]> {
  if ((kind === 'post' || kind === 'report') && key !== '') {
    const post = await postNamed({ role: 'owner' }, { platform, externalIds: [key] })
    if (!post) return []
    const { author, url } = post
    return [
      { what: { kind: 'post', platform, key, address: url }, called: 'the post' },
      { what: { kind: 'author', platform, key: author.id, address: author.url }, called: `all of ${author.name} ${author.handle}`.trim() },
    ]
  }
  // As people write it: “ada on #hpc”.
  const [first = ''] = address.split(/[\s,]+/)
  for (const written of new Set([address, handle, first])) {
    const meant = written === '' ? [] : await whomMeans(written)
    if (meant.length > 0) return meant
  }
  return []
}

/** An owner decides: withholds what they chose (as JSON of a `What`), or refuses. Returns whether that was done. */
export async function decide(requestId: number, chosen: string | null, reader: Reader, now: Date): Promise<boolean> {
  const { open } = await requestsFor(reader)
  const request = open.find(({ id }) => id === requestId)
  if (!request) return false
  if (chosen === null) {
    await settleRequest(request.id, 'refused', now)
    await noteDeed({ who: await nameOf(reader), what: 'refused', about: `a request about ${request.address}` }, now)
    return true
  }
  const what = readChoice(chosen)
  if (!what) return false
  const removed = await withhold(what, request.kind === 'report' ? 'decided' : 'asked', now)
  await writeDownDeletions()
  await settleRequest(request.id, 'done', now)
  await noteDeed(
    { who: await nameOf(reader), what: 'withheld', about: [what.kind, what.platform, what.key].filter(Boolean).join(' ') },
    now,
  )
  log.info({ kind: what.kind, platform: what.platform, removed }, 'an owner withheld what a request asked for')
  return true
}

function readChoice(written: string): What | null {
  try {
    return Choice.safeParse(JSON.parse(written)).data ?? null
  } catch {
    return null
  }
}
