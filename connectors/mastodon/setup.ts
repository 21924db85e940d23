import type { Lack, Setup } from '../contract.ts'
import { type Settings, serverOf } from './settings.ts'

const TOKEN_STEPS = [
  'Have an account on the server.',
  'There, under Preferences → Development → New application, make one with the scope read:statuses only.',
  'Put its access token into the environment, and name it in the source: token: env:NAME.',
]

export function lacks({ account, token, tag, server }: Settings): Lack[] {
  const through = account?.endsWith('@threads.net')
    ? [`It is read as ${server ?? 'the server'} has it: only from when somebody there followed it.`]
    : []
  const host = new URL(serverOf({ server, account })).host
  const late = tag ? [`Only what reached ${host} is seen: posts of servers that nobody there follows are missing.`] : []
  const slow: Lack[] =
    token || account ? [] : [{ what: 'It is not live: without a token it is polled every three minutes.', steps: TOKEN_STEPS }]
  return [...[...through, ...late].map((what) => ({ what, steps: [] })), ...slow]
}

/** https://docs.joinmastodon.org/methods/timelines/ and streaming: since 4.2 streams want a user's token. */
export const setup: Setup<Settings> = {
  works: 'Hashtags, accounts and the local timelines of servers that show them without an account, polled every three minutes.',
  ways: [
    { what: 'Live reading, and servers that show nothing to strangers', cost: 'nothing', steps: TOKEN_STEPS },
    {
      what: 'Accounts of Threads',
      cost: 'nothing',
      steps: [
        'Ask the person to turn on sharing to the fediverse in their Threads settings.',
        'Follow @name@threads.net once from an account on your server, so that the server fetches it.',
        'Paste the address of the Threads profile under “Add a source”.',
      ],
    },
  ],
}
