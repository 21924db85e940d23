import { inArray } from 'drizzle-orm'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { fromHtml, fromText } from '#connectors/html'
import { connectors } from '#connectors/registry'
import { indexPosts } from '#db/index-posts'
import type { Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { dayHref } from '#lib/reading/day-bounds'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { settled } from '#tests/support/settled'
import { startWeb, type Web } from '#tests/support/web'

/** Backplane without a mouse: what single keys do, and every feature with Tab, Enter and those. */
const database = testDatabase()
const [one, two] = connectors
if (!one || !two) throw new Error('keys take two platforms to be tested')

const MINUTE = 60_000
const bo = { ...ada, id: 'id:bo', name: 'Bo Example', handle: '@bo.example.org' }
const cy = { ...ada, id: 'id:cy', name: 'Cy Example', handle: '@cy.example.org' }

let browser: Browser
let web: Web
let said = 0
const origin = () => `http://127.0.0.1:${web.port}`

beforeAll(async () => {
  await builtPages()
  const now = Date.now()
  const at = (nth: number) => new Date(now - (nth + 10) * MINUTE)
  await store(one.id, [
    aPost('first', { author: bo, text: 'The first of them.', publishedAt: at(0) }),
    aPost('covered', { author: cy, text: 'It was the scheduler.', contentWarning: 'Spoiler', publishedAt: at(1) }),
    aPost('long', { author: bo, text: 'Said at some length. '.repeat(60), publishedAt: at(2) }),
  ])
  await store(
    two.id,
    Array.from({ length: 90 }, (_, nth) => aPost(`plain-${nth}`, { text: `Plain ${nth}.`, publishedAt: at(nth + 3) })),
  )
  while ((await indexPosts()) > 0);
  web = await startWeb({ DATABASE_URL: database.url, TIME_ZONE: 'UTC' })
  browser = await launchChromium()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

async function store(platform: string, all: Post[]): Promise<number[]> {
  const { source, holder } = await heldSource(`Source of ${platform}`, { platform, firstReadAt: new Date('2026-01-01T00:00:00Z') })
  await saveBatch(source, holder, aBatch(all), new Date())
  const keys = all.map(({ externalId }) => externalId)
  return (await database.db.select({ id: posts.id }).from(posts).where(inArray(posts.externalId, keys))).map(({ id }) => id)
}

async function aBrowser(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 1200, height: 800 }, ...options })
  onTestFinished(() => context.close())
  return context
}

/** Opens an address and waits until reading, which is begun last, has begun. */
async function open(path = '/', context?: BrowserContext): Promise<Page> {
  const page = await (context ?? (await aBrowser())).newPage()
  // Nothing on this computer answers for example.org.
  await page.route(/^https?:\/\/(?!127\.)/, (route) => route.fulfill({ body: 'elsewhere', contentType: 'text/plain' }))
  await settled(page, () => page.goto(origin() + path))
  return page
}

/** On pages without a timeline: keys are there once what they press says so. */
const listens = (page: Page) => page.locator('#search[aria-keyshortcuts="/"]').waitFor()

/** What has the focus: an entry by its words, anything else by its own. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return 'nothing'
    return (element.querySelector('.said .text')?.textContent ?? element.textContent ?? '').trim().slice(0, 40)
  })

const isAt = (page: Page, selector: string) => page.evaluate((one) => document.activeElement?.matches(one) ?? false, selector)

/** Presses Tab until something has the focus; it is never nowhere on the way. */
async function tabTo(page: Page, selector: string, key = 'Tab'): Promise<void> {
  for (let press = 0; press < 120; press++) {
    await page.keyboard.press(key)
    expect(await focused(page)).not.toBe('nothing')
    if (await isAt(page, selector)) return
  }
  throw new Error(`Tab does not lead to ${selector}`)
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** What was read by this browser since it came. */
const readHere = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const read: { [platform: string]: number } = JSON.parse(localStorage.getItem('backplane:reading') ?? '{}').visit?.read ?? {}
    return Object.values(read).reduce((sum, count) => sum + count, 0)
  })

describe('single keys', () => {
  test('j and k lead from post to post, below the heading, and what is left is read', async () => {
    const page = await open()
    await press(page, 'j')
    expect(await focused(page)).toBe('The first of them.')
    await press(page, 'j', 'j', 'j')
    expect(await focused(page)).toBe('Plain 0.')
    const { top, head } = await page.evaluate(() => ({
      top: document.activeElement?.getBoundingClientRect().top ?? 0,
      head: document.querySelector('h2.day')?.getBoundingClientRect().bottom ?? 0,
    }))
    expect(top).toBeGreaterThanOrEqual(head)
    expect(top - head).toBeLessThan(40)
    await expect.poll(() => readHere(page)).toBeGreaterThanOrEqual(3)
    await press(page, 'k')
    expect(await focused(page)).toMatch(/^Said at some length/)
    await press(page, 'k', 'k', 'k')
    expect(await focused(page)).toBe('The first of them.')
  })

  test('j goes on to what was on its way by itself when it was pressed', async () => {
    const context = await aBrowser()
    const [asked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await context.route(/[?&]before=/, async (route) => {
      asked.resolve()
      await goOn.promise
      await route.continue()
    })
    const page = await open('/', context)
    await page.keyboard.press('End')
    const last = page.locator('#posts [data-entry]').last()
    await last.evaluate((entry: HTMLElement) => {
      entry.tabIndex = -1
      entry.focus()
    })
    await asked.promise
    const before = await focused(page)
    await press(page, 'j')
    goOn.resolve()
    await expect.poll(() => focused(page)).toBe(`Plain ${Number(/\d+/.exec(before)) + 1}.`)
  })

  test('j goes on over the end of the page, and at the very end stays', async () => {
    const page = await open()
    await press(page, 'j')
    for (let step = 0; step < 92; step++) {
      const before = await focused(page)
      await press(page, 'j')
      await expect.poll(() => focused(page)).not.toBe(before)
    }
    expect(await focused(page)).toBe('Plain 89.')
    await press(page, 'j', 'j')
    // The card of the end may follow.
    expect(await page.evaluate(() => document.activeElement?.closest('article, [role=article]') !== null)).toBe(true)
  })

  test('x opens a cover, then nothing else is folded and it closes; o and Enter lead to the original', async () => {
    const page = await open()
    await press(page, 'j', 'j')
    const text = page.getByText('It was the scheduler.')
    expect(await text.isVisible()).toBe(false)
    await press(page, 'x')
    expect(await text.isVisible()).toBe(true)
    await press(page, 'x')
    expect(await text.isVisible()).toBe(false)
    await press(page, 'o')
    await page.waitForURL('https://example.org/covered')
    await settled(page, () => page.goto(origin()))
    await press(page, 'j', 'Enter')
    await page.waitForURL('https://example.org/first')
  })

  test('digits choose platforms, 0 chooses all, and the filter that was pressed keeps the focus', async () => {
    const page = await open()
    await settled(page, () => press(page, '2'))
    expect(new URL(page.url()).search).toBe(`?platform=${two.id}`)
    expect(await isAt(page, `.chip[data-platform=${two.id}]`)).toBe(true)
    await settled(page, () => press(page, '1'))
    expect(new URL(page.url()).search).toContain(one.id)
    await settled(page, () => press(page, '0'))
    expect(new URL(page.url()).search).toBe('')
    expect(await isAt(page, '.chip.all')).toBe(true)
  })

  test('s stars the author and comes back to the post, m asks how to mute them', async () => {
    const page = await open()
    await press(page, 'j', 'j')
    await settled(page, () => press(page, 's'))
    expect(await page.evaluate(() => document.activeElement?.querySelector('.name')?.textContent)).toBe('Cy Example★')
    await press(page, 'm')
    await page.getByRole('heading', { name: 'Mute Cy Example' }).waitFor()
  })

  test('work on every page: / searches, . leads to the newest, g to where one was, t to a date', async () => {
    const page = await open()
    await press(page, '/')
    expect(await isAt(page, '#search')).toBe(true)
    // Where one writes they are letters.
    await press(page, 'j', '?')
    expect(await page.locator('#search').inputValue()).toBe('j?')
    await page.goto(`${origin()}/about`)
    await listens(page)
    await press(page, 't')
    await page.waitForURL(/\/\d{4}\/\d\d\/\d\d#date$/)
    expect(await isAt(page, '#date')).toBe(true)
    await page.goto(`${origin()}/keys`)
    await listens(page)
    await settled(page, () => press(page, '.'))
    expect(new URL(page.url()).pathname).toBe('/')
    await page.goto(`${origin()}/sources`)
    await listens(page)
    await settled(page, () => press(page, 'g'))
    expect(page.url()).toBe(`${origin()}/#here`)
  })

  test('do nothing with Ctrl, Alt or Meta, nor when they are switched off', async () => {
    const page = await open()
    await press(page, 'Alt+j', 'Control+j')
    expect(await focused(page)).toBe('nothing')
    await page.evaluate(() => document.documentElement.setAttribute('data-keys', 'off'))
    await press(page, 'j', '?', '2')
    expect(await focused(page)).toBe('nothing')
    expect(await page.locator('dialog').count()).toBe(0)
  })

  test('? lists them over the page, also by its link, and without a script there is a page of them', async () => {
    const page = await open()
    await press(page, 'j', '?')
    const list = page.getByRole('dialog', { name: 'Keys' })
    await list.waitFor()
    expect(await list.locator('kbd').allTextContents()).toEqual(
      expect.arrayContaining(['j', 'k', 'o', 'x', '1', '/', '.', 'g', 't', 'm', '?']),
    )
    await press(page, 'j')
    expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(true)
    await press(page, 'Escape')
    expect(await focused(page)).toBe('The first of them.')
    await page.getByRole('link', { name: 'Keys' }).click()
    await list.getByRole('button', { name: 'Close' }).click()
    expect(await list.isVisible()).toBe(false)

    const plain = await (await aBrowser({ javaScriptEnabled: false })).newPage()
    await plain.goto(origin())
    await plain.getByRole('link', { name: 'Keys' }).click()
    await plain.getByRole('heading', { level: 1, name: 'Keys' }).waitFor()
    expect(await plain.locator('#keys-list kbd').count()).toBeGreaterThan(12)
  })
})

test('a tour by keyboard alone: every feature is reached, and the focus is never lost', { timeout: 180_000 }, async () => {
  const context = await aBrowser()
  const page = await open('/', context)

  // Past the bar.
  await press(page, 'Tab')
  expect(await focused(page)).toBe('Skip to the posts')
  await press(page, 'Enter')
  expect(await isAt(page, '#posts')).toBe(true)

  // A filter on, and off.
  await settled(page, () => page.reload())
  await tabTo(page, `.chip[data-platform=${one.id}]`)
  await settled(page, () => press(page, 'Enter'))
  expect(await page.locator('article').count()).toBe(3)
  expect(await isAt(page, `.chip[data-platform=${one.id}]`)).toBe(true)
  await settled(page, () => press(page, 'Enter'))

  // A cover, opened where it stands.
  await press(page, 'j', 'j')
  await tabTo(page, '.cover > summary')
  await press(page, 'Enter')
  expect(await page.getByText('It was the scheduler.').isVisible()).toBe(true)

  // The menu of a post: closed again the focus is back; its star leads back to the post.
  await tabTo(page, 'a.more')
  await press(page, 'Enter')
  const menu = page.locator('#post-menu')
  await menu.getByRole('button', { name: 'Star Cy Example' }).waitFor()
  expect(await isAt(page, '#post-menu a')).toBe(true)
  await press(page, 'Escape')
  expect(await menu.isVisible()).toBe(false)
  expect(await isAt(page, 'a.more')).toBe(true)
  await press(page, 'Enter')
  await menu.getByRole('button', { name: 'Star Cy Example' }).waitFor()
  await tabTo(page, '#post-menu form button')
  await settled(page, () => press(page, 'Enter'))
  expect(await page.evaluate(() => document.activeElement?.querySelector('.name')?.textContent)).toBe('Cy Example★')

  // Muted, and back at what stands in its place.
  await press(page, 'm')
  await page.getByRole('heading', { name: 'Mute Cy Example' }).waitFor()
  await tabTo(page, 'main button')
  await settled(page, () => press(page, 'Enter'))
  expect(await page.locator('details.muted').count()).toBe(1)
  expect(await isAt(page, '.muted-item')).toBe(true)
  const change = page.getByText('Change or end this mute')
  const wasOpen = await change.isVisible()
  // Some browsers open what an address names; then the cover within is opened first, and all is closed after.
  for (let fold = 0; fold < 3 && (await change.isVisible()) === wasOpen; fold++) await press(page, 'x')
  expect(await change.isVisible()).toBe(!wasOpen)

  // Older posts by their link.
  const entries = () => page.locator('#posts [data-entry]').count()
  const before = await entries()
  // In one step: they come by themselves to who is near, and the key would then meet the first of them.
  await page.getByRole('link', { name: 'Older posts' }).evaluate((link: HTMLElement) => {
    link.focus()
    link.click()
  })
  await expect.poll(entries).toBeGreaterThan(before)
  await expect.poll(() => isAt(page, '[data-entry]')).toBe(true)

  // What is new.
  await store(two.id, [aPost(`new-${++said}`, { text: 'Said just now.', publishedAt: new Date() })])
  await page.locator('button.pill').waitFor()
  await press(page, '.')
  await expect.poll(() => focused(page)).toBe('Said just now.')

  // Where one was, after an hour away.
  await press(page, 'j', 'j', 'j', 'j')
  await expect.poll(() => readHere(page)).toBeGreaterThan(3)
  await page.evaluate(() => {
    const state = JSON.parse(localStorage.getItem('backplane:reading') ?? 'null')
    state.visit.until -= 3_600_000
    localStorage.setItem('backplane:reading', JSON.stringify(state))
  })
  await page.close()
  const back = await open('/', context)
  await press(back, 'g')
  await expect.poll(() => focused(back)).not.toBe('nothing')
  expect(await back.evaluate(() => document.activeElement?.previousElementSibling?.id)).toBe('here')

  // A date.
  await press(back, 't')
  await back.waitForURL(/#date$/)
  expect(await isAt(back, '#date')).toBe(true)
  // The year stands last, in whatever order the browser has day and month.
  await press(back, 'ArrowRight', 'ArrowRight', 'ArrowDown')
  const date = await back.locator('#date').inputValue()
  await tabTo(back, '.to-date button')
  await press(back, 'Enter')
  await back.waitForURL(origin() + dayHref(date))
  await listens(back)

  // Search, and from hit to hit.
  await press(back, '/')
  await back.keyboard.type('scheduler')
  await press(back, 'Enter')
  await back.waitForURL(/\/search\?q=scheduler/)
  await listens(back)
  await press(back, 'j')
  // What Cy said is found, and folded: they are muted.
  expect(await isAt(back, '.rail > .muted-item')).toBe(true)

  // Settings.
  await tabTo(back, 'header a[href="/settings"]', 'Shift+Tab')
  await press(back, 'Enter')
  await back.waitForURL(`${origin()}/settings`)
  await tabTo(back, '[name=theme]')
  await press(back, 'ArrowDown', 'ArrowDown')
  await tabTo(back, '[name=keys]')
  await press(back, 'Space')
  await tabTo(back, 'button')
  await press(back, 'Enter')
  await back.waitForURL(/saved=1/)
  await expect.poll(() => focused(back)).toBe('The settings are saved.')
  expect(await back.evaluate(() => ({ ...document.documentElement.dataset }))).toMatchObject({ theme: 'dark', keys: 'off' })

  // The list of keys, by its link now that they are off.
  await tabTo(back, 'footer a[href="/keys"]')
  await press(back, 'Enter')
  await back.getByRole('dialog', { name: 'Keys' }).waitFor()
  await press(back, 'Escape')
  expect(await focused(back)).toBe('Keys')
})

test('what stands beside the words is one key away, too: a long description, copies, code', async () => {
  const image = { kind: 'image' as const, url: null, preview: 'https://pictures.example/a.png', mimeType: null, durationSeconds: null }
  const size = { width: 4, height: 3, bytes: null, title: null, captions: [] }
  const alt = `${'A rack with its doors open. '.repeat(10)}Behind it stands a kettle.`
  const copied = 'Said on two networks, word for word, by one person who wanted to be heard on both of them.'
  const now = Date.now()
  await store(one.id, [
    aPost('pictured', { text: 'Look at this.', media: [{ ...image, ...size, alt }], publishedAt: new Date(now - 10) }),
    aPost('code', { html: fromHtml('<pre><code>squeue --me</code></pre>'), text: 'squeue --me', publishedAt: new Date(now - 20) }),
    aPost('copy-1', { author: bo, text: copied, html: fromText(copied), publishedAt: new Date(now - 30) }),
  ])
  await store(two.id, [
    aPost('copy-2', { author: { ...bo, id: 'id:bo-2' }, text: copied, html: fromText(copied), publishedAt: new Date(now - 35) }),
  ])
  const context = await aBrowser({ permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await open('/', context)
  await press(page, 'j')
  const description = page.getByText('Behind it stands a kettle.')
  expect(await description.isVisible()).toBe(false)
  await press(page, 'x')
  expect(await description.isVisible()).toBe(true)

  await press(page, 'j')
  await tabTo(page, 'button.copy-code')
  await press(page, 'Enter')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('squeue --me')

  await press(page, 'j')
  const copies = page.locator('details.copies').first()
  await press(page, 'x')
  expect(await copies.getAttribute('open')).not.toBeNull()

  // A link to be handed in, from any page.
  await page.goto(`${origin()}/keys`)
  await listens(page)
  await tabTo(page, 'footer a[href="/submit"]')
  await press(page, 'Enter')
  await page.waitForURL(`${origin()}/submit`)
})
