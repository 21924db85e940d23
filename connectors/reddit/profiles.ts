import { z } from 'zod'
import type { Profiles } from '../contract.ts'
import { createClient } from './client.ts'
import { personOf, SITE } from './person.ts'
import { type Settings, wayIn } from './settings.ts'

const HOST = /^(?:(?:www|old|new|np|sh|m|i)\.)?reddit\.com$/i
const NAMED = /^\/?u\/([\w-]{3,20})\/?$/i
const PROFILE = /^\/(?:u|user)\/([\w-]{3,20})(?:\/|$)/i
const POST = /^\/r\/\w+\/comments\/(\w+)/i

const About = z.object({
  data: z.object({ name: z.string(), subreddit: z.object({ public_description: z.string().catch('') }).nullish() }),
})

export const profiles: Profiles<Settings> = {
  where: 'into the “about” text of your Reddit profile',
  whose(input) {
    const written = input.trim()
    const named = NAMED.exec(written)?.[1]
    if (named) return { who: `u/${named}`, externalIds: [] }
    const address = /^[\w.]*reddit\.com\//i.test(written) ? `https://${written}` : written
    if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
    const { hostname, pathname } = new URL(address)
    if (!HOST.test(hostname)) return null
    const [user, post] = [PROFILE.exec(pathname)?.[1], POST.exec(pathname)?.[1]]
    if (user) return { who: `u/${user}`, externalIds: [] }
    return post ? { who: null, externalIds: [`t3_${post.toLowerCase()}`] } : null
  },
  /** Through the app of a source where there is one: who asks without is often sent away. */
  async read(who, { settings, http, signal }) {
    const name = NAMED.exec(who)?.[1]
    if (!name) return null
    const answer =
      settings && wayIn(settings) === 'app'
        ? await createClient(settings, { http, signal }).get(`user/${name}/about`, {})
        : await pageOf(`${settings?.api ?? SITE}/user/${name}/about.json`)
    const about = About.safeParse(answer).data?.data
    if (!about || about.name.toLowerCase() !== name.toLowerCase()) return null
    const { id, url } = personOf(about.name, SITE)
    return { key: id, handle: `u/${about.name}`, url: url ?? '', words: about.subreddit?.public_description ?? '' }

    async function pageOf(url: string): Promise<unknown> {
      const { body } = await http.get(url, { signal, accept: 'application/json' })
      try {
        return JSON.parse(new TextDecoder().decode(body ?? undefined))
      } catch {
        return null
      }
    }
  },
}
