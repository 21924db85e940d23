import type { Reader, Surface } from '#db/audience'
import { type DigestSpan, digestPlaces } from '#db/digest-places'
import { listGaps } from '#db/gaps'
import { sourcesKnownTo } from '#db/sources'
import type { DigestWindow } from './digest.ts'

type Asked = { reader: Reader; surface?: Surface; span: DigestSpan; now: Date /** It leaves the site. */; mailed?: boolean }

/**
 * Reads what came in a span: one set of queries, whoever gets a digest of it. In mail, members get what their sources
 * permit; the owner of a personal instance, whose mailbox is as private as the program, everything.
 */
export async function readDigestWindow({ reader, surface = 'stream', span, now, mailed = false }: Asked): Promise<DigestWindow> {
  const until = span.to < now ? span.to : now
  const [places, gaps, sources] = await Promise.all([
    digestPlaces(reader, surface, span, mailed && reader.role === 'member'),
    listGaps(reader, { from: span.from, to: until, now }),
    sourcesKnownTo(reader),
  ])
  const read = sources.filter(({ off, pausedAt }) => !off && !pausedAt)
  return { reader, open: span.to > now, from: span.from, to: until, places, gaps, sources: read }
}
