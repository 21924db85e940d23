import { generateRssFeed } from 'feedsmith'
import { digestEntries } from '#db/digest-places'
import { configuration } from '#lib/config'
import { readDayDigest } from '#lib/digest/day-digest'
import { type Digest, placesOf } from '#lib/digest/digest'
import { dayBounds } from '#lib/reading/day-bounds'
import { feedItemOf } from '#lib/reading/feed-item'
import { postsHtml } from '#lib/reading/post-html'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { filterOf, hrefFor, parseAddress } from '../address.ts'
import { answer } from '../answer.ts'
import { dateBeside } from '../digest-dates.ts'
import { forXml, withoutCopies } from '../feed.ts'
import { chosenIn, inWords } from '../filter-names.ts'
import { digestStrings as say } from '../strings/digest.ts'
import { dayName, dayOf } from '../when.ts'

export const dynamic = 'force-dynamic'

const DAYS = 7
const MOST_ENTRIES = 100

/** The digests of the last seven whole days, newest first, as RSS: each day is one item, so that a feed reader tells of it once. */
export function GET(request: Request): Promise<Response> {
  return answer(request, async () => {
    const reader = readerOf(request.headers)
    const filter = filterOf(parseAddress(new URL(request.url).searchParams))
    const zone = configuration().TIME_ZONE
    const now = new Date()
    const origin = originOf(request.headers)
    const dates = Array.from({ length: DAYS }, (_, index) => dateBeside(dayOf(now, zone), -1 - index))
    const items = []
    // One after the other: a feed reader has time, other readers may not.
    for (const date of dates) {
      const day = dayBounds(date, zone)
      const digest = day && (await readDayDigest({ reader, surface: 'index', day, zone, filter, now }))
      if (digest && digest.posts > 0) items.push(await itemOf(digest, date))
    }

    async function itemOf(digest: Digest, date: string) {
      const places = placesOf(digest)
      const entries = await digestEntries(reader, 'index', places.slice(0, MOST_ENTRIES))
      const link = origin + hrefFor(filter, `/digest/${date}`)
      const more = places.slice(MOST_ENTRIES).reduce((sum, { posts }) => sum + posts.length, 0)
      return {
        title: `${dayName(digest.from, zone, now)}: ${say.counts(digest.platforms)}`,
        link,
        guid: { value: link, isPermaLink: true },
        pubDate: digest.to,
        description: postsHtml(
          withoutCopies(entries.flatMap(({ posts }) => posts)).map((post) => ({ post, title: feedItemOf(post).title })),
          more > 0 ? { words: say.more(more), url: link } : null,
        ),
      }
    }

    const shown = inWords(await chosenIn(reader, filter))
    const body = generateRssFeed({
      title: shown ? `${say.feedTitle}: ${shown}` : say.feedTitle,
      description: say.feedDescription,
      link: `${origin}/digest`,
      atom: { links: [{ href: origin + hrefFor(filter, '/digest.xml'), rel: 'self', type: 'application/rss+xml' }] },
      items,
    })
    return { type: 'application/rss+xml; charset=utf-8', body: forXml(body), reader, modified: null }
  })
}
