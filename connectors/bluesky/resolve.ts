import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { type Api, createApi } from './api.ts'
import { parseAtUri } from './links.ts'
import { isDid, type Settings, SHORT_LINK } from './settings.ts'

/** Handles become DIDs, because they change; names are kept for `describe`. Throws `refused` where there is no such thing. */
export async function resolve(settings: Settings, reach: Reach): Promise<Settings> {
  const api = createApi(settings, reach)
  const { author, feed, list, starterPack, feedsBy, named, ...rest } = settings
  if (author) {
    const { did, handle } = await api.profile(author)
    reach.step?.(`@${handle} is ${did}`)
    if (reach.step) await tellHome(did, { ...reach, step: reach.step })
    return { ...rest, author: did, handle }
  }
  if (starterPack) {
    const pack = await api.starterPackAt(await byDid(await packOf(starterPack, reach), api, reach))
    if (!pack.list) throw new ConnectorError('refused', 'This starter pack has no list of people')
    const { name } = pack.record
    reach.step?.(`The starter pack “${name}” of @${pack.creator.handle} is the list ${pack.list.uri}`)
    return { ...rest, list: pack.list.uri, label: name, handle: pack.creator.handle }
  }
  if (list) {
    const { uri, name, creator } = await api.listAt(await byDid(list, api, reach))
    reach.step?.(`The list is “${name}” of @${creator.handle}`)
    return { ...rest, list: uri, label: name, handle: creator.handle }
  }
  const found = feedsBy ? await feedCalled(named ?? '', feedsBy, api) : await api.feedAt(await byDid(feed ?? '', api, reach))
  const { uri, displayName, creator } = found
  reach.step?.(`The feed is “${displayName.trim()}” of @${creator.handle}: ${uri}`)
  return { ...rest, feed: uri, label: displayName, handle: creator.handle }
}

async function byDid(uri: string, api: Api, { step }: Reach): Promise<string> {
  const { did: who = '', collection, rkey } = parseAtUri(uri) ?? {}
  if (isDid(who)) return uri
  const did = await api.did(who)
  step?.(`@${who} is ${did}`)
  return `at://${did}/${collection}/${rkey}`
}

const Led = z.object({ url: z.string() })

/** Where a short link leads; asked for JSON it answers with the address instead of sending on. */
async function packOf(link: string, { http, signal, step }: Reach): Promise<string> {
  if (!SHORT_LINK.test(link)) return link
  const { body } = await http.get(link, { signal, accept: 'application/json' })
  const url = ledTo(new TextDecoder().decode(body ?? undefined))
  const [, who, rkey] = /\/(?:start|starter-pack)\/([^/?#]+)\/([^/?#]+)/.exec(decodeURIComponent(url ?? '')) ?? []
  if (!who || !rkey) throw new ConnectorError('refused', `${link} leads to no starter pack`)
  step?.(`${link} leads to ${url}`)
  return `at://${who}/app.bsky.graph.starterpack/${rkey}`
}

function ledTo(text: string): string | null {
  try {
    return Led.safeParse(JSON.parse(text)).data?.url ?? null
  } catch {
    return null
  }
}

/** The feed of this display name; one that has the name as a word in its own will do where it is the only one. */
async function feedCalled(name: string, by: string, api: Api) {
  const feeds = await api.feedsBy(by)
  const same = feeds.filter(({ displayName }) => displayName.trim().toLowerCase() === name.toLowerCase())
  const alike = feeds.filter(({ displayName }) =>
    displayName
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .includes(name.toLowerCase()),
  )
  const found = same[0] ?? (alike.length === 1 ? alike[0] : undefined)
  if (found) return found
  const names = feeds.map(({ displayName }) => `“${displayName.trim()}”`).join(', ')
  throw new ConnectorError('refused', `${by} has no feed called “${name}”${names ? `, but ${names}` : ''}`)
}

const Document = z.object({ service: z.array(z.looseObject({ type: z.string(), serviceEndpoint: z.unknown() })).default([]) })
/** A person waits; and reading goes on without knowing it. */
const PATIENCE_MS = 4000

/** Where an account's posts live, of which its DID's document tells (https://atproto.com/specs/did). Best effort. */
async function tellHome(did: string, { http, signal, step }: Reach & { step: (words: string) => void }): Promise<void> {
  const web = /^did:web:([\w.-]+)$/.exec(did)?.[1]
  const url = web ? `https://${web}/.well-known/did.json` : `https://plc.directory/${did}`
  try {
    const { body } = await http.get(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      accept: 'application/json',
    })
    const { service } = Document.parse(JSON.parse(new TextDecoder().decode(body ?? undefined)))
    const home = service.find(({ type }) => type === 'AtprotoPersonalDataServer')?.serviceEndpoint
    if (typeof home === 'string') step(`Its posts live at ${home}`)
  } catch {
    signal.throwIfAborted()
  }
}
