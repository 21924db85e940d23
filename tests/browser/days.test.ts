import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { startWeb, type Web } from '#tests/support/web'

/** Days, activity and the context of a post, as somebody without the owner's key comes upon them; without JavaScript, too. */
const database = testDatabase()
const [one, two] = connectors
if (!one || !two) throw new Error('days need two platforms to be tested')

let browser: Browser
let web: Web

const daysAgo = (days: number, hour = 12) => {
  const day = new Date()
  day.setUTCHours(hour, 0, 0, 0)
  return new Date(day.getTime() - days * 86_400_000)
}
const dateOf = (at: Date) => at.toISOString().slice(0, 10)
const pathOf = (at: Date) => `/${dateOf(at).replaceAll('-', '/')}`
const to = (externalId: string) => ({ state: 'unknown' as const, externalId, url: null, author: null, text: null, rootExternalId: null })

beforeAll(async () => {
  await builtPages()
  const first = await heldSource('The first source', { platform: one.id })
  const second = await heldSource('The second source', { platform: two.id })
  await saveBatch(
    first.source,
    first.holder,
    aBatch([
      aPost('old', { text: 'Said five days ago', publishedAt: daysAgo(5) }),
      aPost('root', { text: 'The root of a thread', publishedAt: daysAgo(2, 9) }),
      aPost('middle', { text: 'The middle of it', publishedAt: daysAgo(2, 10), replyTo: to('root') }),
      aPost('end', { text: 'The end of it', publishedAt: daysAgo(2, 11), replyTo: to('middle') }),
      aPost('hidden', { text: 'Among members', publishedAt: daysAgo(3), audience: 'members' }),
    ]),
    new Date(),
  )
  await saveBatch(second.source, second.holder, aBatch([aPost('other', { text: 'Elsewhere', publishedAt: daysAgo(2, 12) })]), new Date())
  browser = await launchChromium()
  web = await startWeb({ DATABASE_URL: database.url })
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

async function open(path: string, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ timezoneId: 'UTC', ...options })
  const page = await context.newPage()
  await page.goto(web.origin + path)
  return page
}

const texts = (page: Page) => page.locator('article .said .text').allInnerTexts()

test('a day shows what was said on it, and leads to the days before and after that have posts, without a script', async () => {
  const page = await open(pathOf(daysAgo(2)), { javaScriptEnabled: false })
  expect((await texts(page)).slice(0, 2)).toEqual(['Elsewhere', 'The end of it'])
  expect(await page.title()).not.toContain('No such')
  await page.getByRole('link', { name: 'Day before' }).click()
  // The day between has members' posts only: for this reader it has none.
  expect(new URL(page.url()).pathname).toBe(pathOf(daysAgo(5)))
  expect(await texts(page)).toEqual(['Said five days ago'])
  await page.getByRole('link', { name: 'Day after' }).click()
  expect(new URL(page.url()).pathname).toBe(pathOf(daysAgo(2)))
})

test('the calendar leads to days that have posts, and says so of no day that has none for this reader', async () => {
  const page = await open(pathOf(daysAgo(2)))
  const days = await page.locator('.calendar a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
  expect(days).toContain(pathOf(daysAgo(2)))
  expect(days).not.toContain(pathOf(daysAgo(3)))
  await page.getByLabel('Go to a date').fill(dateOf(daysAgo(5)))
  await page.getByRole('button', { name: 'Go' }).click()
  await page.waitForURL(`**${pathOf(daysAgo(5))}`)
})

test('what is no day is said to be no page', async () => {
  for (const path of ['/2026/02/30', '/2026/13/01', '/0001/01/01']) {
    const answer = await fetch(web.origin + path)
    expect([path, answer.status]).toEqual([path, 404])
    expect(await answer.text()).toContain('no such page')
  }
})

test('a post unfolds what it answers in the stream, and its own page has the thread and what was said around it', async () => {
  const page = await open('/')
  const end = page.locator('article', { hasText: 'The end of it' }).last()
  await end.getByText('Show 2 earlier').click()
  expect(await end.locator('.earlier .text').allInnerTexts()).toEqual(['The root of a thread', 'The middle of it'])
  await end.locator('.earlier a.at').nth(1).click()
  await page.waitForURL('**/p/*')
  const part = (name: string) => page.getByRole('region', { name })
  expect(await part('What it answers').locator('.text').allInnerTexts()).toEqual(['The root of a thread'])
  expect(await part('One answer').locator('.text').allInnerTexts()).toEqual(['The end of it'])
  expect(await part('Around it').locator('li a').count()).toBeGreaterThan(1)
  expect(await page.content()).not.toContain('Among members')
})

test('activity counts posts per day and platform in a chart whose bars lead to days, and in a table', async () => {
  const page = await open('/activity')
  const row = page.locator('.daily tr', { hasText: dateOf(daysAgo(2)) })
  expect(await row.locator('td').allInnerTexts()).toEqual(['3', '1', '4'])
  expect(await page.locator('.daily tbody tr').count()).toBe(2)
  expect(await page.locator('.activity svg a').count()).toBe(3)
  await page.locator('.activity svg a').first().click()
  await page.waitForURL(`**${pathOf(daysAgo(5))}`)
})

test.each(['/activity', pathOf(daysAgo(2))])('axe finds nothing on %s', async (path) => {
  const page = await open(path)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
})
