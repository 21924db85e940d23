import type { Lack, Setup } from '../contract.ts'
import type { Settings } from './settings.ts'

/** What it costs, of https://docs.x.com/x-api/getting-started/pricing as of August 2026, in dollars. */
const POST = 0.005

export const switched = {
  price: `X lets nobody read without paying for each post: $${POST} as of August 2026, and perhaps $0.01 for each author once a day`,
  limits:
    'each source has a budget of 200 new posts and 200 look-ups of old ones a day (readsPerDay, rechecksPerDay), at most some $60 a month',
  instead:
    'For nothing: people who left for Bluesky or Mastodon are followed there; a single post is handed in on /submit; somebody’s own archive is brought in with npm run import',
}

const APP_STEPS = [
  'Make an app at https://console.x.com, buy credit, and set a spending limit there: X counts what this program cannot see.',
  'Put its bearer token into the environment or a file of mode 0600, and name it in the source: token: env:X_BEARER_TOKEN.',
  'The cheapest is one list of the accounts that matter, made on X: paste its address, x.com/i/lists/ and its number',
]

export function lacks({ account, token, readsPerDay, rechecksPerDay }: Settings): Lack[] {
  if (account) return []
  const most = (readsPerDay + rechecksPerDay) * POST
  return [
    {
      what: `It costs up to $${most.toFixed(2)} a day: ${readsPerDay} new posts (readsPerDay) and ${rechecksPerDay} look-ups of what became of old ones (rechecksPerDay), $${POST} each. Then it stops until midnight UTC.`,
      steps: token ? [] : APP_STEPS,
    },
    ...(rechecksPerDay === 0
      ? [{ what: 'Without look-ups the words of posts are kept for two days, since nobody tells which of them were deleted.', steps: [] }]
      : []),
  ]
}

export const setup: Setup<Settings> = {
  works: 'Nothing is read: X has no free reading.',
  ways: [
    {
      what: 'The same people elsewhere',
      cost: 'nothing',
      steps: ['Most people of the community who left are on Bluesky or Mastodon: paste their profile there.'],
    },
    {
      what: 'A single post that matters',
      cost: 'nothing',
      steps: ['Hand it in on /submit: its link stands in the timeline, with who handed it in.'],
    },
    {
      what: 'What somebody wrote, up to now',
      cost: 'nothing',
      steps: ['They ask X for their archive, and you bring it in with npm run import -- x <archive>.'],
    },
    {
      what: 'Reading a list, accounts or a search',
      cost: '$0.005 a post as of August 2026: some $27 a month for 60 accounts with three posts a day, and as much again for knowing what was deleted',
      steps: ['Write x into SWITCHED_ON in the environment.', ...APP_STEPS],
    },
  ],
}
