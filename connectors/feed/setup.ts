import type { Lack, Setup } from '../contract.ts'
import type { FeedSettings } from './settings.ts'

export function lacks(): Lack[] {
  return [
    {
      what: 'A feed shows its newest ten to thirty entries: what was deleted on the site is not noticed once it has left the feed.',
      steps: [],
    },
  ]
}

export const setup: Setup<FeedSettings> = {
  works: 'Blogs, newsletters, podcasts, video channels and releases: whatever publishes RSS, Atom, RDF or JSON Feed, once in half an hour.',
  ways: [
    {
      what: 'A page without a feed',
      cost: 'nothing, but its author’s work',
      steps: ['Ask its author for a feed: every blog program can make one.'],
    },
  ],
}
