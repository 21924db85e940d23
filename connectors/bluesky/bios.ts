import type { Post } from '#db/post'
import type { Http } from '../http.ts'
import { asksToBeLeftAlone } from '../leave-alone.ts'
import type { Api } from './api.ts'

/** People change their profile seldom; what they ask for in it holds within a day. */
const KNOWN_MS = 20 * 3_600_000
const MOST_KNOWN = 50_000

type Known = Map<string, { until: number; asks: boolean }>
/** Sources of one way out share what they learnt. */
const learnt = new WeakMap<Http, Known>()

/**
 * The posts without those whose author, or who passed them on, asks in their profile to be left alone by programs. Feeds
 * show posts without it, so that the profile of each is looked up, once a day.
 */
export async function withoutLeftAlone(posts: Post[], api: Api, http: Http): Promise<Post[]> {
  const known: Known = learnt.get(http) ?? new Map()
  learnt.set(http, known)
  const peopleIn = ({ author, share }: Post) => [author.id, ...(share ? [share.by.id] : [])]
  const now = Date.now()
  const unknown = [...new Set(posts.flatMap(peopleIn))].filter((did) => (known.get(did)?.until ?? 0) <= now)
  if (unknown.length > 0) {
    if (known.size > MOST_KNOWN) known.clear()
    const bios = await api.bios(unknown)
    for (const did of unknown) known.set(did, { until: now + KNOWN_MS, asks: asksToBeLeftAlone(bios.get(did) ?? '') })
  }
  return posts.filter((post) => !peopleIn(post).some((did) => known.get(did)?.asks))
}
