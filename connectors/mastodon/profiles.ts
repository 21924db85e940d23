import { z } from 'zod'
import type { Profiles } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { createClient, NotThereError } from './client.ts'
import { addressOf } from './consent.ts'
import { locate } from './locate.ts'
import { homeOf, resolve } from './resolve.ts'
import { Settings, serverOf } from './settings.ts'

/** A post's page, or its ActivityPub address, which names it everywhere. */
const POST = /^\/(?:@|users\/)([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?:@([a-z0-9.-]+(?::\d+)?))?\/(?:statuses\/)?(\d+)\/?$/i

const Account = z.object({
  acct: z.string(),
  url: z.string(),
  note: z.string().catch(''),
  fields: z
    .array(z.object({ name: z.string().catch(''), value: z.string().catch(''), verifiedAt: z.string().nullish().catch(null) }))
    .catch([]),
})

export const profiles: Profiles<Settings> = {
  where: 'into the bio or a field of your Mastodon profile',
  haveLinks: true,
  whose(input) {
    const written = input.trim()
    if (/^https?:\/\//i.test(written) && URL.canParse(written)) {
      const { origin, pathname } = new URL(written)
      const [, user, home, id] = POST.exec(pathname) ?? []
      const profile = user && locate(home ? `@${user}@${home}` : `${origin}/@${user}`)
      if (profile && user && id)
        return {
          who: home ? `@${user}@${home}` : `${origin}/@${user}`,
          externalIds: home ? [] : [`${origin}/users/${user}/statuses/${id}`],
        }
    }
    return locate(written)?.account ? { who: written, externalIds: [] } : null
  },
  /** Asked of the account's own server, by whatever server's page it was named; a source's settings say nothing of that one. */
  async read(who, { http, signal }) {
    const located = locate(who)
    if (!located?.account) return null
    const [user = '', home = ''] = located.account.split('@')
    const own = located.server && new URL(located.server).host === home ? located : { account: located.account }
    try {
      const settings = await resolve(Settings.parse(own), { http, signal })
      const server = serverOf(settings)
      const { v1 } = createClient(settings, { http, signal })
      const account = Account.parse(await v1.accounts.$select(settings.accountId ?? '').fetch())
      // A server may call itself anything: that it speaks for another domain, that domain has to say.
      const domain = settings.domain?.toLowerCase() ?? home
      const speaksFor = domain === new URL(server).host || (await homeAt(`${user}@${domain}`)) === server
      const key = addressOf(account.acct, speaksFor ? domain : new URL(server).host)
      const words = [account.note, ...account.fields.flatMap(({ name, value }) => [name, value])].join('\n').replace(/<[^>]*>/g, '')
      const links = account.fields.flatMap(({ value, verifiedAt }) => linksIn(value).map((url) => ({ url, verified: Boolean(verifiedAt) })))
      links.push(...linksIn(account.note).map((url) => ({ url, verified: false })))
      return { key, handle: `@${key}`, url: account.url, words, links }
    } catch (error) {
      if (error instanceof NotThereError || error instanceof z.ZodError) return null
      if (error instanceof ConnectorError && error.trouble === 'refused' && error.cause instanceof NotThereError) return null
      throw error
    }

    /** A domain that does not answer says nothing for anybody. */
    async function homeAt(account: string): Promise<string | null> {
      try {
        return await homeOf(account, { http, signal })
      } catch (error) {
        if (error instanceof ConnectorError) return null
        throw error
      }
    }
  },
}

function linksIn(html: string): string[] {
  return [...html.matchAll(/href="(https?:\/\/[^"]+)"/gi)].map(([, url = '']) => url.replaceAll('&amp;', '&'))
}
