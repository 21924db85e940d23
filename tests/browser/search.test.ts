import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { lookAt } from '#tests/support/look'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { startWeb, type Web } from '#tests/support/web'

/** Searching in a real Chromium, from the built program: 120 posts that say one word, one a title, one a line of a conversation. */
const database = testDatabase()
const [one] = connectors
if (!one) throw new Error('there is no platform to search')

const COUNT = 120
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
const scripted = { javaScriptEnabled: true }

let browser: Browser
let web: Web

beforeAll(async () => {
  await builtPages()
  const { source, holder } = await heldSource('The first source', { platform: one.id })
  const now = Date.now()
  const conversation = { key: 'talk', title: '#talk', silenceMinutes: 20 }
  const posts = [
    ...Array.from({ length: COUNT }, (_, index) =>
      aPost(`many ${index}`, { text: `Lamplight number ${index} of clusters`, publishedAt: new Date(now - (index + 1) * 3_600_000) }),
    ),
    aPost('titled', { title: 'All about zeppelins', text: 'x & y < zeppelin', publishedAt: new Date(now - 1_000_000) }),
    ...['nothing', 'the quokka is here', 'nothing more'].map((text, index) =>
      aPost(`line ${index}`, { text, conversation, publishedAt: new Date(now - 2_000_000 + index * 1000) }),
    ),
    aPost('secret', { text: 'zeppelin for members', audience: 'members', publishedAt: new Date(now - 500_000) }),
  ]
  await saveBatch(source, holder, aBatch(posts), new Date())
  while ((await indexPosts()) > 0);
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

/** Runs `look` on a page of its own; without JavaScript unless asked, as everything must work without. */
function on<T>(path: string, look: (page: Page) => Promise<T>, options: BrowserContextOptions = {}): Promise<T> {
  return lookAt(browser, web.origin + path, look, { javaScriptEnabled: false, ...options })
}

const field = (page: Page) => page.getByRole('searchbox').or(page.getByRole('combobox'))
const idsOn = (page: Page) => page.locator('article').evaluateAll((posts) => posts.map(({ id }) => id))

test('who types into the bar and presses Enter gets what was found, newest first, with the hits marked; without JavaScript', async () => {
  await on('/sources', async (page) => {
    await field(page).fill('zeppelins')
    await field(page).press('Enter')
    await page.waitForURL(/\/search\?q=zeppelins$/)
    expect(await field(page).inputValue()).toBe('zeppelins')
    expect(await page.locator('article').count()).toBe(1)
    expect(await page.locator('article mark').allTextContents()).toEqual(['zeppelins', 'zeppelin'])
    await page.getByText('1 post, newest first').waitFor()
  })
})

test('pages of hits neither repeat nor miss a post, there and back', async () => {
  await on('/search?q=lamplights', async (page) => {
    const down: string[][] = [await idsOn(page)]
    while ((await page.locator('a[rel=next]').count()) > 0) {
      await page.locator('a[rel=next]').click()
      await page.waitForURL(/before=/)
      down.push(await idsOn(page))
    }
    expect(down.flat()).toHaveLength(COUNT)
    expect(new Set(down.flat()).size).toBe(COUNT)
    await page.getByText('120 posts').first().waitFor()
    const last = page.url()
    await page.goBack()
    expect(await idsOn(page)).toEqual(down[1])
    await page.goto(last)
    await page.locator('a[rel=prev]').click()
    await page.waitForURL(/after=/)
    expect(await idsOn(page)).toEqual(down[1])
  })
})

test('a line of a conversation is shown by itself, with a door to its place there', async () => {
  await on('/search?q=quokka', async (page) => {
    expect(await page.locator('article').count()).toBe(1)
    expect(await page.locator('article').textContent()).not.toContain('nothing')
    await page.getByRole('link', { name: 'In the conversation on #talk' }).click()
    await page.waitForURL(/\/p\/\d+#l\d+$/)
    expect(await page.locator(':target').textContent()).toContain('the quokka is here')
  })
})

test('a mistake is shown where it is, in a sentence, and the page is no error', async () => {
  await on('/search?q=slurm+has:cats', async (page) => {
    expect(await page.locator('.mistake u').textContent()).toBe('has:cats')
    expect(await page.locator('.mistake').textContent()).toMatch(/At character 7: .*link, image/s)
  })
  const answer = await fetch(`${web.origin}/api/posts?q=${encodeURIComponent('has:cats')}`)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toEqual({ error: expect.stringContaining('has: knows link') })
})

test('nothing that was typed is an error, and nothing is found that is not for this reader', async () => {
  for (const typed of [
    '',
    ' ',
    '%',
    '"',
    "'",
    '\\',
    '-',
    '!',
    '<->',
    "a' | 'b",
    '((',
    'x:y:z',
    '*',
    '\u0000',
    '-zeppelin',
    'from:ada zeppelin',
  ]) {
    const answer = await fetch(`${web.origin}/search?q=${encodeURIComponent(typed)}`)
    expect([typed, answer.status]).toEqual([typed, 200])
    expect(await answer.text()).not.toContain('zeppelin for members')
  }
})

test('programs ask the same: the API and the feeds of a search, page by page', async () => {
  const ids: number[] = []
  for (let next: string | null = `${web.origin}/api/posts?q=lamplight&limit=50`; next; ) {
    const { posts, next: further }: { posts: { id: number }[]; next: string | null } = await (await fetch(next)).json()
    ids.push(...posts.map(({ id }) => id))
    next = further
  }
  expect(new Set(ids).size).toBe(COUNT)
  const feed: { title: string; items: unknown[]; home_page_url: string } = await (await fetch(`${web.origin}/feed.json?q=zeppelin`)).json()
  expect(feed).toMatchObject({ title: 'Backplane: zeppelin', home_page_url: `${web.origin}/search?q=zeppelin` })
  expect(feed.items).toHaveLength(1)
})

test('operators and their values are suggested while typing, and taken with the keyboard', async () => {
  await on(
    '/search',
    async (page) => {
      await field(page).focus()
      const box = page.getByRole('combobox')
      await box.waitFor()
      await box.pressSequentially('zeppelin pl')
      await page.getByRole('option', { name: /^platform:/ }).waitFor()
      await box.press('ArrowDown')
      expect(await page.getByRole('option', { selected: true }).textContent()).toContain('platform:')
      await box.press('Enter')
      await page.getByRole('option', { name: new RegExp(`^platform:${one.id}`) }).waitFor()
      await box.press('ArrowDown')
      await box.press('Enter')
      expect(await box.inputValue()).toBe(`zeppelin platform:${one.id} `)
      await box.pressSequentially('so')
      await page.getByRole('option', { name: /^source:/ }).click()
      await page.getByRole('option', { name: 'source:"The first source"' }).click()
      const asked = `zeppelin platform:${one.id} source:"The first source"`
      expect(await box.inputValue()).toBe(`${asked} `)
      await box.press('Enter')
      await page.waitForURL((url) => url.searchParams.get('q')?.trim() === asked)
      expect(await page.locator('article').count()).toBe(1)
    },
    scripted,
  )
})

test('nobody is kept out: axe finds nothing, in light, dark and on a phone, with suggestions open', async () => {
  for (const [options, paths] of [
    [{}, ['/search', '/search?q=has:cats']],
    [{ colorScheme: 'dark' as const }, ['/search?q=lamplight']],
    [phone, ['/search?q=lamplight', '/search?q=nothingsaysthis']],
  ] as const)
    for (const path of paths)
      await on(
        path,
        async (page) => {
          await field(page).focus()
          await page.getByRole('combobox').pressSequentially(' f')
          await page.getByRole('option').first().waitFor()
          const { violations } = await new AxeBuilder({ page }).analyze()
          expect(violations.map(({ id, nodes }) => [path, id, nodes.map(({ html }) => html)])).toEqual([])
          const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          expect(width).toBeLessThanOrEqual(0)
        },
        { ...scripted, ...options },
      )
})
