import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { lookAt } from '#tests/support/look'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { image, shapes } from '#tests/support/shapes'
import { burst } from '#tests/support/talk'
import { startWeb, type Web } from '#tests/support/web'

/** Backplane as an installed program, without JavaScript, and on paper, in a real Chromium. */
const database = testDatabase()
const MINUTE_MS = 60_000
const NOW = Date.now()
const [one, two] = connectors
if (!one || !two) throw new Error('reading takes two platforms to be tested')

let browser: Browser
let web: Web

beforeAll(async () => {
  await builtPages()
  const first = await heldSource('The first source', { platform: one.id })
  const second = await heldSource('The second source', { platform: two.id })
  const long = 'All of this is said at length. '.repeat(40)
  const posts = Array.from({ length: 80 }, (_, nth) =>
    aPost(`plain-${nth}`, {
      text: nth === 3 ? `${long}The end of it.` : `Plain word ${nth}.`,
      publishedAt: new Date(NOW - nth * 10 * MINUTE_MS),
    }),
  )
  const shaped = Object.entries(shapes).map(([name, shape], nth) =>
    aPost(name, { text: `A post ${name}.`, publishedAt: new Date(NOW - nth * 7 * MINUTE_MS), ...shape, audience: 'public' }),
  )
  const pictured = aPost('pictured', { text: 'A sensitive one.', sensitive: true, media: [image()], publishedAt: new Date(NOW) })
  await saveBatch(first.source, first.holder, aBatch(posts), new Date())
  await saveBatch(second.source, second.holder, aBatch([...shaped, pictured, ...burst(new Date(NOW - 35 * MINUTE_MS))]), new Date())
  while ((await indexPosts()) > 0);
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 600_000)
afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

function on<T>(path: string, look: (page: Page) => Promise<T>, options: BrowserContextOptions = {}): Promise<T> {
  return lookAt(browser, web.origin + path, look, options)
}

async function go(page: Page, link: Locator): Promise<void> {
  const href = (await link.getAttribute('href')) ?? ''
  await Promise.all([page.waitForURL(new URL(href, page.url()).href), link.click()])
}

describe('installed', () => {
  test('Chromium finds nothing in the way, and every icon is as large as it says', async () => {
    await on('/', async (page) => {
      const session = await page.context().newCDPSession(page)
      const { errors, data, url } = await session.send('Page.getAppManifest')
      expect(errors).toEqual([])
      expect(new URL(url).pathname).toBe('/manifest.webmanifest')
      const manifest = JSON.parse(data ?? '')
      expect(manifest).toMatchObject({ name: 'Backplane', display: 'standalone', start_url: '/', scope: '/' })
      expect(manifest.shortcuts.map((shortcut: { url: string }) => shortcut.url)).toEqual(['/', '/search'])
      // A page that is not looked at by a person in a window of its own is in "incognito", as a context of a test always is.
      const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
      expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
      for (const { src, sizes, type } of manifest.icons.filter(({ type }: { type: string }) => type === 'image/png')) {
        const answer = await page.request.get(new URL(src, page.url()).href)
        expect(answer.headers()['content-type']).toBe(type)
        const png = await answer.body()
        expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(sizes)
      }
    })
  })
})

test('reading, paging, filtering and searching need no JavaScript', async () => {
  await on(
    '/',
    async (page) => {
      const shown = await page.locator('#posts article').count()
      expect(shown).toBeGreaterThan(20)
      await go(page, page.locator('#posts a[rel=next]'))
      expect(await page.locator('#posts article').count()).toBeGreaterThan(5)
      await go(page, page.locator('#posts a[rel=prev]'))

      await go(page, page.getByRole('navigation', { name: 'Filters' }).getByText(one.name, { exact: true }))
      const platforms = await page.locator('article').evaluateAll((all) => all.map((post) => post.getAttribute('data-platform')))
      expect(new Set(platforms)).toEqual(new Set([one.id]))

      await page.getByRole('searchbox').fill('"plain word 17"')
      await page.getByRole('searchbox').press('Enter')
      await page.waitForURL(/\/search\?/)
      expect(await page.locator('article').count()).toBe(1)
      expect(await page.locator('article').textContent()).toContain('Plain word 17.')
    },
    { javaScriptEnabled: false },
  )
})

describe('on paper', () => {
  const printed = <T>(path: string, look: (page: Page) => Promise<T>) =>
    on(
      path,
      async (page) => {
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
        return look(page)
      },
      { colorScheme: 'dark', viewport: { width: 700, height: 1000 } },
    )

  test.each(['/', '/p/'])('there are posts and no bars, chips, menus or pills, black on white: %s', async (path) => {
    await printed(path === '/' ? path : await aPostsPage(), async (page) => {
      const seen = await page
        .locator(
          '.top, .skips, .filters, aside, .paging, .more, .news > *, .notes > *, .caught-up, .copy-code, .unfold > summary, button, input',
        )
        .evaluateAll((all) => all.filter((one) => one.getClientRects().length > 0).map(({ outerHTML }) => outerHTML.slice(0, 80)))
      expect(seen).toEqual([])
      expect(await page.locator('article').count()).toBeGreaterThan(0)
      const colours = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.documentElement)
        return { color, backgroundColor }
      })
      expect(colours).toEqual({ color: 'rgb(0, 0, 0)', backgroundColor: 'rgb(255, 255, 255)' })
      expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-')
    })
  })

  test('folds are open, sensitive pictures covered, and links say where they lead', async () => {
    await printed('/', async (page) => {
      const long = page.locator('.text', { hasText: 'The end of it.' })
      expect(await long.evaluate((text) => text.scrollHeight <= text.clientHeight + 1)).toBe(true)
      // Lines in the middle of a conversation.
      expect(
        await page.locator('.chat details').evaluateAll((all) => all.every((fold) => fold.querySelector('li')?.checkVisibility() === true)),
      ).toBe(true)
      const covered = page.locator('article', { hasText: 'A sensitive one.' }).locator('.media')
      expect(await covered.evaluate((media) => media.checkVisibility())).toBe(false)
      const after = await page.locator('article footer > a[rel]:first-child').first()
      const [shown, href] = await after.evaluate((link) => [getComputedStyle(link, '::after').content, link.getAttribute('href')])
      expect(shown).toContain(String(href))
      const short = page.locator('article', { hasText: 'Plain word 5.' })
      expect(await short.evaluate((post) => getComputedStyle(post).breakInside)).toBe('avoid')
    })
  })

  async function aPostsPage(): Promise<string> {
    return on('/', async (page) => `/p/${(await page.locator('#posts article[id^=l]').nth(2).getAttribute('id'))?.slice(1)}`)
  }
})
