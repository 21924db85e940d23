import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { saveBatch } from '#db/save-batch'
import { cookieNames, encodePreferences } from '#lib/reading/preference-cookies'
import { defaultPreferences, type Preferences } from '#lib/reading/preferences'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { settled } from '#tests/support/settled'
import { chatLine } from '#tests/support/talk'
import { startWeb, type Web } from '#tests/support/web'

/** A reader's place, as a person keeps it: on a real page over days of posts that go on arriving, with a mouse wheel and keys. */
const database = testDatabase()
const [one, two] = connectors
if (!one || !two) throw new Error('reading takes two platforms to be tested')

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.now()
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
const desktop = { viewport: { width: 1200, height: 800 } }

let browser: Browser
let web: Web
let arrived = 0

beforeAll(async () => {
  await builtPages()
  // 180 posts, half an hour apart, of two platforms in turn: four pages.
  for (const [nth, connector] of [one, two].entries())
    await store(
      connector.id,
      Array.from({ length: 90 }, (_, index) => new Date(START - 10 * MINUTE - (index * 2 + nth) * 30 * MINUTE)),
      new Date(START - 10 * MINUTE),
    )
  await database.db.execute(sql`update sources set last_success_at = now(), next_run_at = now() + interval '1 min'`)
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

/** Posts of a platform said at these times, and seen here at `now`. */
async function store(platform: string, times: Date[], now = new Date()): Promise<void> {
  const { source, holder } = await heldSource(`source of ${platform}`, { platform, firstReadAt: new Date(START - 400 * HOUR) })
  const posts = times.map((publishedAt) =>
    aPost(`post-${++arrived}`, { publishedAt, text: `Post ${arrived}. ${'Said at some length. '.repeat(8)}` }),
  )
  await saveBatch(source, holder, aBatch(posts), now)
}

async function aBrowser(options: BrowserContextOptions = desktop): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  return context
}

/** Opens an address, and waits until reading has begun: the server was asked what is unread. */
async function open(context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage()
  await settled(page, () => page.goto(web.origin + path))
  return page
}

type Kept = {
  visit: { from: number; until: number; newest: string | null; read: { [platform: string]: number } } | null
  [key: string]: unknown
}
const kept = (page: Page): Promise<Kept> => page.evaluate(() => JSON.parse(localStorage.getItem('backplane:reading') ?? 'null'))

/** As if the reader had been away for so long. */
async function pass(page: Page, ms: number): Promise<void> {
  await page.evaluate((ago) => {
    const state = JSON.parse(localStorage.getItem('backplane:reading') ?? 'null')
    state.visit.until -= ago
    localStorage.setItem('backplane:reading', JSON.stringify(state))
  }, ms)
}

/** The first entry below the heads, and how far from the top: where the reader is. */
const placeOf = (page: Page) =>
  page.evaluate(() => {
    const head = 110
    const entry = [...document.querySelectorAll<HTMLElement>('[data-entry]')].find(
      (one) => one.getBoundingClientRect().bottom > head && one.offsetHeight > 0,
    )
    return { entry: entry?.dataset.entry ?? '', top: Math.round(entry?.getBoundingClientRect().top ?? 0) }
  })

/** Scrolling came to rest, and where that is was noted. */
async function rested(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const noted = JSON.parse(sessionStorage.getItem(`backplane:at:${location.pathname}${location.search}`) ?? 'null')
    const entry = noted && document.querySelector(`[data-entry="${noted.entry}"]`)
    return entry && Math.abs(entry.getBoundingClientRect().top - noted.offset) <= 1
  })
}

const entriesOn = (page: Page) =>
  page
    .locator('#posts > section:not(.late) [data-entry]')
    .evaluateAll((all) => all.map((entry) => (entry as HTMLElement).dataset.entry ?? ''))

/** Turns the wheel (or swipes) until a condition holds. */
async function scrollUntil(page: Page, holds: () => Promise<boolean>, step = 250): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    if (await holds()) return
    await page.mouse.wheel(0, step)
    // As fast as a person reads who is in a hurry: what flies by is not read.
    await page.waitForTimeout(120)
  }
  throw new Error('scrolled for long, and it never came true')
}

const inView = (page: Page, selector: string) => () =>
  page.evaluate((one) => {
    const element = document.querySelector(one)
    const rect = element?.getBoundingClientRect()
    return rect !== undefined && rect.height > 0 && rect.top >= 0 && rect.bottom <= innerHeight
  }, selector)

const scrolledBy = (page: Page, pixels: number) => scrollUntil(page, () => page.evaluate((least) => scrollY >= least, pixels))

/** What was read by this browser, by the server's own count of what is not. */
const unreadNow = (page: Page) =>
  page.evaluate(async () => {
    const { baseline, upTo, sources, exceptions } = JSON.parse(localStorage.getItem('backplane:reading') ?? '{}')
    type Source = { upTo: string; spans: [string, string][] }
    const own = Object.entries<Source>(sources)
    const told = {
      upTo: [baseline?.place, upTo].filter(Boolean).toSorted((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0],
      sources: own.map(([source, reading]) => [source, reading.upTo]),
      spans: own.flatMap(([source, { spans }]) => spans.map((span) => [source, ...span])),
      exceptions: Object.entries<{ unread: boolean }>(exceptions).map(([entry, { unread }]) => [entry, unread]),
      line: '0-0',
      since: Date.now(),
      begun: 0,
    }
    const answer = await fetch('/api/unread', { method: 'POST', body: JSON.stringify(told) })
    const { sources: unread }: { sources: { unread: number }[] } = await answer.json()
    return unread.reduce((sum, source) => sum + source.unread, 0)
  })

const lateOn = (page: Page) =>
  page.evaluate(() => {
    const { exceptions }: { exceptions: object } = JSON.parse(localStorage.getItem('backplane:reading') ?? '{}')
    return Object.values(exceptions).filter(({ unread }) => unread).length
  })

describe.each([
  ['at a desk', desktop],
  ['on a phone', phone],
])('%s', (_where, options) => {
  test('a first visit has no line and no late row, and nothing older than its first page is unread', async () => {
    const page = await open(await aBrowser(options))
    expect(await page.locator('.here, .late-row, .to-here').count()).toBe(0)
    expect(await unreadNow(page)).toBe(50)
  })

  test('what is scrolled past is read; loading, and jumping to the foot, reads nothing between', async () => {
    const page = await open(await aBrowser(options))
    await page.evaluate(() => scrollTo(0, 1))
    await page.evaluate(() => scrollTo({ top: 3000, behavior: 'instant' }))
    await rested(page)
    const jumped = await unreadNow(page)
    expect(jumped).toBeGreaterThan(44)
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }))
    await scrolledBy(page, 2500)
    await expect.poll(() => unreadNow(page)).toBeLessThan(42)
    expect((await kept(page)).visit?.read).toMatchObject({ [one.id]: expect.any(Number), [two.id]: expect.any(Number) })
  })

  test('the position survives reloading, also pages down, and new posts', async () => {
    const page = await open(await aBrowser(options))
    await scrolledBy(page, 1500)
    await rested(page)
    const before = await placeOf(page)
    await store(one.id, [new Date()])
    await settled(page, () => page.reload())
    expect(await placeOf(page)).toEqual(before)

    await scrollUntil(page, async () => (await entriesOn(page)).length > 120, 1500)
    await rested(page)
    const deep = await placeOf(page)
    await settled(page, () => page.reload())
    await expect.poll(() => placeOf(page)).toEqual(deep)
    expect(new URL(page.url()).search).toBe('')
  })

  test('the position survives following a link and coming back', async () => {
    const page = await open(await aBrowser(options))
    await scrolledBy(page, 1200)
    await rested(page)
    const before = await placeOf(page)
    await page.goto(`${web.origin}/sources`)
    await settled(page, () => page.goBack())
    await expect.poll(() => placeOf(page)).toEqual(before)
  })
})

describe('coming back later', () => {
  /** A reader who has read all of the first page, and went away for an hour. */
  async function returning(options: BrowserContextOptions = desktop) {
    const context = await aBrowser(options)
    const page = await open(context)
    await page.waitForFunction(() => JSON.parse(localStorage.getItem('backplane:reading') ?? '{}').visit?.newest)
    await scrollUntil(page, async () => (await unreadNow(page)) === 0)
    await rested(page)
    await pass(page, HOUR)
    return { context, page }
  }

  test('the line stands where the last visit ended, tells how much is newer, and moves nothing', async () => {
    const { context, page } = await returning()
    await store(one.id, [new Date(Date.now() - 2000), new Date(Date.now() - 1000)])
    await page.close()
    const back = await context.newPage()
    await back.addInitScript(() => {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) Object.assign(globalThis, { shifted: JSON.stringify(entry) })
      }).observe({ type: 'layout-shift', buffered: true })
    })
    await settled(back, () => back.goto(web.origin))
    await expect.poll(() => back.locator('.here').textContent()).toBe('You were here 1 hour ago · 2 newer posts above')
    const newer = await entriesOn(back)
    expect(await back.locator('.here + [data-entry]').getAttribute('data-entry')).toBe(newer[2])
    expect(await back.evaluate(() => Reflect.get(globalThis, 'shifted'))).toBeUndefined()
  })

  test('reading down to the last visit ends in a card that tells what was read, and nothing follows it unless asked for', async () => {
    const { context, page } = await returning()
    const times = Array.from({ length: 12 }, (_, index) => new Date(Date.now() - index * 20))
    await store(one.id, times.slice(0, 8))
    await store(two.id, times.slice(8))
    await page.close()
    const back = await open(context)
    const card = back.locator('.caught-up')
    await scrollUntil(back, inView(back, '.caught-up h2'), 120)
    await expect.poll(() => card.locator('h2').textContent()).toMatch(/^You are caught up at \d\d:\d\d$/)
    const { violations } = await new AxeBuilder({ page: back }).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
    const rows = await card.locator('tr').allTextContents()
    expect(rows.find((row) => row.includes(one.name))).toMatch(/8 read/)
    expect(rows.find((row) => row.includes(two.name))).toMatch(/4 read\s*(live|checked)/)

    const visible = back.locator('#posts > section:not(.late) [data-entry]:visible')
    expect(await visible.count()).toBe(12)
    await back.keyboard.press('End')
    await rested(back)
    expect(await visible.count()).toBe(12)
    await back.getByText('Older posts').click()
    await expect.poll(() => visible.count()).toBeGreaterThan(40)
    expect(await unreadNow(back)).toBe(0)
  })

  test('the card does not claim what is not so: who jumped there is told how much is not read', async () => {
    const { context, page } = await returning()
    await store(
      one.id,
      Array.from({ length: 25 }, (_, index) => new Date(Date.now() - index * 20)),
    )
    await page.close()
    const back = await open(context)
    await back.keyboard.press('End')
    await expect.poll(inView(back, '.caught-up h2')).toBe(true)
    const title = back.locator('.caught-up h2')
    await expect.poll(() => title.textContent()).toMatch(/^\d+ posts not read yet$/)
    await back.getByRole('button', { name: 'Count all as read' }).click()
    await expect.poll(() => title.textContent()).toMatch(/^You are caught up at/)
    expect(await unreadNow(back)).toBe(0)
  })

  test('reading under a filter catches up on that alone, and marks nothing that it hides', async () => {
    const { context, page } = await returning()
    await store(one.id, [new Date(Date.now() - 3000), new Date(Date.now() - 1000)])
    await store(
      two.id,
      Array.from({ length: 9 }, (_, index) => new Date(Date.now() - 500 - index * 20)),
    )
    await page.close()
    const back = await open(context, `/?platform=${two.id}`)
    await scrollUntil(back, inView(back, '.caught-up h2'), 120)
    await expect.poll(() => back.locator('.caught-up h2').textContent()).toMatch(new RegExp(`^You are caught up on ${two.name} at`))
    await expect.poll(() => unreadNow(back)).toBe(2)
  })

  test('`g` and the link lead to where the reader was, also pages away', async () => {
    const { context, page } = await returning()
    await store(
      two.id,
      Array.from({ length: 70 }, (_, index) => new Date(Date.now() - index * 50)),
    )
    await page.close()
    const back = await open(context)
    expect(await back.locator('.here').count()).toBe(0)
    const link = back.locator('.to-here')
    expect(await link.getAttribute('href')).toMatch(/\?at=\d+-\d+$/)
    await back.keyboard.press('g')
    await expect.poll(() => back.locator('.here').count()).toBe(1)
    expect(await inView(back, '.here span')()).toBe(true)
    expect(await back.locator('#posts > .paging a[rel=prev]').textContent()).toBe('↑ 70 newer posts above')

    // What is newer comes in above, and what is in sight stays where it is.
    const { entry } = await placeOf(back)
    const top = () => back.locator(`[data-entry="${entry}"]`).evaluate((one) => Math.round(one.getBoundingClientRect().top))
    const before = await top()
    const count = (await entriesOn(back)).length
    await back.locator('#posts > .paging a[rel=prev]').evaluate((link) => link instanceof HTMLElement && link.click())
    await expect.poll(async () => (await entriesOn(back)).length).toBe(count + 50)
    expect(await top()).toBe(before)
  })

  test('posts older than the reader’s position that arrived since are one row, which unfolds them and marks them when seen', async () => {
    const { context, page } = await returning(phone)
    await store(two.id, [new Date(Date.now() - 5 * HOUR), new Date(Date.now() - 6 * HOUR)])
    await page.close()
    const back = await open(context)
    const row = back.locator('.late-row')
    await expect.poll(() => row.textContent()).toBe('2 posts older than your position arrived: show')
    expect(await lateOn(back)).toBe(2)
    const link = new URL((await row.getAttribute('href')) ?? '', web.origin)
    await row.click()
    await expect.poll(() => back.locator('.late [data-entry]').count()).toBe(2)
    expect(await row.count()).toBe(0)
    await scrollUntil(back, async () => (await lateOn(back)) === 0, 100)
    await settled(back, () => back.reload())
    expect(await back.locator('.late-row').count()).toBe(0)
    expect(await (await fetch(link)).text()).toContain('Posts that arrived late')
  })

  test('a conversation that goes on after it was read is unread by its new lines, at its place, and says so', async () => {
    const { context, page } = await returning()
    const talk = await heldSource('#hpc', { platform: 'irc', firstReadAt: new Date(START - 400 * HOUR) })
    const say = (from: number, to: number) => {
      const lines = Array.from({ length: to - from }, (_, nth) => chatLine(`said-${from + nth}`, new Date(), `nick${nth}`))
      return saveBatch(talk.source, talk.holder, aBatch(lines), new Date())
    }
    await say(0, 4)
    await store(one.id, [new Date()])
    await page.close()
    const back = await open(context)
    const chip = back.locator('.chip [data-unread=irc]')
    await expect.poll(() => chip.textContent()).toBe('1')
    await scrollUntil(back, inView(back, '.caught-up h2'), 120)
    await expect.poll(() => chip.textContent()).toBe('')
    const before = await entriesOn(back)

    await say(4, 6)
    await settled(back, () => back.reload())
    expect((await entriesOn(back)).slice(0, 5)).toEqual(before.slice(0, 5))
    await expect.poll(() => chip.textContent()).toBe('2')
    const grown = back.locator('[data-talk] .since-read')
    expect(await grown.textContent()).toBe('+2 new')
    expect(await grown.getAttribute('href')).toMatch(/#l\d+$/)
    await back.keyboard.press('End')
    await expect.poll(() => back.locator('.caught-up h2').textContent()).toMatch(/^2 posts not read yet$/)

    await back.getByRole('button', { name: 'Go to the newest of them' }).click()
    await expect.poll(inView(back, '[data-talk]')).toBe(true)
    await back.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }))
    // It stands near the top: who turned the wheel as fast as further down would fly by.
    await scrollUntil(back, async () => (await chip.textContent()) === '', 100)
    await scrollUntil(back, inView(back, '.caught-up h2'), 120)
    await expect.poll(() => back.locator('.caught-up h2').textContent()).toMatch(/^You are caught up at/)
    const rows = await back.locator('.caught-up tr').allTextContents()
    expect(rows.find((row) => row.includes('IRC'))).toMatch(/6 read/)
    await settled(back, () => back.reload())
    expect(await back.locator('.since-read').count()).toBe(0)
  })

  test('two tabs add to each other’s progress', async () => {
    const context = await aBrowser()
    const [first, second] = [await open(context), await open(context)]
    await scrolledBy(first, 1500)
    await expect.poll(() => unreadNow(first)).toBeLessThan(46)
    const left = await unreadNow(first)
    await second.bringToFront()
    await scrolledBy(second, 3000)
    await expect.poll(() => unreadNow(second)).toBeLessThan(left)
    expect(await unreadNow(first)).toBe(await unreadNow(second))
  })

  test('damaged storage is a first visit, and reading goes on', async () => {
    const context = await aBrowser()
    const page = await open(context)
    await page.evaluate(() => localStorage.setItem('backplane:reading', '{"version":1,"sources":[[['))
    await settled(page, () => page.reload())
    expect(await unreadNow(page)).toBe(50)
  })
})

describe('what the reader chose', () => {
  async function choosing(settings: Partial<Preferences['settings']>): Promise<BrowserContext> {
    const context = await aBrowser()
    const values = encodePreferences({ ...defaultPreferences, settings: { ...defaultPreferences.settings, ...settings } }) ?? []
    const cookies = cookieNames(web.origin).flatMap((name, index) =>
      values[index] ? [{ name, value: values[index], url: web.origin }] : [],
    )
    await context.addCookies(cookies)
    return context
  }
  /** Reads some way down, and leaves. */
  async function readSome(context: BrowserContext): Promise<string> {
    const page = await open(context)
    await scrolledBy(page, 1500)
    await rested(page)
    const { entry } = await placeOf(page)
    await page.close()
    return entry
  }

  test('opens where the reader was, with how much is newer above, and leads there', async () => {
    const context = await choosing({ opening: 'last-position' })
    const entry = await readSome(context)
    const page = await open(context)
    expect((await entriesOn(page))[0]).toBe(entry)
    const above = page.locator('#posts > .paging a[rel=prev]')
    expect(await above.textContent()).toMatch(/^↑ \d+ newer posts above$/)
    await above.click()
    await expect.poll(async () => (await entriesOn(page)).indexOf(entry)).toBeGreaterThan(0)
  })

  test('opens oldest first from where the reader was, and goes on until now', async () => {
    const context = await choosing({ opening: 'oldest-first' })
    // Who has no position yet begins at the oldest, and reads on.
    const entry = await readSome(context)
    const page = await open(context)
    expect((await entriesOn(page))[0]).toBe(entry)
    const places = await page.locator('#posts [data-place]').evaluateAll((all) => all.map((one) => one.getAttribute('data-place') ?? ''))
    expect(places.length).toBeGreaterThan(10)
    expect(places).toEqual(places.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)))
    expect(await page.locator('#posts').getAttribute('data-order')).toBe('oldest')
  })

  test('no counts: dots say that something is unread or new, and no number does', async () => {
    const context = await choosing({ counts: false })
    const page = await open(context)
    await expect.poll(() => page.locator(`.chip [data-unread=${one.id}]`).textContent()).toBe('•')
    await store(one.id, [new Date()])
    await expect.poll(() => page.locator('.news button.pill').textContent()).toBe('• New posts')
    expect(await page.title()).toMatch(/^• \D/)
    expect(await page.locator('[data-unread][title*="unread"]').count()).toBe(0)
    const counted = await open(await aBrowser())
    await expect.poll(() => counted.locator(`.chip [data-unread=${one.id}]`).textContent()).toMatch(/^\d+\+?$/)
  })
})

describe('pages', () => {
  test('older posts come by themselves as one nears the foot, each once, days whole, until the end', async () => {
    const page = await open(await aBrowser())
    const all = Number((await database.db.execute<{ n: number }>(sql`select count(*)::int as n from entries`))[0]?.n)
    await scrollUntil(page, async () => (await page.locator('#posts > .end').count()) > 0, 3000)
    const ids = await entriesOn(page)
    expect(ids).toHaveLength(all)
    expect(new Set(ids).size).toBe(all)
    const days = await page.locator('#posts > section:not(.caught-up) > h2').evaluateAll((heads) => heads.map(({ id }) => id))
    expect(new Set(days).size).toBe(days.length)
    for (const day of await page.locator('#posts > section:not(.caught-up)').all()) {
      const [, count] = /(\d+) posts?/.exec((await day.locator('h2').textContent()) ?? '') ?? []
      // A conversation is one entry, and as many posts as it has lines.
      const posts = await day.locator('[data-entry]').evaluateAll((all) => all.reduce((sum, one) => sum + Number(one.dataset.count), 0))
      expect(posts).toBe(Number(count ?? 0))
    }
    expect(page.url()).toBe(`${web.origin}/`)
    // On a first visit the end is the end of what is kept.
    expect(await page.locator('.caught-up').count()).toBe(1)
    expect(await page.locator('.caught-up').isVisible()).toBe(true)
    expect(await page.locator('#said').textContent()).toMatch(/older posts? added/)
  })

  test('oldest first goes down from a place until now', async () => {
    const { entries } = await open(await aBrowser()).then(async (page) => ({
      entries: await page.locator('[data-place]').evaluateAll((all) => all.map((one) => one.getAttribute('data-place') ?? '')),
    }))
    const from = entries[30]
    const page = await open(await aBrowser(), `/?order=oldest&at=${from}`)
    const shown = await page.locator('[data-place]').evaluateAll((all) => all.map((one) => one.getAttribute('data-place') ?? ''))
    expect(shown).toEqual(entries.slice(0, 31).toReversed())
    await page.getByText('This is now').waitFor()
  })

  test('without script a page begins at a place, says how much is newer, and leads there', async () => {
    const context = await aBrowser({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(web.origin)
    const places = await page.locator('[data-place]').evaluateAll((all) => all.map((one) => one.getAttribute('data-place') ?? ''))
    await page.goto(`${web.origin}/?at=${places[7]}`)
    expect(await page.locator('[data-place]').first().getAttribute('data-place')).toBe(places[7])
    const link = page.getByText('7 newer posts above')
    expect(await page.locator('.caught-up').isVisible()).toBe(false)
    await link.click()
    expect(await page.locator('[data-place]').evaluateAll((all) => all.map((one) => one.getAttribute('data-place') ?? ''))).toEqual(
      places.slice(0, 7),
    )
  })
})
