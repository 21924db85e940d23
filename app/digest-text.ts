import { configuration } from '#lib/config'
import { dayDigest } from '#lib/digest/day-digest'
import { dayBounds } from '#lib/reading/day-bounds'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { filterOf, parseAddress } from './address.ts'
import { AskedWronglyError, answer } from './answer.ts'
import { chosenIn, inWords } from './filter-names.ts'
import { zoneOf } from './when.ts'

/** Answers with the digest of a day as plain text, as a mail has it. null: today. `?zone=Europe/Berlin` is another than the instance's. */
export function digestText(request: Request, date: string | null): Promise<Response> {
  return answer(request, async () => {
    const query = new URL(request.url).searchParams
    const reader = readerOf(request.headers)
    const zone = zoneOf(query.get('zone') ?? undefined, configuration().TIME_ZONE)
    const now = new Date()
    const asked = date ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(now)
    if (!dayBounds(asked, zone)) throw new AskedWronglyError(`${asked} is no day: write it as 2026-11-22.`)
    const filter = filterOf(parseAddress(query))
    const chosen = inWords(await chosenIn(reader, filter))
    const origin = originOf(request.headers)
    const drawn = await dayDigest({ reader, date: asked, zone, origin, filter, chosen, now, form: null })
    return { type: 'text/plain; charset=utf-8', body: `${drawn.subject}\n\n${drawn.text([])}`, reader, modified: null }
  })
}
