import { describe, expect, test } from 'vitest'
import { healthOf } from '#lib/sources/source-health'

const now = new Date('2026-11-22T12:00:00Z')
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const DAY = 86_400

const well: Parameters<typeof healthOf>[0] = {
  everySeconds: 180,
  pausedAt: null,
  pausedHere: null,
  off: null,
  mode: 'polled',
  modeReason: null,
  firstReadAt: secondsAgo(30 * DAY),
  lastAttemptAt: secondsAgo(240),
  lastSuccessAt: secondsAgo(240),
  nextRunAt: secondsAgo(-60),
  lastPostAt: secondsAgo(3600),
  trouble: null,
  error: null,
  notice: null,
}
const health = (change: Partial<typeof well>) => healthOf({ ...well, ...change }, now)

describe('a source says how it fares', () => {
  test('polled, with the time since', () => {
    expect(health({})).toEqual({ state: 'polled', words: 'polled 4 min ago', advice: null })
  })

  test('why one that could be live is polled', () => {
    expect(health({ modeReason: 'Jetstream does not answer' }).words).toBe('polled 4 min ago, not live: Jetstream does not answer')
  })

  test('live, however long nobody spoke within the 90 days, as long as its reader gives signs of life', () => {
    expect(health({ mode: 'live', lastSuccessAt: secondsAgo(30), lastPostAt: secondsAgo(80 * DAY) }).state).toBe('live')
    expect(health({ mode: 'live', lastSuccessAt: secondsAgo(300) })).toMatchObject({
      state: 'late',
      words: 'last read 5 min ago, though it is live',
    })
  })

  test('away, when it can only be live: it is not said to be polled meanwhile', () => {
    const away = health({
      mode: 'away',
      modeReason: 'not connected, trying again: irc.example.org: read ECONNRESET',
      lastSuccessAt: secondsAgo(73),
    })
    const words = 'not connected, trying again: irc.example.org: read ECONNRESET; last heard 73 s ago'
    expect(away).toEqual({ state: 'blocked', words, advice: null })
  })

  test('late only after more than three intervals', () => {
    expect(health({ lastSuccessAt: secondsAgo(540) }).state).toBe('polled')
    const overdue = { lastSuccessAt: secondsAgo(541), nextRunAt: secondsAgo(361) }
    expect(health(overdue)).toMatchObject({ state: 'late', words: 'last read 9 min ago, planned every 3 min' })
  })

  test('not late while the plan, which a platform may have asked to be slower, is kept', () => {
    expect(health({ lastSuccessAt: secondsAgo(DAY / 2), nextRunAt: secondsAgo(-DAY / 2) }).state).toBe('polled')
  })

  test.each(['rate-limited', 'unavailable'] as const)('%s: blocked, with the reason and until when', (trouble) => {
    const blocked = health({ trouble, error: 'blog.example.org answered 503', nextRunAt: secondsAgo(-1200) })
    expect(blocked).toMatchObject({ state: 'blocked', words: 'blog.example.org answered 503; asked again in 20 min' })
  })

  test.each(['refused', 'malformed'] as const)('%s: the owner is needed, and told what to do', (trouble) => {
    const stuck = health({ trouble, error: 'social.example answered 401' })
    expect(stuck.state).toBe('needs-you')
    expect(stuck.words).toContain('social.example answered 401')
    expect(stuck.advice).toBeTruthy()
  })

  test('a time that has passed is not promised', () => {
    expect(health({ trouble: 'unavailable', error: 'no answer', nextRunAt: secondsAgo(5) }).words).toBe('no answer; asked again soon')
  })

  test('quiet: reachable, but no post for 90 days', () => {
    expect(health({ lastPostAt: secondsAgo(90 * DAY) }).state).toBe('polled')
    expect(health({ lastPostAt: secondsAgo(91 * DAY) })).toMatchObject({ state: 'quiet', words: 'reachable, last post 91 days ago' })
    expect(health({ lastPostAt: null, firstReadAt: secondsAgo(91 * DAY) })).toMatchObject({
      state: 'quiet',
      words: 'reachable, no post yet',
    })
  })

  test('off, with what is missing before it may be read', () => {
    expect(health({ off: 'Ask the owners of #hpc', firstReadAt: null })).toMatchObject({ state: 'off', advice: 'Ask the owners of #hpc' })
  })

  test('what was read and may not be any more needs its owner: a permission or a token is missing', () => {
    expect(health({ off: 'Ask the owners of #hpc' })).toMatchObject({ state: 'needs-you', advice: 'Ask the owners of #hpc' })
  })

  test('late comes before quiet, trouble before both, and paused before all', () => {
    expect(health({ lastPostAt: secondsAgo(91 * DAY), lastSuccessAt: secondsAgo(DAY), nextRunAt: secondsAgo(DAY / 2) }).state).toBe('late')
    expect(health({ lastSuccessAt: secondsAgo(DAY), trouble: 'unavailable' }).state).toBe('blocked')
    expect(health({ trouble: 'refused', pausedAt: secondsAgo(2 * DAY) })).toMatchObject({
      state: 'paused',
      words: 'paused 2 days ago; its posts stay',
    })
  })

  test('waiting until the first read has ended', () => {
    expect(health({ lastSuccessAt: null, lastAttemptAt: null }).words).toBe('not read yet')
    expect(health({ lastSuccessAt: null })).toMatchObject({ state: 'waiting', words: 'being read for the first time' })
  })

  test('what a reachable source says of itself is passed on', () => {
    expect(health({ notice: 'It moved to feeds.example.' }).advice).toBe('It moved to feeds.example.')
  })
})
