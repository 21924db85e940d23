import type { Profile, Profiles } from '#connectors/contract'
import { PROOF } from '#connectors/head-proof'
import { connectorErrorOf, type Http } from '#connectors/http'
import { connectorOf, connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { type KnownPost, keepRequest, postNamed, type Request, requestBy, settleRequest } from '#db/requests'
import { isOf, type What, withhold } from '#db/withholdings'
import { log } from '../log.ts'
import { writeDownDeletions } from '../postgres/deletions-journal.ts'
import { linkedPageSays } from './linked-page.ts'
import { newCode, settingsFor, type Whose, whoseIs } from './whose.ts'

/**
 * Being left out: somebody says which account, site or post is theirs, proves it with a code where only they can write (there, or in a page to which it links),
 * and it is done for past and future; where a platform has no such place, or they would rather not, an owner decides.
 */

export type Wish = { address: string; wish: 'author' | 'post'; words: string }

const LONGEST = 1000
/** Somebody waits for it. */
const PATIENCE_MS = 20_000

/** What is asked for, kept; null where too much waits already, 'nothing' where no address was given. */
export async function askToBeLeftOut({ address, wish, words }: Wish, reader: Reader, now: Date): Promise<Request | 'nothing' | null> {
  const written = address.trim().slice(0, LONGEST)
  if (written === '') return 'nothing'
  const post = await postMeant(written, reader)
  const theirs = post ? authorOf(post) : whoseIs(written)
  const who = theirs?.who ?? ''
  // A post that is not here cannot be known to be theirs: an owner looks at it.
  const provable = who !== '' && (wish === 'author' || post !== null)
  return keepRequest(
    {
      kind: wish === 'post' ? 'post' : theirs && profilesOf(theirs.platform)?.ofSites ? 'server' : 'author',
      platform: wish === 'post' ? (post?.platform ?? '') : (theirs?.platform ?? post?.platform ?? ''),
      key: wish === 'post' ? (post?.externalId ?? '') : '',
      address: written,
      handle: who || (post?.author.handle ?? ''),
      code: newCode('backplane'),
      words: words.trim().slice(0, LONGEST),
      state: provable ? 'proving' : 'open',
    },
    now,
  )
}

export type Checked = 'done' | 'not-yet' | 'nobody' | 'not-theirs' | 'unreadable' | 'unknown'

/** Looks for the code where it should be, and does what was asked for once it is there. */
export async function checkProof(code: string, http: Http, now: Date): Promise<Checked> {
  const request = await requestBy(code)
  if (request?.state !== 'proving') return request?.state === 'done' ? 'done' : 'unknown'
  const connector = connectors.find(({ id, profiles }) => profiles && id === platformOf(request))
  if (!connector?.profiles) return 'unknown'
  let profile: Profile | null
  const signal = AbortSignal.timeout(PATIENCE_MS)
  try {
    const run = { http, signal, settings: await settingsFor(connector) }
    profile = await connector.profiles.read(request.handle, run)
  } catch (error) {
    log.warn({ platform: connector.id }, `a proof could not be looked for: ${connectorErrorOf(error, connector.name).message}`)
    return 'unreadable'
  }
  if (!profile) return 'nobody'
  if (!profile.words.includes(code) && !(await linkedPageSays(code, profile, http, signal))) return 'not-yet'
  const what = await whatIsProved(request, profile, connector.profiles)
  if (!what) return 'not-theirs'
  const removed = await withhold(what, 'asked', now)
  await writeDownDeletions()
  await settleRequest(request.id, 'done', now)
  log.info({ platform: connector.id, kind: what.kind, removed }, 'somebody proved who they are and is left out')
  return 'done'
}

/** Whoever cannot, or would rather not, prove it leaves it to an owner. */
export async function leaveToOwner(code: string, now: Date): Promise<void> {
  const request = await requestBy(code)
  if (request?.state === 'proving') await settleRequest(request.id, 'open', now)
}

/** A report of a post that this reader sees: null where there is none, or too much waits. */
export async function reportPost(postId: number, words: string, reader: Reader, now: Date): Promise<Request | null> {
  const post = await postNamed(reader, { id: postId })
  if (!post) return null
  const { platform, externalId, author } = post
  const about = { kind: 'report' as const, platform, key: externalId, address: `/p/${postId}`, handle: author.handle || author.name }
  return keepRequest({ ...about, code: newCode('backplane'), words: words.trim().slice(0, LONGEST), state: 'open' }, now)
}

/** For pages: where a code goes that proves this request. */
export function whereToProve(request: Pick<Request, 'platform' | 'handle'>): string | null {
  const platform = platformOf(request)
  return platform ? (profilesOf(platform)?.where ?? null) : null
}

/** For pages: what proves it as well in the head of a page to which the profile links; null where profiles have no links. */
export function tagThatProves(request: Pick<Request, 'platform' | 'handle' | 'code'>): string | null {
  const platform = platformOf(request)
  return platform && profilesOf(platform)?.haveLinks ? `<meta name="${PROOF}" content="${request.code}">` : null
}

/** The platform whose profile proves it: the one that the post was on, or whose address it is. */
function platformOf({ platform, handle }: Pick<Request, 'platform' | 'handle'>): string | null {
  return platform || (whoseIs(handle)?.platform ?? null)
}

function profilesOf(platform: string): Profiles<unknown> | null {
  return connectorOf(platform).profiles ?? null
}

/** Where the author of a post can prove that they are. */
function authorOf({ platform, author, url }: KnownPost): Whose | null {
  const profiles = profilesOf(platform)
  const claim = profiles?.whose(author.url ?? (profiles.ofSites ? url : author.handle) ?? '')
  return claim ? { platform, ...claim } : null
}

/** The post that an address means, of ours (`/p/…`) or of its platform's, if this reader may see it. */
async function postMeant(written: string, reader: Reader): Promise<KnownPost | null> {
  const [, id] = /^(?:https?:\/\/[^/]+)?\/p\/(\d{1,15})(?:[/?#]|$)/.exec(written) ?? []
  if (id) return postNamed(reader, { id: Number(id) })
  const claim = whoseIs(written)
  return claim && claim.externalIds.length > 0 ? postNamed(reader, claim) : null
}

/** What a proved profile may have left out: itself, or a post of its own. */
async function whatIsProved(request: Request, { key, url }: Profile, { ofSites = false }: Profiles<unknown>): Promise<What | null> {
  if (request.kind !== 'post')
    return ofSites
      ? { kind: 'server', platform: '', key, address: null }
      : { kind: 'author', platform: platformOf(request) ?? '', key, address: url || null }
  const post = await postNamed({ role: 'owner' }, { platform: request.platform, externalIds: [request.key] })
  const own = ofSites ? post !== null && isOf(key, { id: '', url: null }, post.url) : post?.author.id === key
  return own ? { kind: 'post', platform: request.platform, key: request.key, address: post?.url ?? null } : null
}
