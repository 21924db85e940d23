import type { Post } from '#db/post'
import type { Reach } from '../contract.ts'
import { readThese } from './listing.ts'
import { parse } from './parse.ts'
import { type Settings, wayIn } from './settings.ts'

/** The most that one request tells of. https://www.reddit.com/dev/api/#GET_api_info */
export const RECHECK_LIMIT = 100

/**
 * What became of these posts: edited, locked, without their author's name, or gone. Only an app may ask; where feeds
 * are read, nothing is said here (`absences.ts` does what it can). Reddit leaves out of an answer what it knows
 * nothing of, or does not show to anybody; an answer without any of them says nothing about each.
 */
export async function recheck(
  externalIds: string[],
  { settings, ...reach }: Reach & { settings: Settings },
): Promise<{ posts: Post[]; deleted: string[] }> {
  const asked = externalIds.filter((id) => /^t3_\w+$/.test(id)).slice(0, RECHECK_LIMIT)
  if (wayIn(settings) !== 'app' || asked.length === 0) return { posts: [], deleted: [] }
  const items = (await readThese(asked, settings, reach)).filter(({ id }) => id !== null && asked.includes(id))
  const told = new Set(items.map(({ id }) => id))
  const unknown = items.length > 0 ? asked.filter((id) => !told.has(id)) : []
  const gone = items.flatMap(({ id, standing }) => (id && standing !== 'there' ? [id] : []))
  const posts = items.flatMap(({ standing, native }) => {
    if (standing !== 'there') return []
    try {
      return [parse(native, { subreddit: settings.subreddit ?? '' })]
    } catch {
      // What it has become is not understood; what it was stays until it is.
      return []
    }
  })
  return { posts, deleted: [...gone, ...unknown] }
}
