import { setTimeout as sleep } from 'node:timers/promises'
import type { JetstreamEvent } from '@atcute/jetstream'
import { z } from 'zod'
import type { AuthorEvent } from '#db/post'
import type { Batch, Run } from '../contract.ts'
import type { Api, Item } from './api.ts'
import { withoutLeftAlone } from './bios.ts'
import { authorOf } from './links.ts'
import { cursorOf, knownAfter, newsIn, type Place, take } from './place.ts'
import type { Settings } from './settings.ts'

export const POST = 'app.bsky.feed.post'
export const REPOST = 'app.bsky.feed.repost'

/** The AppView knows a post a moment after the stream does; what it does not know by then the next poll brings. */
const PATIENCE_MS = [0, 150, 300, 600, 1200, 2400]

const Ref = z.object({ uri: z.string() })
const Reply = z.object({ reply: z.object({ root: Ref, parent: Ref }) })
const Repost = z.object({ subject: Ref, createdAt: z.string() })

/** A post to be asked for: by itself, or because it was reposted. `cid` is the version that was announced. */
type Wish = { uri: string; cid: string | null; repost: { by: string; at: string } | null }

/**
 * What some events mean. They are poor (no labels, embeds and profiles), so that the posts are asked for at the AppView
 * before they are passed on.
 */
export async function batchOf(events: JetstreamEvent[], place: Place, run: Run<Settings>, api: Api): Promise<Batch> {
  const wishes = new Map<string, Wish>()
  const deleted: string[] = []
  const authors: AuthorEvent[] = []
  for (const event of events) {
    if (event.kind === 'account') authors.push({ authorId: event.did, change: changeOf(event.account) })
    if (event.kind !== 'commit') continue
    const { collection, rkey, operation } = event.commit
    const uri = `at://${event.did}/${collection}/${rkey}`
    wishes.delete(uri)
    if (operation === 'delete') deleted.push(uri)
    else {
      const wish = wishOf(uri, event, run.settings)
      if (wish) wishes.set(uri, wish)
    }
  }
  const items = await itemsFor([...wishes.values()], api, run.signal)
  const natives = await nativesOf([...wishes].reverse(), items, api)
  const { seen, unreadable } = take(natives, place)
  const timeUs = Math.max(place.timeUs ?? 0, ...events.map(({ time_us }) => time_us))
  const readTo = new Date(timeUs / 1000)
  // The events of one connection are whole, and what was before them the poll read that follows the opening.
  const whole = place.readTo !== null && readTo > place.readTo && [...wishes.values()].every(({ uri }) => items.has(uri))
  const known = knownAfter(seen, place.known).filter(([key]) => !deleted.includes(key))
  return {
    posts: await withoutLeftAlone(newsIn(seen, place), api, run.http),
    deleted,
    authors,
    covered: whole && place.readTo ? { from: place.readTo, to: readTo } : null,
    unreadable,
    cursor: cursorOf({ ...place, known, timeUs, readTo: whole ? readTo : place.readTo }),
  }
}

type Commit = Extract<JetstreamEvent, { kind: 'commit' }>

/**
 * What to ask for because of a commit: the same as a poll would bring. An author is followed without answers to
 * others, and a list without its members' reposts (`getListFeed` has none).
 */
function wishOf(uri: string, { did, time_us, commit }: Commit, { author }: Settings): Wish | null {
  if (commit.operation === 'delete') return null
  if (commit.collection === REPOST) {
    const { data: repost } = Repost.safeParse(commit.record)
    if (!repost || !author) return null
    // As with posts, a time that is not yet cannot be.
    const at = Math.min(time_us / 1000, Date.parse(repost.createdAt) || time_us / 1000)
    return { uri: repost.subject.uri, cid: null, repost: { by: did, at: new Date(at).toISOString() } }
  }
  const { data: answer } = Reply.safeParse(commit.record)
  const toOneself = answer && [answer.reply.root, answer.reply.parent].every((ref) => authorOf(ref.uri) === did)
  return author && answer && !toOneself ? null : { uri, cid: commit.cid, repost: null }
}

/** Status words: https://docs.bsky.app/docs/advanced-guides/account-status */
function changeOf({ active, status }: { active: boolean; [key: string]: unknown }): AuthorEvent['change'] {
  if (active) return 'shown'
  return status === 'deleted' ? 'deleted' : 'hidden'
}

/** Asks, and asks again for what is not there yet, or not yet in the version that was announced. */
async function itemsFor(wishes: Wish[], api: Api, signal: AbortSignal): Promise<Map<string, Item>> {
  const items = new Map<string, Item>()
  for (const patience of PATIENCE_MS) {
    const open = wishes.filter(({ uri, cid }) => !items.has(uri) || (cid !== null && items.get(uri)?.post.cid !== cid))
    if (open.length === 0) break
    await sleep(patience, undefined, { signal })
    const found = await api.items([...new Set(open.map(({ uri }) => uri))])
    for (const [uri, item] of found) items.set(uri, item)
  }
  return items
}

/** Items as a feed shows them, with the repost as their reason. */
async function nativesOf(wishes: [string, Wish][], items: Map<string, Item>, api: Api): Promise<Item[]> {
  const reposters = new Set(wishes.flatMap(([, { repost }]) => (repost ? [repost.by] : [])))
  const profiles = new Map(await Promise.all([...reposters].map(async (did) => [did, await api.profile(did)] as const)))
  return wishes.flatMap(([uri, wish]) => {
    const item = items.get(wish.uri)
    if (!item) return []
    if (!wish.repost) return [item]
    const reason = { $type: 'app.bsky.feed.defs#reasonRepost', by: profiles.get(wish.repost.by), uri, indexedAt: wish.repost.at }
    return [{ ...item, reason }]
  })
}
