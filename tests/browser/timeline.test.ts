import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { lookAt } from '#tests/support/look'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { image, shapes } from '#tests/support/shapes'
import { startWeb, type Web } from '#tests/support/web'

/** The timeline in a real Chromium, from the built program, on a database with 130 plain posts and one of every shape. */
const database = testDatabase()
const [one, two] = connectors
if (!one || !two) throw new Error('the timeline needs two platforms to be tested')

const PLAIN = 130
const shapeNames = Object.keys(shapes)
/** Half past midnight in Berlin is the day before in New York, and half past eleven in London. */
const AROUND_MIDNIGHT = Date.UTC(2026, 9, 20, 22, 30)
/** The page with one post of every shape. */
const SHAPES = `/?before=${AROUND_MIDNIGHT - 35 * 86_400_000}-1`
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

let browser: Browser
let web: Web

beforeAll(async () => {
  await builtPages()
  const first = await heldSource('The first source', { platform: one.id })
  const second = await heldSource('The second source', { platform: two.id })
  const plain = Array.from({ length: PLAIN }, (_, index) =>
    // Every third shares its millisecond with the one before it.
    aPost(`plain-${index}`, { publishedAt: new Date(AROUND_MIDNIGHT - (index - (index % 3 === 2 ? 1 : 0)) * 600_000) }),
  )
  const shaped = shapeNames.map((name, index) =>
    aPost(name, { text: `A post ${name}.`, publishedAt: new Date(AROUND_MIDNIGHT - 40 * 86_400_000 - index * 60_000), ...shapes[name] }),
  )
  const now = new Date()
  await saveBatch(first.source, first.holder, aBatch([...plain.filter((_, index) => index % 2 === 0), ...shaped]), now)
  const secret = aPost('secret', { text: 'For members alone', audience: 'members', publishedAt: new Date(AROUND_MIDNIGHT) })
  await saveBatch(second.source, second.holder, aBatch([...plain.filter((_, index) => index % 2 === 1), secret]), now)
  await database.db.execute(sql`update sources set last_success_at = now(), next_run_at = now() + interval '1 min'`)
  web = await startWithZone('Europe/Berlin')
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

function startWithZone(zone: string, more: Record<string, string> = {}) {
  return startWeb({ DATABASE_URL: database.url, TIME_ZONE: zone, ...more })
}

/** Runs `look` on a page of its own; without JavaScript unless asked, as everything must work without. */
function on<T>(path: string, look: (page: Page) => Promise<T>, options: BrowserContextOptions = {}): Promise<T> {
  return lookAt(browser, web.origin + path, look, { javaScriptEnabled: false, ...options })
}

/** What is seen there. */
const read = async (place: Locator) => (await place.allInnerTexts()).join('\n')

/** Follows a link, and waits until its page is there. */
async function go(page: Page, link: Locator): Promise<void> {
  const href = (await link.getAttribute('href')) ?? ''
  await Promise.all([page.waitForURL(new URL(href, page.url()).href), link.click()])
}

const idsOn = (page: Page) => page.locator('article').evaluateAll((posts) => posts.map(({ id }) => id))
const platformsOn = async (page: Page) =>
  new Set(await page.locator('article').evaluateAll((posts) => posts.map((post) => post.getAttribute('data-platform'))))

/** Follows a link of the page for as long as it is there; the posts of each page, in the order met. */
async function follow(page: Page, rel: 'next' | 'prev'): Promise<string[][]> {
  const pages = [await idsOn(page)]
  while ((await page.locator(`#posts a[rel=${rel}]`).count()) > 0) {
    await go(page, page.locator(`#posts a[rel=${rel}]`))
    pages.push(await idsOn(page))
  }
  return pages
}

describe('reading without JavaScript', () => {
  test('older and newer pages neither repeat nor miss a post', async () => {
    await on('/', async (page) => {
      const down = (await follow(page, 'next')).flat()
      expect(down).toHaveLength(PLAIN + shapeNames.filter((name) => shapes[name]?.audience !== 'members').length)
      expect(new Set(down).size).toBe(down.length)
      await page.getByText('This is the end').waitFor()

      const up = await follow(page, 'prev')
      expect(up.length).toBeGreaterThan(2)
      expect(up.toReversed().flat()).toEqual(down)
    })
  })

  test('posts stand newest first', async () => {
    const times = await on('/', (page) =>
      page.locator('.when time').evaluateAll((all) => all.map((time) => time.getAttribute('datetime') ?? '')),
    )
    expect(times.length).toBeGreaterThan(10)
    expect(times).toEqual(times.toSorted().toReversed())
  })

  test('chips choose platforms in the address, add, take away, and show all again', async () => {
    await on('/', async (page) => {
      const chips = page.getByRole('navigation', { name: 'Filters' })
      await go(page, chips.getByText(two.name, { exact: true }))
      expect(page.url()).toBe(`${web.origin}/?platform=${two.id}`)
      expect(await platformsOn(page)).toEqual(new Set([two.id]))
      expect(await chips.locator('.chip[aria-current]').allInnerTexts()).toEqual([two.name])

      // Older posts keep the choice.
      await go(page, page.locator('#posts a[rel=next]'))
      expect(await platformsOn(page)).toEqual(new Set([two.id]))

      await go(page, chips.getByText(one.name, { exact: true }))
      expect(await platformsOn(page)).toEqual(new Set([one.id, two.id]))
      await go(page, chips.getByText('All', { exact: true }))
      expect(page.url()).toBe(`${web.origin}/`)
      expect(await chips.locator('.chip[aria-current]').allInnerTexts()).toEqual(['All'])
    })
  })

  test.each([
    '/?platform=nothing',
    '/?platform=,,&platform[]=x',
    '/?before=yesterday&after=tomorrow',
    '/?before=-99999999999999-1',
    '/?before=99999999999999-999999999999999',
    "/?after='%20or%201=1%20--",
    '/?%00=%ff',
  ])('garbage in the address is ignored: %s', async (path) => {
    const answer = await fetch(web.origin + path)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('aria-label="Filters"')
  })

  test('past either end it says so, and leads back', async () => {
    await on('/?before=1000-1', async (page) => {
      await page.getByText('Nothing older than this.').waitFor()
      await go(page, page.getByText('Go to the newest posts'))
      expect(await idsOn(page)).not.toHaveLength(0)
    })
  })

  test('days are headings in the zone of the instance, or of the reader', async () => {
    const days = (page: Page) => page.locator('h2.day').allInnerTexts()
    const [newest = '', before = ''] = await on('/', days)
    expect(newest).toMatch(/^Wednesday 21 October\s+\d+ posts?$/)
    expect(before).toMatch(/^Tuesday 20 October\s+\d+ posts?$/)
    const storageState = { cookies: [cookie('zone', 'America/New_York')], origins: [] }
    expect((await on('/', days, { storageState }))[0]).toMatch(/^Tuesday 20 October/)
    expect(await on('/', (page) => read(page.locator('.when time').first()), { storageState })).toBe('18:30')
    expect((await on('/', days, { storageState: { cookies: [cookie('zone', 'Mars/Olympus')], origins: [] } }))[0]).toBe(newest)
  })

  test('the number in a day’s heading counts the whole day, over every page', async () => {
    await on('/', async (page) => {
      const counted = new Map<string, number>()
      const met = new Map<string, number>()
      for (;;) {
        for (const section of await page.locator('section:has(> h2.day)').all()) {
          const [, day = '', count = ''] = /^(.*?)\s+(\d+) posts?/.exec(await read(section.locator('h2'))) ?? []
          counted.set(day, Number(count))
          met.set(day, (met.get(day) ?? 0) + (await section.locator('article').count()))
        }
        const next = page.locator('#posts a[rel=next]')
        if ((await next.count()) === 0) break
        await go(page, next)
      }
      expect(counted).toEqual(met)
    })
  })

  test('who is not a member sees no members’ post, not in a count either', async () => {
    await on('/', async (page) => {
      expect(await page.content()).not.toContain('For members alone')
    })
  })
})

describe('every page', () => {
  test('keeps search engines out and tells feed readers where to subscribe', async () => {
    await on(`/?platform=${two.id}`, async (page) => {
      expect(await page.locator('meta[name=robots]').getAttribute('content')).toContain('noindex')
      const feeds = await page.locator('link[rel=alternate]').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
      expect(feeds).toEqual(['/feed.json', '/rss.xml', '/atom.xml'].map((path) => `${path}?platform=${two.id}`))
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
    })
    expect(await (await fetch(`${web.origin}/robots.txt`)).text()).toMatch(/Disallow: \/$/m)
  })

  test('that does not exist says so, with a way back', async () => {
    const answer = await fetch(`${web.origin}/no/such/page`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('There is no such page.')
  })

  test('breaks no rule of its own security policy, and hydrates without a complaint', async () => {
    const complaints: string[] = []
    for (const path of ['/', SHAPES, '/sources', '/no/such/page'])
      await on(
        path,
        async (page) => {
          page.on('console', (message) => {
            if (['error', 'warning'].includes(message.type()) && !/ERR_FAILED|404|502/.test(message.text())) complaints.push(message.text())
          })
          page.on('pageerror', (error) => complaints.push(error.message))
          await page.reload({ waitUntil: 'networkidle' })
        },
        { javaScriptEnabled: true },
      )
    expect(complaints).toEqual([])
  })

  const looks: [string, BrowserContextOptions, string[]][] = [
    ['light', { colorScheme: 'light' }, ['/', SHAPES, '/sources', '/no/such/page']],
    ['dark', { colorScheme: 'dark' }, [SHAPES, '/sources']],
    ['on a phone', phone, [SHAPES, '/sources']],
  ]
  test.each(looks)('has nothing that axe finds fault with, %s', async (_name, options, paths) => {
    for (const path of paths)
      await on(
        path,
        async (page) => {
          const { violations } = await new AxeBuilder({ page }).analyze()
          expect(violations.map(({ id, nodes }) => `${path}: ${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
        },
        { ...options, javaScriptEnabled: true },
      )
  })

  test('fits a screen of 320 px without scrolling sideways', async () => {
    for (const path of ['/', SHAPES, '/sources'])
      await on(
        path,
        async (page) => {
          await page.locator('details').evaluateAll((all) => {
            for (const details of all) details.setAttribute('open', '')
          })
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
        },
        { ...phone, viewport: { width: 320, height: 700 }, javaScriptEnabled: true },
      )
  })

  test('moves nothing while fonts and pictures come in', async () => {
    const { source, holder } = await heldSource('The first source', { platform: one.id })
    const slow = 'https://pictures.example/slow.svg'
    await saveBatch(
      source,
      holder,
      aBatch([
        aPost('slow-1', { publishedAt: new Date(), media: [image({ url: slow, preview: slow, width: null, height: null })] }),
        aPost('slow-2', { publishedAt: new Date(), media: [image({ url: slow, preview: slow, width: 300, height: 900 })] }),
        aPost('slow-3', { publishedAt: new Date(), card: { ...cardWith(slow) } }),
      ]),
      new Date(),
    )
    for (const options of [{ viewport: { width: 1200, height: 2400 } }, { ...phone, viewport: { width: 390, height: 2400 } }]) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const picture = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="900"><path d="M0 0h300v900z"/></svg>'
      const asked = Promise.withResolvers<void>()
      await page.route('**/media/**', async (route) => {
        asked.resolve()
        // Only once the page has been drawn without them.
        await page.waitForFunction(() => performance.getEntriesByType('paint').length > 0)
        await route.fulfill({ contentType: 'image/svg+xml', body: picture })
      })
      await page.goto(web.origin)
      await asked.promise
      await page.waitForFunction(() => [...document.images].filter(({ src }) => src.includes('/media/')).every(({ complete }) => complete))
      await page.evaluate(() => document.fonts.ready)
      const shifts = await page.evaluate(
        () =>
          new Promise<string[]>((resolve) => {
            const seen: string[] = []
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) seen.push(JSON.stringify(entry))
            }).observe({ type: 'layout-shift', buffered: true })
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(seen)))
          }),
      )
      expect(shifts).toEqual([])
      expect(await page.evaluate(() => [...document.images].filter(({ naturalHeight }) => naturalHeight === 900).length)).toBeGreaterThan(1)
      await context.close()
    }
  })
})

describe('the page of sources', () => {
  test('says of each source how it fares, and what its owner can do', async () => {
    await database.db.execute(sql`
      update sources set trouble = 'refused', error = 'example.org answers 403', failures = 3, last_success_at = null where name = 'The second source'`)
    await on('/sources', async (page) => {
      const text = await read(page.locator('main'))
      expect(text).toContain('1 of 2 sources')
      expect(text).toContain('example.org answers 403')
      expect(text).toContain('Check its address')
      expect(await read(page.getByRole('row', { name: /The first source/ }))).toMatch(/polled every.*\bago\b/s)
      await page.getByRole('listitem').getByRole('link', { name: 'The second source' }).click()
      expect(await read(page.locator(':target'))).toContain('never')
    })
    await on('/', async (page) => expect(await read(page.getByRole('complementary'))).toContain('1 on time, 1 not'))
  })
})

describe('a timeline without posts', () => {
  beforeAll(() => database.db.execute(sql`truncate entries, posts cascade`))

  test('says that a filter has nothing, and how to see everything', async () => {
    await database.db.execute(sql`update sources set trouble = null, error = null, last_success_at = now()`)
    await on(`/?platform=${one.id}`, async (page) => {
      await page.getByText(`No post from ${one.name}.`).waitFor()
      await page.getByRole('link', { name: 'Show every platform' }).waitFor()
    })
  })

  test('says that sources are still being read for the first time', async () => {
    await database.db.execute(sql`update sources set trouble = null, error = null, last_success_at = null, last_attempt_at = now()`)
    await on('/', async (page) => {
      await page.getByText('2 sources are being read for the first time').waitFor()
      await page.getByRole('link', { name: 'Look again' }).waitFor()
    })
  })

  test('names the sources that could not be reached, why, and the demo', async () => {
    await database.db.execute(sql`update sources set trouble = 'unavailable', error = name || ' did not answer', failures = 1`)
    await on('/', async (page) => {
      const text = await read(page.locator('#posts'))
      for (const words of [
        'No source could be reached',
        'The first source did not answer',
        'The second source did not answer',
        'npm run demo',
      ])
        expect(text).toContain(words)
    })
  })

  test('says where sources are listed when there is none', async () => {
    await database.db.execute(sql`update sources set paused_at = now()`)
    await on('/', async (page) => expect(await read(page.locator('#posts'))).toContain('sources.yaml'))
  })
})

test('the demo says on every page that its posts are made up', async () => {
  const demo = await startWithZone('UTC', { DEMO: '1' })
  try {
    for (const path of ['/', '/sources']) expect(await (await fetch(demo.origin + path)).text()).toContain('These posts are made up')
  } finally {
    await demo.stop()
  }
  expect(await (await fetch(web.origin)).text()).not.toContain('made up')
})

test('a page that cannot be made says so without JavaScript too', async () => {
  const lost = await startWeb({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  try {
    for (const path of ['/', '/sources'])
      expect((await (await fetch(lost.origin + path)).text()).replace(/<script.*?<\/script>/gs, '')).toContain(
        'This page could not be made.',
      )
  } finally {
    await lost.stop()
  }
})

function cookie(name: string, value: string) {
  const domain = new URL(web.origin).hostname
  return { name, value, domain, path: '/', expires: -1, httpOnly: false, secure: false, sameSite: 'Lax' as const }
}

function cardWith(picture: string) {
  return {
    kind: 'link' as const,
    url: 'https://blog.example.com/',
    title: 'A title',
    description: 'What it is about.',
    image: picture,
    site: 'blog.example.com',
    authors: [],
    readingMinutes: null,
  }
}
