import { z } from 'zod'
import { connectors } from '#connectors/registry'
import { linesSaidSince } from '#db/growth'
import { type Place, placeFrom, placeText } from '#db/timeline'
import { arrivedBelow, countUnread, MOST_LATE, type Reading, sourcesBegun } from '#db/unread'
import { log } from '#lib/log'
import { readerOf } from '#lib/server/reader'

export const dynamic = 'force-dynamic'

const PlaceOfText = z.string().transform((text, context): Place => {
  const place = placeFrom(text)
  if (place && Number.isFinite(place.sortAt.getTime())) return place
  context.addIssue('not a place')
  return z.NEVER
})
const id = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** As far as places reach: what lies beyond is a time for JavaScript, and none for Postgres. */
const time = z.number().int().nonnegative().max(99_999_999_999_999)

/** What a browser tells of its reader; as `ReaderState` has it, without what is nobody's business. */
const Told = z.object({
  upTo: PlaceOfText,
  sources: z.array(z.tuple([id, PlaceOfText])).max(1000),
  spans: z.array(z.tuple([id, PlaceOfText, PlaceOfText])).max(2000),
  exceptions: z.array(z.tuple([id, z.boolean()])).max(2000),
  /** Conversations that were read, and when the last line of it then was first seen (ms). */
  talks: z
    .array(z.tuple([id, time]))
    .max(1000)
    .default([]),
  /** Where the reader has been: what arrives below is late. */
  line: PlaceOfText,
  /** As of when late arrivals are known (ms). */
  since: time,
  /** When they first came (ms): what was there is not late. */
  begun: time,
})

/** What the answer says. Counts are of entries, but for `grown`: the lines that came since a conversation was read; `at` is the time (ms) to ask from the next time. */
export type UnreadAnswer = {
  at: number
  sources: { source: string; platform: string; unread: number; oldest: string }[]
  cut: string[]
  /** In the order in which they came (`cameAt`, ms). */
  late: { entry: string; source: string; platform: string; place: string; cameAt: number }[]
  begun: { source: string; at: number }[]
  /** `first`: the first line that came since; `seenAt`: when the last was first seen (ms). */
  grown: { entry: string; source: string; platform: string; place: string; unread: number; first: string; seenAt: number }[]
}

/** What a reader has not read, from what their browser says that they have. Asked with POST because that is long; nothing is kept. */
export async function POST(request: Request): Promise<Response> {
  const told = Told.safeParse(await request.json().catch(() => null))
  if (!told.success) return Response.json({ error: 'This is not what a reader has read.' }, { status: 400 })
  const { line, since, begun: begunAt, talks, ...rest } = told.data
  const reading: Reading = {
    upTo: rest.upTo,
    sources: rest.sources.map(([source, upTo]) => ({ source, upTo })),
    spans: rest.spans.map(([source, from, to]) => ({ source, from, to })),
    exceptions: rest.exceptions.map(([entry, unread]) => ({ entry, unread })),
  }
  const reader = readerOf(request.headers)
  const now = new Date()
  try {
    const asked = new Date(since)
    const [{ sources, cut }, late, begun, grown] = await Promise.all([
      countUnread(
        reader,
        reading,
        connectors.map((connector) => connector.id),
      ),
      arrivedBelow(reader, { reading, line, since: asked, begun: new Date(begunAt) }),
      sourcesBegun(reader, asked),
      linesSaidSince(
        reader,
        talks.map(([entry, seenAt]) => ({ entry, seenAt: new Date(seenAt) })),
      ),
    ])
    const left = late.length < MOST_LATE ? null : late.at(-1)
    const answer: UnreadAnswer = {
      at: (left?.cameAt ?? now).getTime(),
      sources: sources.map((one) => ({ ...one, source: String(one.source), oldest: placeText(one.oldest) })),
      cut,
      late: late.map((one) => ({
        ...{ entry: String(one.id), source: String(one.source), platform: one.platform, place: placeText(one) },
        cameAt: one.cameAt.getTime(),
      })),
      begun: begun.map((one) => ({ source: String(one.source), at: one.at.getTime() })),
      grown: grown.map(({ id, source, platform, lines, first, seenAt, ...place }) => ({
        ...{ entry: String(id), source: String(source), platform, place: placeText({ ...place, id }) },
        ...{ unread: lines, first: String(first), seenAt: seenAt.getTime() },
      })),
    }
    return Response.json(answer, { headers: { 'Cache-Control': 'no-store' } })
  } catch (error) {
    log.error({ err: error }, 'unread posts could not be counted')
    return Response.json({ error: 'The posts cannot be read now.' }, { status: 503, headers: { 'Cache-Control': 'no-store' } })
  }
}
