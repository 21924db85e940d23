import { plainText } from './formatting.ts'
import { fold } from './names.ts'
import type { Line } from './parse.ts'

/** What somebody said, with all that is known of when. */
export type Heard = {
  kind: Line['kind']
  nick: string
  account: string | null
  text: string
  msgid: string | null
  /** The msgid of the line that it says to answer. */
  answers: string | null
  bot: boolean
  /** Milliseconds since 1970 by the server's clock; undefined where it tells no times. */
  told: number | undefined
  receivedAt: Date
  /** The server says itself that this is history. */
  playback: boolean
}

/** Clocks of well-kept machines differ by less; beyond it one is wrong, and ours is the one that the others are shown by. */
const SKEW_MS = 2 * 60_000
/** What was said this much before we came in was said without us, whatever the travelling time. */
const BEFORE_MS = 1500
/** Repeated lines are counted as long as they may be told again at once. */
const MOST_COUNTED = 2000

/**
 * Decides when what is heard was said, and whether it is news or history. A server's time is believed as far as its
 * clock is right; what it is off by is known from its answer to a PING, so that what was heard before waits for that.
 */
export function standInTime() {
  let joinedAt: Date | null = null
  let skewMs = 0
  let waiting: Heard[] | null = []
  let played = 0
  let oldest: Date | null = null
  const copies = new Map<string, number>()

  function lineOf(said: Heard): Line {
    const { told, receivedAt } = said
    const corrected = told === undefined ? receivedAt.getTime() : Math.abs(skewMs) > SKEW_MS ? told - skewMs : told
    const before = joinedAt !== null && told !== undefined && told - skewMs < joinedAt.getTime() - BEFORE_MS
    const recovered = said.playback || (before && isEarly(said))
    const plausible = recovered ? corrected <= receivedAt.getTime() : Math.abs(corrected - receivedAt.getTime()) <= SKEW_MS
    const time = plausible ? new Date(corrected) : receivedAt
    if (recovered) {
      played++
      if (!oldest || time < oldest) oldest = time
    }
    const { kind, nick, account, text, msgid, answers, bot } = said
    const toldTime = new Date(told ?? receivedAt).toISOString()
    const copy = msgid ? 0 : count(JSON.stringify([fold(nick), toldTime, plainText(text)]))
    return { kind, nick, account, text, msgid, answers, bot, time: time.toISOString(), toldTime, copy, precisionSeconds: 0, recovered }
  }

  /** Playback that is not marked as such comes at once, before the server answers anything. */
  const early = new WeakSet<Heard>()
  const isEarly = (said: Heard) => early.has(said)

  function count(key: string): number {
    const copy = copies.get(key) ?? 0
    copies.delete(key)
    copies.set(key, copy + 1)
    const [first] = copies.size > MOST_COUNTED ? copies.keys() : []
    if (first !== undefined) copies.delete(first)
    return copy
  }

  return {
    /** The lines that can be dated now: none while the server's clock is unknown. */
    tell(said: Heard): Line[] {
      if (!waiting) return [lineOf(said)]
      early.add(said)
      waiting.push(said)
      return []
    },
    joined(at: Date): void {
      joinedAt = at
    },
    serverSays(told: number, at: Date): void {
      skewMs = told - at.getTime()
    },
    /** What waited, now that the server's clock is known or given up. */
    settle(): Line[] {
      const lines = (waiting ?? []).map(lineOf)
      waiting = null
      return lines
    },
    joinedAt: (): Date => joinedAt ?? new Date(),
    /** How many lines were played back, and the time of the first of them. */
    played: () => played,
    oldestPlayed: () => oldest,
  }
}
