import type { Api } from './api.ts'
import { authorOf, parseAtUri } from './links.ts'

/** Accounts that are asked after at once; the others have their turn the next time. */
const MOST_ASKED = 25

/**
 * What became of posts that are missing: those that the AppView does not know are deleted, unless their account is only
 * hidden for now (deactivated, taken down).
 */
export async function goneOf(missing: string[], api: Api): Promise<{ deleted: string[]; hidden: string[] }> {
  const uris = missing.filter((key) => parseAtUri(key)?.collection === 'app.bsky.feed.post')
  const there = await api.posts(uris)
  const gone = uris.filter((uri) => !there.has(uri))
  const standings = await standingsOf(gone.map(authorOf), api)
  const hidden = [...standings].flatMap(([did, standing]) => (standing === 'hidden' ? [did] : []))
  return { deleted: gone.filter((uri) => ['shown', 'gone'].includes(standings.get(authorOf(uri)) ?? '')), hidden }
}

/** Those of the accounts that are shown again. */
export async function shownAgain(hidden: string[], api: Api): Promise<string[]> {
  return [...(await standingsOf(hidden, api))].flatMap(([did, standing]) => (standing === 'shown' ? [did] : []))
}

async function standingsOf(dids: string[], api: Api) {
  const asked = [...new Set(dids)].slice(0, MOST_ASKED)
  return new Map(await Promise.all(asked.map(async (did) => [did, await api.standing(did)] as const)))
}
