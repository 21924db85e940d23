import type { Setup } from './contract.ts'

/** A place of the community that no connector reads, said honestly: what is possible all the same, and why not more. */
export type Elsewhere = Pick<Setup<never>, 'works' | 'ways'> & {
  name: string
  hosts: RegExp
  /** Why a link to it can be no source, in a sentence. */
  cannot: string
}

/** What members hand in stands in the timeline as a link with who handed it in. */
const HAND_IN = 'Hand it in on /submit: its link stands in the timeline, with who handed it in.'

/** Facts as of 2026-11: docs.x.com (pricing), learn.microsoft.com (Posts API, increasing access), discord.com/developers. */
export const elsewhere: readonly Elsewhere[] = [
  {
    name: 'X (Twitter)',
    hosts: /^(?:(?:www|mobile)\.)?(?:x|twitter)\.com$|^(?:nitter\.[\w.]+|t\.co)$/i,
    cannot: 'X lets nobody read without paying for each post, so that no source reads it: see whether the person is on another network too',
    works: 'Nothing is read: X has no free reading.',
    ways: [
      {
        what: 'The same people elsewhere',
        cost: 'nothing',
        steps: ['Most people of the community who left are on Bluesky or Mastodon: paste their profile there.'],
      },
      { what: 'A single post that matters', cost: 'nothing', steps: [HAND_IN] },
      {
        what: 'Reading a list of accounts',
        cost: '$0.005 a post as of November 2026: some $27 a month for 60 accounts with three posts a day',
        steps: ['This program has no such source yet. Whoever needs it writes to its maintainers.'],
      },
    ],
  },
  {
    name: 'LinkedIn',
    hosts: /^(?:[a-z]{2,3}\.)?linkedin\.com$|^lnkd\.in$/i,
    cannot: 'LinkedIn lets programs read only the pages of organisations that you administer: what people post there cannot be followed',
    works: 'Nothing is read: no program may read other people’s posts, hashtags or groups there.',
    ways: [
      {
        what: 'What is worth reading',
        cost: 'nothing',
        steps: [HAND_IN, 'Ask the person to publish it on a blog or newsletter too: those have feeds.'],
      },
    ],
  },
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
