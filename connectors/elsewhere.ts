import type { Setup } from './contract.ts'

/** A place of the community that no connector reads, said honestly: what is possible all the same, and why not more. */
export type Elsewhere = Pick<Setup<never>, 'works' | 'ways'> & {
  name: string
  hosts: RegExp
  /** Why a link to it can be no source, in a sentence. */
  cannot: string
}

/** Facts as of 2026-11: discord.com/developers. */
export const elsewhere: readonly Elsewhere[] = [
  {
    name: 'Discord',
    hosts: /^(?:www\.)?(?:discord\.com|discord\.gg|discordapp\.com)$/i,
    cannot: 'A Discord server is its members’ own room, and no source here reads Discord',
    works: 'Nothing is read: a server is its members’ own room.',
    ways: [{ what: 'Announcements', cost: 'nothing', steps: ['Ask the server’s owners to publish them in a feed or on Mastodon too.'] }],
  },
  {
    name: 'Facebook and Instagram',
    hosts: /^(?:(?:www|m)\.)?(?:facebook|instagram|fb)\.com$/i,
    cannot: 'Facebook and Instagram let no program follow people or groups',
    works: 'Nothing is read: no program may follow people or groups there.',
    ways: [],
  },
]

/** Why a link to somewhere else can be no source; null where it is none of these. Pure. */
export function elsewhereCannot(input: string): string | null {
  const written = /^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(input.trim()) ? `https://${input.trim()}` : input.trim()
  if (!URL.canParse(written)) return null
  const { hostname } = new URL(written)
  return elsewhere.find(({ hosts }) => hosts.test(hostname))?.cannot ?? null
}
