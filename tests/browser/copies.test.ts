import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { settled } from '#tests/support/settled'
import { startWeb, type Web } from '#tests/support/web'

/** Copies of one thing, and folds in general, as a reader has them: on a real page, over several visits. */
const database = testDatabase()
const MINUTE_MS = 60_000
const START = Date.now()
const ago = (minutes: number) => new Date(START - minutes * MINUTE_MS)
const SAID = 'We measured MPI collectives on the new fabric and were surprised twice by the results'
const LONG = 'All that there is to say about queues, and then a little more of it. '.repeat(30)
const elsewhere = { ...ada, id: 'https://social.example/ada', name: 'Ada Example 🌻', handle: '@ada@social.example' }

let browser: Browser
let web: Web
const ids = new Map<string, number>()
const idOf = (externalId: string) => ids.get(externalId) ?? 0

beforeAll(async () => {
  await builtPages()
  const save = async (platform: string, posts: ReturnType<typeof aPost>[]) => {
    const { source, holder } = await heldSource(`source of ${platform}`, { platform, firstReadAt: ago(10_000) })
    await saveBatch(source, holder, aBatch(posts), new Date())
  }
  const filler = Array.from({ length: 40 }, (_, index) =>
    aPost(`filler-${index}`, { publishedAt: ago(200 + index), text: `Filler ${index}` }),
  )
  await save('bluesky', [
    aPost('first', { text: SAID, publishedAt: ago(30) }),
    aPost('long', { text: `The long one. ${LONG}`, publishedAt: ago(60) }),
    aPost('long-too', { text: `The other long one. ${LONG}`, publishedAt: ago(61) }),
    ...filler,
  ])
  await save('mastodon', [aPost('copy', { text: `${SAID} #HPC`, author: elsewhere, publishedAt: ago(25), replyCount: 4 })])
  for (const { id, external_id } of await database.db.execute<{ id: string; external_id: string }>(sql`select id, external_id from posts`))
    ids.set(external_id, Number(id))
  await database.db.execute(sql`update sources set last_success_at = now(), next_run_at = now() + interval '1 min'`)
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

async function aReader(): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
  onTestFinished(() => context.close())
  return context
}

/** Opens an address in a new tab, and waits until reading has begun. */
async function open(context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage()
  await settled(page, () => page.goto(web.origin + path))
  return page
}

const fold = (page: Page, name: string) => page.locator(`details[data-fold="${name}"]`)
const openFolds = (page: Page) =>
  page.locator('details[data-fold][open]').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.fold ?? '').toSorted())
const keptFolds = (page: Page) =>
  page.evaluate(() => Object.keys(JSON.parse(localStorage.getItem('backplane:reading') ?? '{}').unfolded ?? {}).toSorted())

test('what a reader unfolded is unfolded on the next visit, and what they folded again is folded', async () => {
  const context = await aReader()
  const [copies, long] = [`copies-${idOf('first')}`, `long-${idOf('long')}`]
  const first = await open(context)
  for (const name of [copies, long]) await fold(first, name).locator('summary').first().click()
  await expect.poll(() => keptFolds(first)).toEqual([copies, long].toSorted())
  const second = await open(context)
  expect(await openFolds(second)).toEqual([copies, long].toSorted())
  await fold(second, copies).locator('summary').first().click()
  await expect.poll(() => keptFolds(second)).toEqual([long])
  expect(await openFolds(await open(context))).toEqual([long])
  expect(await openFolds(await open(await aReader()))).toEqual([])
})

test('folds that open by themselves above the reader move nothing that they see', async () => {
  const context = await aReader()
  const page = await open(context)
  for (const id of ['long', 'long-too'])
    await fold(page, `long-${idOf(id)}`)
      .locator('summary')
      .first()
      .click()
  await expect.poll(() => keptFolds(page)).toHaveLength(2)
  const top = () => page.locator(`#l${idOf('filler-9')}`).evaluate((entry) => Math.round(entry.getBoundingClientRect().top))
  await page
    .locator(`#l${idOf('filler-9')}`)
    .evaluate((entry) => scrollBy({ top: entry.getBoundingClientRect().top - 300, behavior: 'instant' }))
  await page.waitForFunction(() => sessionStorage.getItem('backplane:at:/') !== null)
  const before = await top()
  await settled(page, () => page.reload())
  expect(await openFolds(page)).toHaveLength(2)
  await expect.poll(top).toBe(before)
})

test('a copy has its door, its address leads to the entry with it open, and feeds show the thing once', async () => {
  const page = await open(await aReader())
  const entry = page.locator(`[data-entry="${idOf('first')}"]`)
  expect(await entry.locator('.doors').textContent()).toMatch(/^Also:\s*Mastodon\s+4 replies there$/)
  await page.goto(`${web.origin}/p/${idOf('copy')}`)
  expect(await page.locator('h1').textContent()).toBe('Post')
  expect(await page.locator(`details.copies[open] #l${idOf('copy')}`).textContent()).toContain(SAID)
  for (const platform of ['bluesky', 'mastodon']) {
    await page.goto(`${web.origin}/?platform=${platform}`)
    expect(await page.locator(`[data-entry="${idOf('first')}"]`).count()).toBe(1)
  }
  for (const feed of ['feed.json', 'atom.xml', 'rss.xml']) {
    const body = await (await page.request.get(`${web.origin}/${feed}`)).text()
    // An item tells its text as HTML, and feeds of JSON as plain text, too.
    expect(body.split(`/p/${idOf('copy')}"`).length + body.split(`/p/${idOf('copy')}<`).length, feed).toBe(2)
    expect(body, feed).toContain(SAID)
  }
})

test('to mute an account takes its copy out of the front, and to mute a person takes all of theirs', async () => {
  const page = await open(await aReader())
  const mute = async (person: string) => {
    await page.goto(`${web.origin}/p/${idOf('first')}#choose`)
    const href = await page
      .locator('#choose a', { hasText: `Mute ${person}` })
      .first()
      .getAttribute('href')
    return new URL(href ?? '', web.origin)
  }
  // The two accounts have names that go together, and either leads to both.
  for (const person of ['Ada Example', 'Ada Example 🌻']) {
    const told = decodeURIComponent((await mute(person)).search)
    expect(told).toContain(`bluesky:${ada.id}`)
    expect(told).toContain(`mastodon:${elsewhere.id}`)
  }
})
