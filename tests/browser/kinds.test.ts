import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DemoWeek, startDemoWeek } from '#lib/demo/demo-week'
import { ownerKey } from '#lib/server/owner-key'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { kinds, rows } from '#tests/support/kinds'
import { temporaryFolder } from '#tests/support/program'
import { settled } from '#tests/support/settled'
import { startWeb, type Web } from '#tests/support/web'

/** Whoever looks through the demo sees everything that the program can draw: on its real pages, from its database, in Chromium. */
const database = testDatabase()
const MINUTE_MS = 60_000
const MOST_PAGES = 30

let browser: Browser
let web: Web
let week: DemoWeek
let owner: Awaited<ReturnType<BrowserContext['storageState']>>
/** The HTML of each page of the timeline, newest first. */
let pages: string[]

beforeAll(async () => {
  await builtPages()
  week = await startDemoWeek('http://127.0.0.1:3000', new Date(Date.now() - MINUTE_MS))
  await database.db.execute(sql`update sources set next_run_at = now() + interval '10 min' where next_run_at is not null`)
  const folder = temporaryFolder()
  web = await startWeb({ DATABASE_URL: database.url, DATA_DIR: folder })
  browser = await launchChromium()
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${web.origin}/?key=${ownerKey(folder)}`)
  owner = await context.storageState()
  pages = []
  for (let next: string | null = '/'; next && pages.length < MOST_PAGES; ) {
    await page.goto(web.origin + next)
    // React parts neighbouring texts by comments, which nobody sees.
    pages.push((await page.content()).replaceAll('<!-- -->', ''))
    next = await page
      .locator('#posts > .paging a[rel=next]')
      .first()
      .getAttribute('href', { timeout: 3000 })
      .catch(() => null)
  }
  await context.close()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

/** Everything of a platform on all pages: each entry from its beginning to where the next begins. */
function shownOf(platform: string): string {
  const entries = pages.flatMap((html) => html.split(/(?=<article )/))
  return entries.filter((entry) => entry.slice(0, 600).includes(`data-platform="${platform}"`)).join('\n')
}

describe.each([...new Set(kinds.map(({ on }) => on))])('the timeline of the demo shows of %s', (platform) => {
  test.each(kinds.filter(({ on }) => on === platform).map(({ kind, html }) => ({ kind, html })))('$kind', ({ html }) => {
    expect(html.test(shownOf(platform))).toBe(true)
  })
})

test.each(Object.entries(rows))('between the posts of the demo stands %s', (_, html) => {
  expect(pages.some((page) => html.test(page))).toBe(true)
})

test('what was taken back is nowhere but as its place', () => {
  for (const words of ['withheld at its author', 'an answer that was taken back'])
    expect(pages.some((page) => page.includes(words))).toBe(false)
})

test('who comes back to the demo finds the line where they were, what came late as a row, and the card where reading ends', async () => {
  const context = await browser.newContext({ storageState: owner, viewport: { width: 1200, height: 800 } })
  try {
    const page = await context.newPage()
    await settled(page, () => page.goto(web.origin))
    await page.waitForFunction(() => JSON.parse(localStorage.getItem('backplane:reading') ?? '{}').visit?.newest)
    await page.evaluate(() => {
      const state = JSON.parse(localStorage.getItem('backplane:reading') ?? 'null')
      state.visit.until -= 3_600_000
      localStorage.setItem('backplane:reading', JSON.stringify(state))
    })
    await page.close()
    const later = Date.now()
    for (let said = 0; said < week.trickle; said++) await week.sayNext(new Date(later - (week.trickle - said)))

    const back = await context.newPage()
    await settled(back, () => back.goto(web.origin))
    await expect.poll(() => back.locator('.late-row').textContent()).toMatch(/older than your position arrived: show/)
    await back.keyboard.press('g')
    await expect.poll(() => back.locator('.here').textContent()).toMatch(/You were here/)
    await back.keyboard.press('Home')
    await scrollTo(back, '.caught-up h2')
    expect(await back.locator('.caught-up h2').textContent()).toMatch(/You are caught up at|not read yet/)
    expect(await back.locator('.caught-up tr').count()).toBeGreaterThan(5)
  } finally {
    await context.close()
  }
})

async function scrollTo(page: Page, selector: string): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    if (await page.locator(selector).isVisible()) return
    await page.mouse.wheel(0, 600)
    await page.waitForTimeout(60)
  }
  throw new Error(`scrolled for long, and saw no ${selector}`)
}
