import type { SourceRow } from '#db/sources'

export type SourceState = 'live' | 'polled' | 'late' | 'blocked' | 'needs-you' | 'quiet' | 'paused' | 'off' | 'waiting'

export type SourceHealth = {
  state: SourceState
  /** One sentence without its full stop, as it stands beside the source's name. */
  words: string
  /** What the owner can do, or what the source says of itself; null where there is nothing to do. */
  advice: string | null
}

type Observed = Pick<
  SourceRow,
  | 'everySeconds'
  | 'pausedAt'
  | 'pausedHere'
  | 'off'
  | 'mode'
  | 'modeReason'
  | 'firstReadAt'
  | 'lastAttemptAt'
  | 'lastSuccessAt'
  | 'nextRunAt'
  | 'lastPostAt'
  | 'trouble'
  | 'error'
  | 'notice'
>

/** A host is asked one thing at a time, and may take its time: two missed polls are chance, three are not. */
const INTERVALS_UNTIL_LATE = 3
const LIVE_SIGN_LOST_MS = 2 * 60_000
/** The age at which a blog counts as asleep rather than slow (half of the listed HPC blogs post less than monthly). */
const QUIET_MS = 90 * 86_400_000

/** How a source fares at `now`, in a word for programs and a sentence for people. Pure. */
export function healthOf(source: Observed, now: Date): SourceHealth {
  if (source.pausedAt) {
    const since = ago(source.pausedAt, now)
    return {
      state: 'paused',
      words: `paused ${since}; its posts stay`,
      advice: source.pausedHere
        ? 'To read it again, press so below, among what differs from the file'
        : 'To read it again, put it back into the file of sources',
    }
  }
  // What was read before and may not be any more has lost a permission or a token; else it waits for its first.
  if (source.off && source.firstReadAt) return { state: 'needs-you', words: 'not read any more', advice: source.off }
  if (source.off) return { state: 'off', words: 'off', advice: source.off }
  if (source.trouble) return troubled(source, source.trouble, now)
  const { lastSuccessAt, notice } = source
  if (!lastSuccessAt) {
    return { state: 'waiting', words: source.lastAttemptAt ? 'being read for the first time' : 'not read yet', advice: notice }
  }
  if (source.mode === 'away')
    return { state: 'blocked', words: `${source.modeReason ?? 'not connected'}; last heard ${ago(lastSuccessAt, now)}`, advice: notice }
  if (isLate(source, lastSuccessAt, now)) {
    const planned = source.mode === 'live' ? 'though it is live' : `planned every ${span(source.everySeconds * 1000)}`
    return {
      state: 'late',
      words: `last read ${ago(lastSuccessAt, now)}, ${planned}`,
      advice: 'See /status: the worker may be busy or down',
    }
  }
  const quietSince = source.lastPostAt ?? source.firstReadAt
  if (quietSince && now.getTime() - quietSince.getTime() > QUIET_MS) {
    const since = source.lastPostAt ? `last post ${ago(source.lastPostAt, now)}` : 'no post yet'
    return { state: 'quiet', words: `reachable, ${since}`, advice: notice }
  }
  if (source.mode === 'live') return { state: 'live', words: 'live', advice: notice }
  const why = source.modeReason ? `, not live: ${source.modeReason}` : ''
  return { state: 'polled', words: `polled ${ago(lastSuccessAt, now)}${why}`, advice: notice }
}

/** A live source gives a sign every half minute; a polled one is late when its plan says so, too: a platform may ask for a slower pace. */
function isLate({ mode, everySeconds, nextRunAt }: Observed, lastSuccessAt: Date, now: Date): boolean {
  const silentMs = now.getTime() - lastSuccessAt.getTime()
  if (mode === 'live') return silentMs > LIVE_SIGN_LOST_MS
  const overdueMs = nextRunAt ? now.getTime() - nextRunAt.getTime() : Number.POSITIVE_INFINITY
  return silentMs > INTERVALS_UNTIL_LATE * everySeconds * 1000 && overdueMs > everySeconds * 1000
}

function troubled(source: Observed, trouble: NonNullable<Observed['trouble']>, now: Date): SourceHealth {
  const again =
    source.nextRunAt && source.nextRunAt > now ? `asked again in ${span(source.nextRunAt.getTime() - now.getTime())}` : 'asked again soon'
  const why = source.error?.replace(/\.$/, '')
  switch (trouble) {
    case 'rate-limited':
      return {
        state: 'blocked',
        words: `${why ?? 'it asks us to wait'}; ${again}`,
        advice: 'Nothing to do; a longer time behind “every” asks less often',
      }
    case 'unavailable':
      return { state: 'blocked', words: `${why ?? 'no answer'}; ${again}`, advice: null }
    case 'refused':
      return {
        state: 'needs-you',
        words: `${why ?? 'it refuses to be read'}; ${again}`,
        advice: 'Check its address in the file of sources, and its token or permission if it needs one',
      }
    case 'malformed':
      return {
        state: 'needs-you',
        words: `${why ?? 'its answer was not understood'}; ${again}`,
        advice: 'Open the address in a browser: if it is right, the platform has changed and this program must; please report it',
      }
    default:
      return trouble satisfies never
  }
}

/** `4 min ago` */
export function ago(then: Date, now: Date): string {
  return `${span(now.getTime() - then.getTime())} ago`
}

/** A length of time in the one unit that a reader would say. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 90) return `${seconds} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}
