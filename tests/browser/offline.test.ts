import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { startWeb, type Web } from '#tests/support/web'

/** What a browser keeps for when there is no network, in a real Chromium with the real service worker. */
const database = testDatabase()
const MINUTE_MS = 60_000
const POSTS = 530

let browser: Browser
let web: Web
let fresh = 0

beforeAll(async () => {
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 600_000)
afterAll(async () => {
  await browser?.close()
  await web?.stop()
})
beforeEach(async () => {
  await database.db.execute(sql`truncate entries, entry_lanes, posts, tombstones cascade`)
  await save(Array.from({ length: POSTS }, (_, nth) => said(`kept-${nth}`, nth + 30)))
})

const said = (name: string, minutesAgo: number, change = {}) =>
  aPost(name, { text: `Said as ${name}.`, publishedAt: new Date(Date.now() - minutesAgo * MINUTE_MS), ...change })

async function save(posts: ReturnType<typeof aPost>[], change = {}): Promise<void> {
  const { source, holder } = await heldSource('A source', { firstReadAt: new Date('2026-01-01T00:00:00Z') })
  await saveBatch(source, holder, aBatch(posts, change), new Date())
}

const address = (path = '/') => web.origin + path

async function aReader(): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  return { context, page, complaints }
}

/** Visits, and waits until the newest posts were kept since. */
async function visit(page: Page, path = '/'): Promise<void> {
  const since = Date.now()
  await page.goto(address(path))
  await wholeSince(page, since)
}

/** A whole cache that is younger than `since` (ms), and no other. */
const wholeSince = (page: Page, since: number) =>
  expect
    .poll(
      () =>
        page.evaluate(async () => {
          const names = await caches.keys()
          const whole = await Promise.all(names.map(async (name) => (await caches.open(name)).match('/offline')))
          return whole.length === 1 && whole[0] ? Number(names[0]?.split(' ').at(-1)) : 0
        }),
      { timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(since)

const idsOn = (page: Page) => page.locator('#posts article').evaluateAll((all) => all.map(({ id }) => id))
const note = (page: Page) => page.locator('.banner[data-kept]')
/** Whether any page that is kept says this. */
const isKept = (page: Page, text: string) =>
  page.evaluate(async (words) => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) if ((await (await cache.match(request))?.text())?.includes(words)) return true
    }
    return false
  }, text)

describe('without a network', () => {
  test('the newest 500 posts are there, dressed, and can be paged through; with one, the page is fresh again', async () => {
    const { context, page, complaints } = await aReader()
    await visit(page)
    const online = await idsOn(page)
    await context.setOffline(true)
    await page.reload()
    expect(await note(page).textContent()).toMatch(/^You are offline; this is what was here at \d\d:\d\d\.$/)
    expect((await idsOn(page)).slice(0, 50)).toEqual(online.slice(0, 50))
    expect(await page.locator('.top').evaluate((bar) => getComputedStyle(bar).position)).toBe('sticky')
    expect(await page.evaluate(() => document.fonts.ready.then((fonts) => fonts.check('16px "IBM Plex Sans Variable"')))).toBe(true)

    const met = (await idsOn(page)).slice(0, 50)
    let next = await page.locator('#posts a[rel=next]').getAttribute('href')
    const back: string[] = []
    while (next && met.length < 500) {
      await page.goto(address(next))
      await note(page).waitFor()
      back.push((await page.locator('#posts a[rel=prev]').getAttribute('href')) ?? '')
      // The page may have added the next one by itself.
      met.push(...(await idsOn(page)).slice(0, 50))
      next = await page.evaluate(async (at) => {
        const kept = await (await fetch(at, { headers: { Accept: 'text/html' } })).text()
        return new DOMParser().parseFromString(kept, 'text/html').querySelector('#posts a[rel=next]')?.getAttribute('href') ?? null
      }, address(next))
    }
    expect(met).toHaveLength(500)
    expect(new Set(met).size).toBe(500)
    // The way back up leads through what is kept, too.
    expect(back[0]).toBe('/')
    await page.goto(address(back.at(-1) ?? ''))
    await note(page).waitFor()

    await save([said('new-since', 0)])
    await context.setOffline(false)
    await page.goto(address())
    await page.getByText('Said as new-since.').waitFor()
    expect(await note(page).count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('more is added as one scrolls', async () => {
    const { context, page } = await aReader()
    await visit(page)
    await context.setOffline(true)
    await page.reload()
    await page.waitForFunction(() => {
      window.scrollTo(0, document.body.scrollHeight)
      return document.querySelectorAll('#posts article').length > 150
    })
  })

  test('what is not kept says so, and leads to what is', async () => {
    const { context, page } = await aReader()
    await visit(page)
    await context.setOffline(true)
    for (const path of ['/?platform=feed', '/settings', '/search?q=said']) {
      expect((await page.goto(address(path)))?.status()).toBe(503)
      await page.getByRole('heading', { name: 'Not kept for reading offline' }).waitFor()
    }
    await page.getByRole('link', { name: 'Read what is kept' }).click()
    await page.locator('#posts article').first().waitFor()
  })

  test('nothing is kept of what programs ask for, and what is posted is sent', async () => {
    const { context, page } = await aReader()
    await visit(page)
    const kept = await page.evaluate(async () => {
      const requests = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
      return requests.flat().map(({ url }) => new URL(url).pathname)
    })
    expect(kept.filter((path) => /^\/(api|search|settings|sources)(\/|$)/.test(path))).toEqual([])
    expect(kept).toContain('/')
    expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
    await page.goto(address('/settings'))
    await page.getByLabel('Compact').check()
    await page.getByRole('button', { name: 'Save the settings' }).click()
    await page.locator('html[data-density=compact]').waitFor()
    await context.setOffline(true)
    expect(await page.evaluate(() => fetch('/api/posts').then(String, () => 'failed'))).toBe('failed')
  })
})

test('where the program does not run, what was kept is shown and says so; where it answers, nothing kept is', async () => {
  const own = await startWeb({ DATABASE_URL: database.url })
  const { page } = await aReader()
  const since = Date.now()
  await page.goto(`http://127.0.0.1:${own.port}/`)
  await wholeSince(page, since)
  await own.stop()
  await page.reload()
  // Whose silence it is, the page finds out a moment later.
  await expect.poll(() => note(page).textContent()).toMatch(/^Backplane does not answer; this is what was here at/)
  const again = await startWeb({ DATABASE_URL: database.url, PORT: String(own.port) })
  try {
    // An answer, whatever it says, is shown as it is.
    expect((await page.goto(`http://127.0.0.1:${own.port}/p/999999999`))?.status()).toBe(404)
    await page.goto(`http://127.0.0.1:${own.port}/`)
    await page.locator('#posts article').first().waitFor()
    expect(await note(page).count()).toBe(0)
  } finally {
    await again.stop()
  }
})

describe('what may be shown no more', () => {
  test('leaves what is kept when the open page is told, and at the next visit', async () => {
    const { page } = await aReader()
    await visit(page)
    expect(await isKept(page, 'Said as kept-7.')).toBe(true)
    await save([], { deleted: ['kept-7'] })
    await expect.poll(() => isKept(page, 'Said as kept-7.'), { timeout: 10_000 }).toBe(false)

    await page.goto('about:blank')
    await save([], { deleted: ['kept-9'] })
    await page.clock.install({ time: Date.now() + 2 * MINUTE_MS })
    const since = Date.now() + MINUTE_MS
    await page.goto(address())
    await page.clock.runFor(10_000)
    await wholeSince(page, since)
    expect(await isKept(page, 'Said as kept-9.')).toBe(false)
    expect(await isKept(page, 'Said as kept-10.')).toBe(true)
  })

  test('is what the owner alone may read, once the browser is nobody’s', async () => {
    await save([said(`secret-${++fresh}`, 1, { text: 'For members alone.', audience: 'members' })])
    const { context, page } = await aReader()
    await visit(page, `/?key=${readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()}`)
    expect(await isKept(page, 'For members alone.')).toBe(true)
    await context.clearCookies()
    await page.goto(address('/about'))
    await expect.poll(() => isKept(page, 'For members alone.')).toBe(false)
    await context.setOffline(true)
    await expect(page.goto(address())).rejects.toThrow('net::ERR_')
  })
})

test('on another day, what is kept says which day it is of', async () => {
  const { context, page } = await aReader()
  await visit(page)
  await context.setOffline(true)
  await page.clock.install({ time: Date.now() + 3 * 86_400_000 })
  await page.reload()
  await page.clock.runFor(2000)
  await expect.poll(() => note(page).textContent()).toMatch(/here on \w+day \d+ \w+ at \d\d:\d\d\.$/)
})
