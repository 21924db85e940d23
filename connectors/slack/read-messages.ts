import { z } from 'zod'
import type { Batch } from '../contract.ts'
import { isLeftOut, speakerOf } from './consent.ts'
import { compareTs, type Message, messageOf, standingOf } from './message.ts'
import type { Channel, Context, Team } from './names.ts'
import { externalIdOf, parse } from './parse.ts'

/** What messages came to; `all`: those that were understood, shown or not. */
export type Read = Pick<Batch, 'posts' | 'deleted' | 'unreadable'> & { all: Message[] }

/** Messages as posts, less what is not shown and what was said before `since`. */
export function readMessages(
  given: unknown[],
  { team }: { team: Team },
  channel: Channel,
  context: Context,
  since: string,
  root?: unknown,
): Read {
  const read: Read = { posts: [], deleted: [], unreadable: [], all: [] }
  for (const native of given) {
    const message = messageOf(native)
    if (!message.success) {
      read.unreadable.push(unreadable(native, message.error))
      continue
    }
    read.all.push(message.data)
    const standing = isLeftOut(speakerOf(message.data), context) ? 'gone' : standingOf(message.data)
    if (standing === 'gone') read.deleted.push(externalIdOf(team, channel, message.data.ts))
    if (standing !== 'shown' || compareTs(message.data.ts, since) < 0) continue
    try {
      read.posts.push(parse({ message: native, channel, team, root }, context))
    } catch (error) {
      read.unreadable.push(unreadable(native, error))
    }
  }
  return read
}

/** Of what was read, what a batch takes. */
export function pick({ posts, deleted, unreadable }: Read): Pick<Batch, 'posts' | 'deleted' | 'unreadable'> {
  return { posts, deleted, unreadable }
}

/** What members said among themselves is not kept for a look, only what it is made of. */
function unreadable(native: unknown, error: unknown): { payload: string; reason: string } {
  const kept = z.object({ ts: z.unknown(), type: z.unknown(), subtype: z.unknown() }).partial().safeParse(native).data
  const payload = JSON.stringify({ ...kept, has: native && typeof native === 'object' ? Object.keys(native) : typeof native })
  return { payload, reason: error instanceof Error ? error.message : String(error) }
}
