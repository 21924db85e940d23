import { z } from 'zod'
import type { Batch, Cursor } from '../contract.ts'
import { consentTo } from './consent.ts'
import { type Context, domainOf, parse } from './parse.ts'
import { type Settings, serverOf } from './settings.ts'
import type { Item } from './timeline.ts'

/** Where a source stands. */
export type Place = {
  /**
   * Local id and `uri` of the statuses seen last, newest first. The ids tell where to go on, and with the uris what a
   * `delete` event or a reply means, which give a local id only. Without `uri`: seen, and not kept.
   */
  seen: [id: string, uri: string | null][]
  /** ISO 8601: all until then was seen. */
  until: string
  /** Length of the longest page that this server gave: a shorter one is not cut off. */
  longest: number
}

/** Some days of a community's server; small enough to be written with each batch. */
const MOST_SEEN = 200

const PlaceOfCursor = z.object({
  seen: z.array(z.tuple([z.string(), z.string().nullable()])).min(1),
  until: z.string(),
  longest: z.number(),
})

/** null: there is nothing yet to go on from. */
export function placeOf(cursor: Cursor | null): Place | null {
  return PlaceOfCursor.safeParse(cursor).data ?? null
}

export function cursorOf({ seen, until, longest }: Place): Cursor {
  return { seen: seen.slice(0, MOST_SEEN), until, longest }
}

export function contextOf(settings: Settings, place: Pick<Place, 'seen'>): Context {
  return {
    server: serverOf(settings),
    domain: settings.domain,
    unlisted: settings.unlisted && settings.account ? [settings.account] : undefined,
    uris: Object.fromEntries(place.seen.flatMap(([id, uri]) => (uri ? [[id, uri]] : []))),
  }
}

/** What was read of some items. Posts that may not be kept leave no trace, and are taken away if they could be kept before. */
export function readItems(items: Item[], settings: Settings, place: Pick<Place, 'seen'>) {
  const read: Pick<Batch, 'posts' | 'deleted' | 'unreadable'> & { seen: Place['seen'] } = {
    posts: [],
    deleted: [],
    unreadable: [],
    seen: [],
  }
  const kept = new Map(place.seen)
  const uris = items.map(({ id, native }): [string, string | null] => [id ?? '', Uri.safeParse(native).data?.uri ?? null])
  const context = contextOf(settings, { seen: [...place.seen, ...uris] })
  const consented = { domain: domainOf(context), unlisted: context.unlisted }
  for (const { id, native } of items) {
    const uri = Uri.safeParse(native).data?.uri ?? null
    const consent = consentTo(native, consented)
    if (id) read.seen.push([id, consent === 'yes' ? uri : null])
    if (consent === 'no') {
      const before = id ? kept.get(id) : null
      if (before) read.deleted.push(before)
      continue
    }
    try {
      read.posts.push(parse(native, context))
    } catch (error) {
      // What does not say that it is public may be private, and is not kept for a look.
      const payload = consent === 'yes' ? JSON.stringify(native) : JSON.stringify({ id })
      read.unreadable.push({ payload, reason: error instanceof z.ZodError ? z.prettifyError(error) : String(error) })
    }
  }
  return read
}

const Uri = z.object({ uri: z.string().min(1) })
