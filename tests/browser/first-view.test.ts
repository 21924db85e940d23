import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { lookAt } from '#tests/support/look'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { settled } from '#tests/support/settled'
import { startWeb, type Web } from '#tests/support/web'

/** What the first view waits for, and that nothing is amiss while what lies further down is laid out after it. */
const database = testDatabase()
const [one] = connectors
if (!one) throw new Error('reading takes a platform to be tested')

const MINUTE_MS = 60_000
const NOW = Date.now()
/** Much higher, and much lower, than is thought before they are laid out. */
const LENGTHS = [1, 90, 3, 150, 40]

declare global {
  interface Window {
    /** What waits for the browser to have nothing to do, while that never comes. */
    held: IdleRequestCallback[] | null
    /** What moved, how far, and where it is now. */
    shifted: string[]
  }
}

let browser: Browser
let web: Web

beforeAll(async () => {
  await builtPages()
  const { source, holder } = await heldSource('A source', { platform: one.id, firstReadAt: new Date(NOW - 10 * 86_400_000) })
  const posts = Array.from({ length: 120 }, (_, nth) =>
    aPost(`post-${nth}`, {
      text: `Post ${nth}. ${'Said at some length. '.repeat(LENGTHS[nth % LENGTHS.length] ?? 1)}`,
      publishedAt: new Date(NOW - (nth + 1) * 10 * MINUTE_MS),
    }),
  )
  await saveBatch(source, holder, aBatch(posts), new Date(NOW - MINUTE_MS))
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

async function aPage(options: BrowserContextOptions = { viewport: { width: 1200, height: 800 } }): Promise<Page> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.addInitScript(() => {
    window.shifted = []
    const told = ({ node, previousRect, currentRect }: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }) => [
      node instanceof Element ? node.outerHTML.slice(0, 120) : node?.textContent,
      previousRect,
      currentRect,
    ]
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if ('value' in entry && typeof entry.value === 'number' && !('hadRecentInput' in entry && entry.hadRecentInput))
          window.shifted.push(
            JSON.stringify([entry.value, 'sources' in entry && Array.isArray(entry.sources) ? entry.sources.map(told) : []]),
          )
    }).observe({ type: 'layout-shift', buffered: true })
  })
  return page
}

/** A page whose browser is so busy that nothing is laid out later, until `release`; browsers that keep what is in sight in place do not. */
async function aBusyPage(): Promise<Page> {
  const page = await aPage()
  await page.addInitScript(() => {
    window.held = []
    window.requestIdleCallback = (callback) => (window.held ? window.held.push(callback) : window.setTimeout(callback))
    addEventListener('DOMContentLoaded', () => document.getElementById('posts')?.style.setProperty('overflow-anchor', 'none'))
  })
  return page
}

/** Reading begins, and nothing more. */
async function begin(page: Page, go: () => Promise<unknown>): Promise<void> {
  await settled(page, async () => {
    await go()
    await page.waitForFunction(() => (window.held?.length ?? 0) > 0)
    await page.evaluate(() => window.held?.shift()?.({ didTimeout: true, timeRemaining: () => 50 }))
  })
}

async function release(page: Page): Promise<void> {
  await page.evaluate(() => {
    const held = window.held ?? []
    window.held = null
    for (const callback of held) callback({ didTimeout: false, timeRemaining: () => 50 })
  })
  await allLaidOut(page)
}

const laterOn = (page: Page) => page.locator('[data-later]').count()
const allLaidOut = (page: Page) => expect.poll(() => laterOn(page)).toBe(0)
const heightsOn = (page: Page) => page.locator('[data-entry]').evaluateAll((all) => all.map((entry) => (entry as HTMLElement).offsetHeight))
const skippedOn = (page: Page) =>
  page.locator('[data-entry]').evaluateAll((all) => all.filter((entry) => getComputedStyle(entry).contentVisibility !== 'visible').length)

/** The first entry below the heads, and how far from the top. */
const placeOf = (page: Page) =>
  page.evaluate(() => {
    const entry = [...document.querySelectorAll<HTMLElement>('[data-entry]')].find((one) => one.getBoundingClientRect().bottom > 110)
    return { entry: entry?.dataset.entry, top: Math.round(entry?.getBoundingClientRect().top ?? 0) }
  })

/** Goes where the entry is at the top, as by dragging the scroll bar, and waits until that was noted. */
async function jumpTo(page: Page, nth: number): Promise<void> {
  const entry = page.locator('[data-entry]').nth(nth)
  const jump = () => entry.evaluate((one) => window.scrollBy({ top: one.getBoundingClientRect().top - 120, behavior: 'instant' }))
  await jump()
  // What is near is laid out in the frames that follow.
  for (let frame = 0; frame < 6; frame++) await page.evaluate(() => new Promise(requestAnimationFrame))
  await jump()
  await page.waitForFunction(() => {
    const noted = JSON.parse(sessionStorage.getItem('backplane:at:/') ?? 'null')
    const entry = noted && document.querySelector(`[data-entry="${noted.entry}"]`)
    return entry && Math.abs(entry.getBoundingClientRect().top - noted.offset) <= 1
  })
}

describe('the first view', () => {
  test('asks for at most 12 things besides pictures and fonts', async () => {
    // What is kept for when there is no network is fetched afterwards.
    const page = await aPage({ viewport: { width: 1200, height: 800 }, serviceWorkers: 'block' })
    const session = await page.context().newCDPSession(page)
    const asked: string[] = []
    session.on('Network.responseReceived', ({ type, response }) => {
      if (!['Image', 'Media', 'Font'].includes(type)) asked.push(response.url)
    })
    await session.send('Network.enable')
    await settled(page, () => page.goto(web.origin))
    await allLaidOut(page)
    expect(asked.filter((url) => url.endsWith('.css'))).toHaveLength(1)
    expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(12)
  })

  test('comes before what lies further down, which is laid out as it is everywhere, and nothing in sight moves', async () => {
    const whole = await lookAt(browser, web.origin, heightsOn, { viewport: { width: 1200, height: 800 }, javaScriptEnabled: false })
    const page = await aBusyPage()
    await begin(page, () => page.goto(web.origin))
    expect(await laterOn(page)).toBeGreaterThan(30)
    expect(await skippedOn(page)).toBe(await laterOn(page))
    const before = await placeOf(page)
    await release(page)
    expect(await heightsOn(page)).toEqual(whole)
    expect(await placeOf(page)).toEqual(before)
    expect(await page.evaluate(() => window.shifted)).toEqual([])
  })
})

describe('what is laid out later', () => {
  test('moves nobody who has scrolled past it meanwhile', async () => {
    const page = await aBusyPage()
    await begin(page, () => page.goto(web.origin))
    await jumpTo(page, 44)
    const before = await placeOf(page)
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    await release(page)
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).not.toBe(height)
    expect(await placeOf(page)).toEqual(before)
  })

  test('is laid out at once where a place is brought back, so that this is exact', async () => {
    const page = await aBusyPage()
    await begin(page, () => page.goto(web.origin))
    await release(page)
    await jumpTo(page, 40)
    const before = await placeOf(page)
    await begin(page, () => page.reload())
    expect(await laterOn(page)).toBe(0)
    expect(await placeOf(page)).toEqual(before)
    await release(page)
    expect(await placeOf(page)).toEqual(before)
  })

  test('can be found and gone to before', async () => {
    const page = await aBusyPage()
    await begin(page, () => page.goto(web.origin))
    expect(await laterOn(page)).toBeGreaterThan(0)
    const last = page.locator('[data-entry]').nth(48)
    const [words] = (await last.locator('.text').textContent())?.split('.') ?? []
    expect(await page.evaluate((wanted) => 'find' in window && (window.find as (text: string) => boolean)(`${wanted}.`), words)).toBe(true)
    await expect.poll(() => last.evaluate((entry) => entry.getBoundingClientRect().top < innerHeight)).toBe(true)
  })

  test('is none on paper, nor where no script runs', async () => {
    const page = await aBusyPage()
    await begin(page, () => page.goto(web.origin))
    expect(await skippedOn(page)).toBeGreaterThan(0)
    await page.emulateMedia({ media: 'print' })
    expect(await skippedOn(page)).toBe(0)
    expect(await lookAt(browser, web.origin, skippedOn, { javaScriptEnabled: false })).toBe(0)
  })
})

describe('the list', () => {
  test('is sent once, and not a second time as React’s description of it', async () => {
    const html = await (await fetch(web.origin)).text()
    expect(html.match(/Post 7\. /g)).toHaveLength(1)
  })

  test('stays where React finds the page around it changed, as extensions do, and draws it anew', async () => {
    const page = await aPage()
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        const brand = document.querySelector('.brand')
        if (!brand) return
        observer.disconnect()
        brand.textContent = 'Changed by an extension'
      }).observe(document, { childList: true, subtree: true })
    })
    await page.goto(web.origin)
    await expect.poll(() => page.locator('.brand').textContent()).toBe('Backplane')
    expect(await page.locator('#posts [data-entry]').count()).toBe(50)
  })
})
