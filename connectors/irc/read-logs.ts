import { basename } from 'node:path'
import { z } from 'zod'
import { breathing } from '../breathing.ts'
import type { Batch, Cursor } from '../contract.ts'
import { emptyBatch } from '../empty-batch.ts'
import { ConnectorError } from '../trouble.ts'
import { mayBeKept } from './consent.ts'
import { plainText } from './formatting.ts'
import { dayInName, headOf, type LogFile, linesFrom } from './log-files.ts'
import { formatOf, formats } from './log-lines.ts'
import { clockOf } from './log-time.ts'
import { fold } from './names.ts'
import { type Line, parse } from './parse.ts'
import { keepRoster, type OtherNames } from './roster.ts'
import type { LogFormat, Logs } from './settings.ts'

/** As many lines as one transaction takes. */
const LINES_A_BATCH = 500
const FIRST_LINES = 40
/** Lines that nobody understands are counted; of one file so many are named. */
const MOST_NAMED = 20

/** How far a file was read, and what of that the next line depends on. */
const FilePlace = z.object({
  offset: z.number(),
  head: z.string(),
  day: z.string().nullable(),
  at: z.number(),
  /** How often the lines of that very time were told: who repeats themselves is told twice, not once. */
  copies: z.record(z.string(), z.number()),
})
type FilePlace = z.infer<typeof FilePlace>
const Place = z.object({ files: z.record(z.string(), FilePlace), otherNames: z.record(z.string(), z.string()).default({}) })

export type LogRun = {
  files: LogFile[]
  settings: Logs
  permitted: boolean
  cursor: Cursor | null
  signal: AbortSignal
  /** Files that grow: what is not finished is left for the next time. */
  following: boolean
  /** What was said before it is passed over. */
  since: Date | null
  /** Bytes read so far, of all. */
  progress?(bytesRead: number, bytesInAll: number): void
}

/**
 * Reads logs in the order of their names, from where the cursor left them, line by line. Throws `refused` with a
 * sentence that asks for what a log does not say: its format, its zone, its day.
 */
export async function* readLogs(run: LogRun): AsyncGenerator<Batch, void, void> {
  const known = Place.safeParse(run.cursor).data
  const places = { ...known?.files }
  const roster = keepRoster(run.settings.optOut, known?.otherNames)
  const { network, channel, relays = [] } = run.settings
  const context = {
    network,
    channel,
    permitted: run.permitted,
    people: run.following ? undefined : roster.people,
    relays,
    get optedOut() {
      return roster.optedOut.names()
    },
  }
  const bytesInAll = run.files.reduce((sum, { bytes }) => sum + bytes, 0)
  const breathe = breathing()
  let before = 0
  let batch = emptyBatch(null)
  for (const file of run.files) {
    const { path } = file
    const left = places[path]
    const resumed = left && left.offset <= file.bytes && left.head === (await headOf(path, left.offset)) ? left : null
    const place: FilePlace = resumed ? { ...resumed, copies: { ...resumed.copies } } : { offset: 0, head: '', day: null, at: 0, copies: {} }
    if (place.offset === file.bytes) {
      before += file.bytes
      continue
    }
    const read = await readerOf(file, run.settings, place, roster)
    for await (const lines of linesFrom(path, place.offset, run.following)) {
      for (const { text, end } of lines) {
        await breathe()
        const line = read(text)
        place.offset = end
        if (line === 'unreadable')
          batch.unreadable.push({ payload: `${basename(path)}, before byte ${end}`, reason: 'not a line of this format' })
        else if (line && (!run.since || new Date(line.time) >= run.since)) batch.posts.push(parse(line, context))
        if (batch.posts.length < LINES_A_BATCH) continue
        yield { ...named(batch), cursor: await cursorAt(places, file, place, roster) }
        batch = emptyBatch(null)
        run.progress?.(before + end, bytesInAll)
        if (run.signal.aborted) return
      }
      run.progress?.(before + place.offset, bytesInAll)
      if (run.signal.aborted) return
    }
    before += file.bytes
    await cursorAt(places, file, place, roster)
  }
  yield { ...named(batch), cursor: { files: places, otherNames: roster.otherNames() } }
  run.progress?.(bytesInAll, bytesInAll)
}

/** Reads a file's lines one after the other; null for what is no news, or not to be kept. */
async function readerOf(
  file: LogFile,
  settings: Logs,
  place: FilePlace,
  roster: ReturnType<typeof keepRoster>,
): Promise<(text: string) => Line | 'unreadable' | null> {
  const name = basename(file.path)
  const format = formats[settings.format ?? (await recognised(file))]
  const zone = format.utc ? 'UTC' : settings.zone
  if (!zone) throw refused(`${name} tells local time and not whose: say the zone of who logged it, such as zone: Europe/Berlin (--zone)`)
  const clock = clockOf(zone)
  place.day ??= settings.day ?? dayInName(file.path)

  return (text) => {
    if (text.trim() === '') return null
    const line = format.read(text)
    if (line === null) return 'unreadable'
    if ('dayOnly' in line) {
      place.day = line.dayOnly
      return null
    }
    const { told } = line
    if (told === null) return null
    if (told.kind === 'renamed') roster.renamed(told.nick, told.to)
    if (told.kind === 'renamed') return null
    roster.seen(told.nick)
    if (told.kind === 'joined' || !mayBeKept(told, roster.optedOut, settings.relays) || plainText(told.text) === '') return null
    const day = line.date ?? place.day
    if (!day)
      throw refused(
        `${name} tells times without a day, and has none in its name: say which it begins with, such as day: 2026-11-22 (--day)`,
      )
    const at = clock(day, line.time, place.at)
    if (at !== place.at) place.copies = {}
    place.at = at
    const key = JSON.stringify([fold(told.nick), plainText(told.text)])
    const copy = place.copies[key] ?? 0
    place.copies[key] = copy + 1
    return { ...told, time: new Date(at).toISOString(), copy, precisionSeconds: precision(format.precisionSeconds, line.time) }
  }
}

async function recognised({ path }: LogFile): Promise<LogFormat> {
  for await (const lines of linesFrom(path, 0, false)) {
    const format = formatOf(lines.slice(0, FIRST_LINES).map(({ text }) => text))
    if (format) return format
    break
  }
  throw refused(`${basename(path)} looks like none of ${Object.keys(formats).join(', ')}: say which it is with format: (--format)`)
}

/** Whoever has set irssi to write seconds knows more. */
function precision(ofFormat: number, time: string): number {
  return time.split(':').length > 2 ? 1 : ofFormat
}

async function cursorAt(
  places: { [path: string]: FilePlace },
  { path }: LogFile,
  place: FilePlace,
  { otherNames }: { otherNames(): OtherNames },
): Promise<Cursor> {
  places[path] = { ...place, head: await headOf(path, place.offset) }
  return { files: { ...places }, otherNames: otherNames() }
}

/** Where a line stands is told, not what it says: nobody knows whose it is. */
function named(batch: Batch): Batch {
  return { ...batch, unreadable: batch.unreadable.slice(0, MOST_NAMED) }
}

function refused(sentence: string): ConnectorError {
  return new ConnectorError('refused', sentence)
}
