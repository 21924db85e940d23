import type { CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { middle, say } from './measure.ts'

/** What was transferred for one kind of thing, in bytes as they came over the wire, headers included. */
type Transferred = { [type: string]: { requests: number; bytes: number } }

const KILOBYTE = 1024
const PAGES = 20
/** A task longer than this is felt (https://web.dev/articles/tbt). */
const LONG_MS = 50

/** Of a machine that does other things as well, the middle of as many is told. */
const VISITS = 5

/**
 * Measures, in Chromiums that were never here before, the first view of the timeline at `address` and twenty pages of
 * scrolling, and prints each figure with its target. Also a program of its own: `node tests/bench/first-view.ts <address>`,
 * for the demo.
 */
export async function measureFirstView(address: string, of: string): Promise<void> {
  const paints: Paint[] = []
  for (let visit = 0; visit < VISITS; visit++) {
    const browser = await launchChromium()
    try {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
      const page = await context.newPage()
      const session = await context.newCDPSession(page)
      const transferred = await countTransfers(session)
      await page.addInitScript(watchPaint)
      // An address that holds a key gives a cookie and leads on, which only the very first visit waits for.
      const entered = (await context.request.get(address)).url()
      await page.goto(entered, { waitUntil: 'load' })
      await settled(page)
      paints.push(await page.evaluate(() => window.paint))
      if (visit === 0) sayTransfers(transferred, of)
      if (visit === VISITS - 1) {
        sayPaints(paints, of)
        await measureScroll(page, session, of)
      }
    } finally {
      await browser.close()
    }
  }
}

type Paint = { lcp: number; blocking: number; shift: number; longest: number }

function sayPaints(paints: Paint[], of: string): void {
  const figures = (what: keyof Paint, digits = 0) => {
    const all = paints.map((paint) => paint[what])
    return `${middle(all.toSorted((one, other) => one - other)).toFixed(digits)}, at first ${all[0]?.toFixed(digits)}`
  }
  say(`${of}: largest contentful paint, ms`, figures('lcp'), '≤ 400')
  say(`${of}: total blocking time, ms`, figures('blocking'), '< 50')
  say(`${of}: layout shift`, figures('shift', 4), '0.00')
}

declare global {
  interface Window {
    paint: Paint
  }
}

/** Runs in the page, before anything of it. */
function watchPaint(): void {
  const paint = { lcp: 0, blocking: 0, shift: 0, longest: 0 }
  window.paint = paint
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) paint.lcp = entry.startTime
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      paint.blocking += entry.duration - 50
      paint.longest = Math.max(paint.longest, entry.duration)
    }
  }).observe({ type: 'longtask', buffered: true })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if ('value' in entry && typeof entry.value === 'number' && !('hadRecentInput' in entry && entry.hadRecentInput))
        paint.shift += entry.value
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

async function countTransfers(session: CDPSession): Promise<Transferred> {
  const transferred: Transferred = {}
  const types = new Map<string, string>()
  await session.send('Network.enable')
  session.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = types.get(requestId) ?? 'Other'
    const sum = transferred[type] ?? { requests: 0, bytes: 0 }
    transferred[type] = { requests: sum.requests + 1, bytes: sum.bytes + encodedDataLength }
  })
  return transferred
}

function sayTransfers(transferred: Transferred, of: string): void {
  const kilobytes = (...types: string[]) => types.reduce((sum, type) => sum + (transferred[type]?.bytes ?? 0), 0) / KILOBYTE
  const without = Object.keys(transferred).filter((type) => !['Image', 'Media', 'Font'].includes(type))
  say(`${of}: transferred without media and fonts`, `${kilobytes(...without).toFixed(0)} KB`, '≤ 200 KB')
  say(`${of}: document`, `${kilobytes('Document').toFixed(0)} KB`, '≤ 30 KB')
  say(`${of}: script`, `${kilobytes('Script').toFixed(0)} KB`, '≤ 160 KB')
  say(`${of}: fonts`, `${kilobytes('Font').toFixed(0)} KB`, '≤ 70 KB')
  say(`${of}: requests without media and fonts`, String(without.reduce((sum, type) => sum + (transferred[type]?.requests ?? 0), 0)), '≤ 12')
}

/** Reads on to the foot, page after page, as somebody does who was away. */
async function measureScroll(page: Page, session: CDPSession, of: string): Promise<void> {
  await page.evaluate(() => {
    window.paint.longest = 0
  })
  let shown = await page.locator('#posts article').count()
  let pages = 1
  for (; pages < PAGES; pages++) {
    await page.evaluate(() => window.scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' }))
    const more = await page
      // A page is put in a few entries at a time.
      .waitForFunction(
        (before) => document.querySelectorAll('#posts article').length > before && !document.querySelector('#posts [aria-busy]'),
        shown,
        { timeout: 10_000 },
      )
      .catch(() => null)
    if (!more) break
    shown = await page.locator('#posts article').count()
  }
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const longest = await page.evaluate(() => window.paint.longest)
  say(`${of}: heap after ${pages} pages of scroll (${shown} entries)`, `${(usedSize / KILOBYTE / KILOBYTE).toFixed(0)} MB`, '< 120 MB')
  say(`${of}: longest task while scrolling`, `${Math.round(longest)} ms`, `≤ ${LONG_MS} ms`)
}

/** Nothing was painted or shifted for a moment: what a script fills in later is part of the first view. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => {
    // The stream of live events never ends.
  })
}

const [, called, address] = process.argv
if (called?.endsWith('first-view.ts') && address) await measureFirstView(address, 'the page')
