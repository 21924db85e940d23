import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayHref } from '#lib/reading/day-bounds'
import { ownerKey } from '#lib/server/owner-key'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { demoContent } from '#tests/support/demo-content'
import { temporaryFolder } from '#tests/support/program'
import { settled } from '#tests/support/settled'
import { startWeb, type Web } from '#tests/support/web'

/** Every page on the demo's content, as its owner sees it, held to WCAG 2.2 AA as far as that can be measured. */
const database = testDatabase()
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

let browser: Browser
let web: Web
/** The cookie that the key became. */
let owner: Awaited<ReturnType<BrowserContext['storageState']>>
let content: Awaited<ReturnType<typeof demoContent>>

beforeAll(async () => {
  await builtPages()
  content = await demoContent()
  await database.db.execute(sql`update sources set next_run_at = now() + interval '10 min' where next_run_at is not null`)
  const folder = temporaryFolder()
  // With the word above every page that this is a demo.
  web = await startWeb({ DATABASE_URL: database.url, DATA_DIR: folder, DEMO: '1' })
  browser = await launchChromium()
  const context = await browser.newContext()
  await (await context.newPage()).goto(`${web.origin}/?key=${ownerKey(folder)}`)
  owner = await context.storageState()
  await context.close()
}, 300_000)

afterAll(async () => {
  delete process.env.TIME_ZONE
  delete process.env.DEMO
  await browser?.close()
  await web?.stop()
})

/** A page of the owner's browser; media are not there to be fetched. */
async function as(options: BrowserContextOptions, look: (page: Page, context: BrowserContext) => Promise<void>) {
  const context = await browser.newContext({ timezoneId: 'UTC', storageState: owner, ...options })
  try {
    const page = await context.newPage()
    await page.route('**/media/**', (route) => route.abort())
    await look(page, context)
  } finally {
    await context.close()
  }
}

const yesterday = () => dayHref(new Date(Date.now() - 86_400_000).toISOString().slice(0, 10))

/** Every page, by what it shows. */
const pages: [string, () => string][] = [
  ['the timeline', () => '/'],
  ['a platform', () => '/?platform=irc'],
  ['a filter that fits nothing', () => '/?tag=nothing-has-this-tag'],
  ['older posts', () => `/?before=${Date.now() - 2 * 86_400_000}-0`],
  ['oldest first', () => '/?order=oldest'],
  ['a post', () => `/p/${content.post}`],
  ['a thread', () => `/p/${content.thread}`],
  ['a chat', () => `/p/${content.chat}`],
  ['copies', () => `/p/${content.copies}`],
  ['a covered picture', () => `/p/${content.covered}`],
  ['a day', yesterday],
  ['what arrived late', () => `/late?entries=${content.entries.slice(0, 5).map(({ id }) => id)}`],
  ['how to search', () => '/search'],
  ['hits', () => '/search?q=slurm'],
  ['no hits', () => '/search?q=nobodysaidthis'],
  ['a mistake in a search', () => '/search?q=before%3Anever'],
  ['sources', () => '/sources'],
  ['activity', () => '/activity'],
  ['settings', () => '/settings?saved=1'],
  ['muting', () => '/mute?person=a:1&name=Ada'],
  ['keys', () => '/keys'],
  ['about', () => '/about'],
  ['no such page', () => '/nothing/here'],
  ['no such post', () => '/p/999999999'],
]

type Options = Parameters<AxeBuilder['options']>[0]
const everything: Options = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: { 'target-size': { enabled: true } },
}
const contrast: Options = { runOnly: { type: 'rule', values: ['color-contrast'] } }
const highContrast: Options = { runOnly: { type: 'rule', values: ['color-contrast', 'color-contrast-enhanced'] } }

/** What axe finds, each a line with what was looked at. */
async function problems(page: Page, looked: string, options: Options): Promise<string[]> {
  // Where things stand is settled once what lies further down is laid out, too.
  await page.waitForFunction(() => document.querySelector('[data-later]') === null)
  // No page of ours has frames, which are all that the other mode is for: it opens a page for each look.
  const { violations } = await new AxeBuilder({ page }).options(options).setLegacyMode().analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 5).map(({ html, failureSummary }) => `${looked} ${id}: ${html.slice(0, 200)} ${failureSummary?.slice(0, 300)}`),
  )
}

/** Opens all that is folded; false where nothing is. */
const openAll = (page: Page) =>
  page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true
    return document.querySelector('main details') !== null
  })

/** Closed, and then open. */
async function problemsOn(page: Page, path: string, looked: string): Promise<string[]> {
  await page.goto(web.origin + path)
  const found = await problems(page, looked, everything)
  return (await openAll(page)) ? [...found, ...(await problems(page, `${looked}, unfolded,`, everything))] : found
}

/** Nothing but colours differs in these from what was looked at in the light: the page stays, and is drawn anew. */
async function problemsInColours(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const [colorScheme, theme] of [['dark'], ['light', 'contrast'], ['dark', 'contrast']] as const) {
    // Colours that are under way to others would be measured.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // As the layout says it for who chose high contrast (`preferences.test.ts`).
    if (theme) await page.evaluate((chosen) => document.documentElement.setAttribute('data-theme', chosen), theme)
    found.push(...(await problems(page, [colorScheme, theme].join(' '), theme ? highContrast : contrast)))
  }
  return found
}

/** What is wider than windows of 640 and 320 px, as 1280 px are at 200 % and 400 %. */
async function tooWide(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const width of [640, 320]) {
    await page.setViewportSize({ width, height: 512 })
    const needs = await page.evaluate(() => document.documentElement.scrollWidth)
    if (needs > width) found.push(`a window of ${width} px: ${needs} px`)
  }
  return found
}

describe('axe finds nothing at a desk and on a phone, contrast is enough in every choice of colours, and all fits 320 px:', () => {
  test.each(pages)('%s', { timeout: 120_000 }, async (_, path) => {
    const found: string[] = []
    await as({ colorScheme: 'light' }, async (page) => {
      found.push(...(await problemsOn(page, path(), 'at a desk')), ...(await problemsInColours(page)), ...(await tooWide(page)))
    })
    await as(phone, async (page) => void found.push(...(await problemsOn(page, path(), 'on a phone'))))
    expect(found).toEqual([])
  })
})

test.each<[string, BrowserContextOptions]>([
  ['at a desk', { viewport: { width: 1200, height: 800 } }],
  ['on a phone', { viewport: { width: 390, height: 844 } }],
  ['at 400 %', { viewport: { width: 320, height: 256 } }],
])('whatever has the focus has a ring, and no bar covers it: %s', (_, options) =>
  as(options, async (page) => {
    await page.goto(web.origin)
    const seen = new Set<string>()
    for (let press = 0; press < 90; press++) {
      await page.keyboard.press('Tab')
      const { what, ring, covered } = await page.evaluate(() => {
        const focused = document.activeElement ?? document.body
        const { outlineStyle, outlineWidth } = getComputedStyle(focused)
        const { left, top, right, bottom } = focused.getBoundingClientRect()
        const points = [0.1, 0.5, 0.9].flatMap((x) =>
          [0.2, 0.5, 0.8].map((y) => [left + (right - left) * x, top + (bottom - top) * y] as const),
        )
        const shown = points.some(([x, y]) => {
          const there = document.elementFromPoint(x, y)
          return there !== null && (focused.contains(there) || there.contains(focused))
        })
        return {
          what: focused.outerHTML.slice(0, 160),
          ring: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
          covered: !shown,
        }
      })
      seen.add(what)
      expect(what).not.toMatch(/^<body/)
      expect({ what, ring, covered }).toEqual({ what, ring: true, covered: false })
    }
    expect(seen.size).toBeGreaterThan(60)
  }),
)

test('each day is a feed of articles that say who, what, and how manieth they are; more of them are numbered on', () =>
  as({}, async (page) => {
    // Before the script is there, nothing comes by itself.
    await settled(page, () => page.goto(web.origin))
    const feeds = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('[role=feed]')].map((feed) => ({
          named: document.getElementById(feed.getAttribute('aria-labelledby') ?? '')?.textContent ?? '',
          busy: feed.getAttribute('aria-busy'),
          articles: [...feed.querySelectorAll(':scope > [aria-posinset]')]
            .filter((article) => article.checkVisibility())
            .map((article) => ({
              position: Number(article.getAttribute('aria-posinset')),
              size: Number(article.getAttribute('aria-setsize')),
              by: document.getElementById(article.getAttribute('aria-labelledby') ?? '')?.textContent ?? '',
              said: document.getElementById(article.getAttribute('aria-describedby') ?? '')?.textContent ?? '',
            })),
        })),
      )
    const isRight = (found: Awaited<ReturnType<typeof feeds>>) => {
      for (const [nth, { named, busy, articles }] of found.entries()) {
        expect(named).toMatch(/posts?/)
        expect(busy).toBeNull()
        expect(articles.map(({ position }) => position)).toEqual(articles.map((_, index) => index + 1))
        expect(new Set(articles.map(({ size }) => size))).toEqual(new Set([nth === found.length - 1 ? -1 : articles.length]))
        for (const { by, said } of articles) expect([by.length, said.length].every((length) => length > 0)).toBe(true)
      }
    }
    const asSent = await feeds()
    isRight(asSent)
    const before = asSent.reduce((sum, { articles }) => sum + articles.length, 0)
    // Who comes near it is brought them: a key pressed now could meet the first of them instead of the link.
    await page.getByRole('link', { name: 'Older posts' }).focus()
    await page.waitForFunction((least) => document.querySelectorAll('[aria-posinset]').length > least, before + 20)
    await page.waitForFunction(() => !document.querySelector('[aria-busy]'))
    const longer = await feeds()
    expect(longer.reduce((sum, { articles }) => sum + articles.length, 0)).toBeGreaterThan(before)
    isRight(longer)
  }))

test('in forced colours the rail, its marks and what is chosen are drawn in the system’s own', () =>
  as({ forcedColors: 'active', colorScheme: 'dark' }, async (page) => {
    await page.goto(`${web.origin}/?platform=irc`)
    const drawn = await page.evaluate(() => {
      const ground = getComputedStyle(document.body).backgroundColor
      const of = (selector: string, pseudo?: string) => getComputedStyle(document.querySelector(selector) ?? document.body, pseudo)
      return {
        paper: getComputedStyle(document.documentElement).backgroundColor,
        ground,
        rail: of('.rail', '::before').backgroundColor,
        mark: of('.post', '::after').backgroundColor,
        chip: of('.chip[data-platform]', '::before').backgroundColor,
        chosen: of('.chip[data-platform][aria-current]').outlineStyle,
        other: of('.chip.off').outlineStyle,
      }
    })
    for (const part of [drawn.rail, drawn.mark, drawn.chip]) expect(part).not.toBe(drawn.paper)
    expect([drawn.chosen, drawn.other]).toEqual(['solid', 'none'])
  }))

test('who asks for more contrast has it, and for less motion, none', () =>
  as({ contrast: 'more', reducedMotion: 'reduce' }, async (page) => {
    await page.goto(web.origin)
    const { ink, platform, moves } = await page.evaluate(() => ({
      ink: getComputedStyle(document.body).color,
      platform: getComputedStyle(document.querySelector('.platform') ?? document.body).color,
      moves: [...document.querySelectorAll('*')].filter((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element)
        return animationName !== 'none' || transitionDuration !== '0s'
      }).length,
    }))
    expect([ink, platform, moves]).toEqual(['rgb(0, 0, 0)', 'rgb(0, 0, 0)', 0])
  }))

test('what is looked at shows what it is to show: posts, hits, covers, gaps', () =>
  as({}, async (page) => {
    for (const [path, selector] of [
      ['/search?q=slurm', '.rail article mark'],
      // How far down the timeline it is depends on the hour.
      [`/p/${content.covered}`, '.cover'],
      ['/', '.rail .gap'],
      [`/p/${content.thread}`, '.thread .reply'],
      [`/p/${content.chat}`, '.chat li'],
      [`/p/${content.copies}`, '.copies .reply'],
      ['/search?q=before%3Anever', '.mistake'],
    ] as const) {
      await page.goto(web.origin + path)
      expect({ path, selector, shown: (await page.locator(selector).count()) > 0 }).toEqual({ path, selector, shown: true })
    }
  }))

test('each page has one heading of its own, a way past the bar, and a name', { timeout: 120_000 }, () =>
  as({ javaScriptEnabled: false }, async (page) => {
    const titles = new Set<string>()
    for (const [, pathOf] of pages) {
      const path = pathOf()
      await page.goto(web.origin + path)
      expect({ path, headings: await page.locator('h1').count() }).toEqual({ path, headings: 1 })
      expect(await page.locator('main, header.top, footer.foot').count()).toBe(3)
      for (const target of await page.locator('.skips a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? '')))
        expect({ path, target, there: await page.locator(target).count() }).toEqual({ path, target, there: 1 })
      titles.add(await page.title())
    }
    expect(titles.size).toBeGreaterThan(14)
  }),
)
