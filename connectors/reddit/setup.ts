import type { Lack, Setup } from '../contract.ts'
import { nameOf, type Settings, wayIn } from './settings.ts'

const APP_STEPS = [
  'Ask Reddit for access with its form for developers (https://support.reddithelp.com/hc/en-us/requests/new?ticket_form_id=14868593862164); the letter says what for.',
  'Once it is granted, make an app of the kind “web app” at https://www.reddit.com/prefs/apps.',
  'Put its id and secret into the environment, and name them in the source: clientId: env:NAME, clientSecret: env:NAME, username: the account that answers for it.',
]
const TOKEN_STEPS = [
  'Signed in on Reddit, open https://www.reddit.com/prefs/feeds/ and copy what stands behind feed= and user= in any address there.',
  'Put the first into the environment (whoever has it reads what the account reads), and name both in the source: feedToken: env:NAME, feedUser: the account.',
]

export function lacks(settings: Settings): Lack[] {
  const way = wayIn(settings)
  const removed: Lack = { what: 'What moderators remove goes from here late, at the next reading that shows it.', steps: [] }
  if (way === 'app') return []
  const counts: Lack = {
    what: 'No comment counts, no flairs and no galleries, read every half hour: the API has them, for who has an app.',
    steps: APP_STEPS,
  }
  if (way === 'feed-token') return [counts, removed]
  const blocked: Lack = { what: 'Without an account Reddit may block this computer’s network for hours.', steps: TOKEN_STEPS }
  return [blocked, counts, removed]
}

/** Reddit's Responsible Builder Policy (2025-11) and what became of its anonymous addresses in 2026. */
export const setup: Setup<Settings> = {
  works: 'Subreddits, accounts and multireddits, anonymously by Atom, once in half an hour; Reddit may block that at any time.',
  ways: [
    { what: 'Reading that is not blocked', cost: 'nothing', steps: TOKEN_STEPS },
    { what: 'Comment counts, flairs, galleries, edits, every five minutes', cost: 'nothing, but Reddit’s approval', steps: APP_STEPS },
  ],
  ask: {
    whom: 'Reddit, with its form for developers',
    where: 'https://support.reddithelp.com/hc/en-us/requests/new?ticket_form_id=14868593862164',
    about: { subreddit: 'hpc' },
    letter,
  },
}

function letter(settings: Settings): string {
  return [
    `Subject: Read access for a community timeline of ${nameOf(settings)}`,
    `Dear Reddit,`,
    `we run Backplane, an open-source page (MIT) on which people of the high-performance computing community read what their community says in its channels, in one timeline, by time and nothing else. We ask for an OAuth client that may read ${nameOf(settings)}.`,
    `What it does: GET r/…/new and api/info only, some twenty requests an hour, far under 100 a minute, under a User-Agent in your format; it shows title, text, author and time of each submission with a link back to it on Reddit.`,
    `What it does not do: write, vote or message; read what is private; use anything for a language model or for advertising; sell anything; keep what was deleted: every submission is checked again within a day, and what is gone on Reddit goes here, with its author where the account is gone.`,
    `It is not commercial. The account that answers for it is u/[your account].`,
    `With kind regards,
[your name, how you are reached, and the address of the page]`,
  ].join('\n\n')
}
