import type { TimelinePost } from '#db/timeline'
import { copiesIn } from '#lib/reading/copies'
import { type FeedItem, feedItemOf } from '#lib/reading/feed-item'
import { answer } from './answer.ts'
import { chosenIn, inWords } from './filter-names.ts'
import { type MachinePage, readMachinePage } from './machine-page.ts'
import { appStrings } from './strings/app.ts'

/** A page of the timeline as a feed, before it has a format. */
export type Feed = {
  title: string
  description: string
  links: MachinePage['links']
  /** When it last changed; the epoch without posts, for the formats that demand a time. */
  modified: Date
  items: FeedItem[]
}

/** What XML 1.0 cannot hold, not even escaped (https://www.w3.org/TR/xml/#charsets). */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

/** Answers a request for the feed at `path`, in the format that `write` makes of it. */
export function answerFeed(request: Request, path: string, type: string, write: (feed: Feed) => string): Promise<Response> {
  return answer(request, async () => {
    const { posts, filter, typed, links, reader, modified } = await readMachinePage(request, path)
    const shown = typed || inWords(await chosenIn(reader, filter, 'index'))
    const body = write({
      title: shown ? `Backplane: ${shown}` : 'Backplane',
      description: appStrings.feedDescription,
      links,
      modified: modified ?? new Date(),
      items: withoutCopies(posts).map(feedItemOf),
    })
    return { type, body: forXml(body), reader, modified }
  })
}

/** A feed without what its format cannot hold. */
export function forXml(body: string): string {
  return body.toWellFormed().replace(NOT_XML, '')
}

/** A feed reader shows a thing once; its copies are behind the address of our page, and in the API. */
export function withoutCopies(posts: TimelinePost[]): TimelinePost[] {
  return [...Map.groupBy(posts, ({ entryId }) => entryId).values()].flatMap((entry) => copiesIn(entry)?.main ?? entry)
}
