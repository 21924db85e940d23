import type { Lack, Setup } from '../contract.ts'
import type { Settings } from './settings.ts'

export function lacks({ author, list, starterPack }: Settings): Lack[] {
  const hidden: Lack = {
    what: 'Posts of accounts that hide from readers who are not signed in there are shown to members only.',
    steps: [],
  }
  if (author || list || starterPack) return [hidden]
  return [{ what: 'A feed is not live: it is polled every two minutes, and its maker’s program decides what is in it.', steps: [] }, hidden]
}

/** https://docs.bsky.app/docs/advanced-guides/rate-limits and the lexicons of app.bsky.feed. */
export const setup: Setup<Settings> = {
  works: 'Accounts, lists, starter packs and feeds, without an account; all but feeds live.',
  ways: [
    {
      what: 'Hashtags and search',
      cost: 'nothing, but somebody’s work',
      steps: [
        'Bluesky searches only for those who are signed in, and asks programs not to poll its search.',
        'Make a feed of the hashtag with a feed builder there, or a list of the people who use it, and paste its link.',
      ],
    },
  ],
}
