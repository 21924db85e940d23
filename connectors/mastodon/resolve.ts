import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { createClient, NotThereError, TOKEN_ADVICE } from './client.ts'
import { type Settings, serverOf } from './settings.ts'

/** What a server says of itself, as far as it concerns us. https://docs.joinmastodon.org/entities/Instance/ */
const access = z.object({ local: z.string().optional(), remote: z.string().optional() }).optional()
const Instance = z.object({
  domain: z.string().optional(),
  configuration: z
    .object({
      urls: z.object({ streaming: z.string().optional() }).optional(),
      timelinesAccess: z.object({ liveFeeds: access, hashtagFeeds: access }).optional(),
    })
    .optional(),
})
type Instance = z.infer<typeof Instance>

/**
 * Looks up what a person does not know: what the server calls itself, where it streams, an account's id. Throws
 * `refused`, with what the owner can do, where the server says that it does not show this timeline.
 */
export async function resolve(settings: Settings, reach: Reach): Promise<Settings> {
  const { domain: _, accountId: __, streaming: ___, ...declared } = settings
  if (!declared.account) return describeServer(declared, reach)
  const server = serverOf(declared)
  const accountId = await accountIdOf({ ...declared, server }, reach)
  if (typeof accountId === 'string') {
    reach.step?.(`${new URL(server).host} knows @${declared.account} as account ${accountId}`)
    return { ...(await describeServer({ ...declared, server }, reach)), accountId }
  }
  // An address need not be the host that serves it: example.org's accounts may live on social.example.org.
  const home = declared.server ? null : await homeOf(declared.account, reach)
  if (!home || home === server) throw accountId
  const there = await accountIdOf({ ...declared, server: home }, reach)
  if (typeof there !== 'string') throw there
  reach.step?.(`@${declared.account} lives on ${new URL(home).host}, as account ${there}`)
  return { ...(await describeServer({ ...declared, server: home }, reach)), accountId: there }
}

/**
 * Throws `refused` where the server says that it does not show this timeline: one that is switched off answers with an
 * empty list and no error. https://docs.joinmastodon.org/entities/Instance/#timelines_access
 */
export async function assertShown(settings: Settings, reach: Reach): Promise<void> {
  refuseHidden(settings, await instanceOf(settings, reach))
}

async function describeServer(settings: Settings, reach: Reach): Promise<Settings> {
  const instance = await instanceOf(settings, reach)
  refuseHidden(settings, instance)
  const server = serverOf(settings)
  if (instance) reach.step?.(`${new URL(server).host} is a server that shows this to everybody`)
  const { domain, configuration } = instance ?? {}
  const streaming = configuration?.urls?.streaming
  const [user, home] = settings.account?.split('@') ?? []
  return {
    ...settings,
    server,
    // A profile's link has the server's host, but its people write the domain behind their names.
    ...(user && domain && home === new URL(server).host && { account: `${user}@${domain.toLowerCase()}` }),
    ...(domain && { domain }),
    ...(streaming && { streaming }),
  }
}

/** null where the server does not say: its timelines may be readable all the same. */
async function instanceOf(settings: Settings, reach: Reach): Promise<Instance | null> {
  try {
    return Instance.safeParse(await createClient(settings, reach).v2.instance.fetch()).data ?? null
  } catch (error) {
    return orNull(error)
  }
}

function refuseHidden({ server, local, tag, token }: Settings, instance: Instance | null): void {
  const shown = instance?.configuration?.timelinesAccess
  const feeds = local ? [shown?.liveFeeds?.local] : tag ? [shown?.hashtagFeeds?.local, shown?.hashtagFeeds?.remote] : []
  const what = local ? 'its local timeline' : 'its hashtag timelines'
  const host = server ? new URL(server).host : ''
  if (feeds.length > 0 && feeds.every((feed) => feed === 'disabled'))
    throw new ConnectorError('refused', `${host} has switched off ${what}: follow ${local ? 'a hashtag or ' : ''}accounts of it instead`)
  if (!token && feeds.includes('authenticated'))
    throw new ConnectorError('refused', `${host} shows ${what} only to those who have a token: ${TOKEN_ADVICE}`)
}

const Found = z.object({ id: z.string(), acct: z.string() })

/** The account's id on the server that is asked, or the error that says why it is not to be had. */
async function accountIdOf(settings: Settings, reach: Reach): Promise<string | ConnectorError> {
  const address = settings.account ?? ''
  const [user, home] = address.split('@')
  const host = new URL(serverOf(settings)).host
  // A server knows its own accounts by their bare name, whatever domain it writes behind it.
  const acct = home === host && user ? user : address
  const { v1 } = createClient(settings, reach)
  try {
    return Found.parse(await v1.accounts.lookup({ acct })).id
  } catch (error) {
    const known = missing(error, `${host} knows no account @${address}: check how it is spelt`)
    // The search wants a token, and finds accounts that the server has not met yet.
    const found = settings.token ? await v1.accounts.search.list({ q: `@${address}`, limit: 5, resolve: true }) : []
    return found.find((account) => [acct, address].includes(account.acct.toLowerCase()))?.id ?? known
  }
}

/** What a look-up that failed means; throws what may be otherwise next time. */
function missing(error: unknown, sentence: string): ConnectorError {
  if (error instanceof NotThereError || error instanceof z.ZodError) return new ConnectorError('refused', sentence, { cause: error })
  if (error instanceof ConnectorError && (error.trouble === 'refused' || error.trouble === 'malformed')) return error
  throw error
}

const WebFinger = z.object({ links: z.array(z.object({ rel: z.string().optional(), href: z.string().optional() })) })

/** Origin of the server that an address leads to, by WebFinger (RFC 7033), or null. */
export async function homeOf(account: string, { http, signal }: Reach): Promise<string | null> {
  const url = `https://${account.split('@')[1]}/.well-known/webfinger?resource=${encodeURIComponent(`acct:${account}`)}`
  try {
    const { body } = await http.get(url, { signal, accept: 'application/jrd+json, application/json' })
    const { links } = WebFinger.parse(JSON.parse(new TextDecoder().decode(body ?? undefined)))
    const self = links.find(({ rel, href }) => rel === 'self' && href && URL.canParse(href))
    return self?.href ? new URL(self.href).origin : null
  } catch (error) {
    return error instanceof z.ZodError || error instanceof SyntaxError ? null : orNull(error)
  }
}

/** "There is no such thing here" is an answer; a server that is down, busy or wants a token is not. */
function orNull(error: unknown): null {
  if (error instanceof ConnectorError && (error.trouble === 'refused' || error.trouble === 'malformed')) return null
  if (error instanceof z.ZodError) return null
  throw error
}
