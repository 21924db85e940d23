import type { Lack, Setup } from '../contract.ts'
import type { Settings } from './settings.ts'

export const switched = {
  price:
    'Threads shows what a token reads to its owner alone, unless they say otherwise, so that each person gives a token of their own and agrees',
  limits: 'it costs nothing but an app at Meta; tokens last 60 days and are renewed from a file',
  instead: 'For nothing: who shares with the fediverse is followed through Mastodon; a single post is handed in on /submit',
}

const TOKEN_STEPS = [
  'Make an app with the use case “Access the Threads API” at https://developers.facebook.com/apps, and invite the person as a tester of it.',
  'They accept under Settings → Account → Website permissions on Threads, and make a token with threads_basic in the app’s User Token Generator, or let you do so.',
  'Put it into a file of mode 0600 that this program may write, since tokens last 60 days and are renewed: token: file:/etc/backplane/threads-name.',
  'Write down that they agreed: permission: { by: who, on: date }.',
]

export function lacks({ token }: Settings): Lack[] {
  return [
    { what: 'Only what this person posts themselves: Threads tells no program what others say.', steps: token ? [] : TOKEN_STEPS },
    { what: 'Edits and counts of replies are not told.', steps: [] },
  ]
}

export const setup: Setup<Settings> = {
  works: 'Accounts that share with the fediverse, through Mastodon: paste their profile.',
  ways: [
    {
      what: 'A single post that matters',
      cost: 'nothing',
      steps: ['Hand it in on /submit: its link stands in the timeline, with who handed it in.'],
    },
    {
      what: 'What a person who agrees posts, with a token of their own',
      cost: 'nothing but an app at Meta; it shows no hashtags, no searches and nobody who did not agree',
      steps: ['Write threads into SWITCHED_ON in the environment.', ...TOKEN_STEPS],
    },
  ],
}
