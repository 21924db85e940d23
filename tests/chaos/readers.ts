import { setTimeout as delay } from 'node:timers/promises'
import { get } from '../support/web.ts'
import type { Kept } from './processes.ts'

/** A stretch of time, in milliseconds. */
export type Span = { from: number; to: number }

/** Between two pages of one reader. */
const PAUSE_MS = 400
/** Longer than any reader waits. */
const PATIENCE_MS = 15_000
const PATHS = ['/', '/api/posts', '/search?q=about', '/?platform=feed', '/sources', '/?starred=1']

/** What one reader of one web process saw. */
export type Reading = { web: string; asked: number; failed: Span[]; longestMs: number; whys: Map<string, number> }

/** Somebody who reads at one web process, page after page, until aborted. */
export async function read(web: Kept, headers: { [name: string]: string }, signal: AbortSignal): Promise<Reading> {
  const seen: Reading = { web: web.name, asked: 0, failed: [], longestMs: 0, whys: new Map() }
  for (let nth = 0; !signal.aborted; nth++) {
    const path = PATHS[nth % PATHS.length] ?? '/'
    const from = Date.now()
    const why = await whyNot(web, path, headers)
    const to = Date.now()
    seen.asked++
    seen.longestMs = Math.max(seen.longestMs, to - from)
    if (why) {
      seen.whys.set(why, (seen.whys.get(why) ?? 0) + 1)
      seen.failed.push({ from, to })
      console.log(`${new Date(from).toISOString()} ${web.name}: ${why}, after ${((to - from) / 1000).toFixed(1)} s`)
    }
    await delay(PAUSE_MS, undefined, { signal }).catch(() => {})
  }
  return seen
}

/** Why a page was none, in a few words; null for a page. */
async function whyNot(web: Kept, path: string, headers: { [name: string]: string }): Promise<string | null> {
  const port = web.port()
  if (port === null) return 'not there'
  const late = delay(PATIENCE_MS, 'late' as const, { ref: false })
  const answer = await Promise.race([get(port, path, headers).catch((error: Error) => error.message), late])
  if (typeof answer === 'string') return answer
  if (answer.status >= 500) return `${path} ${answer.status}`
  if (answer.status !== 200) return `${path} ${answer.status}`
  return answer.text.includes('This page could not be made') || answer.text.includes('NEXT_REDIRECT_ERROR') ? `${path} error page` : null
}
