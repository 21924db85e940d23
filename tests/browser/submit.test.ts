import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { fromText } from '#connectors/html'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { linkOf, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { freePort } from '#tests/support/server'
import type { Web } from '#tests/support/web'

/** Members hand in links of networks that no program may read, as people do it: a real browser, a real community. */
const database = testDatabase()
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

let browser: Browser
let web: Web
let env: { [name: string]: string }
let origin: string

beforeAll(async () => {
  await builtPages()
  const port = await freePort()
  origin = `http://localhost:${port}`
  env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test', PUBLIC_URL: origin }
  await runOwner(['olga@board.example'], env)
  const { source, holder } = await heldSource('A blog', { platform: 'feed', firstReadAt: new Date(0) })
  const article = { url: 'https://blog.example/2026/checkpoints', title: 'Checkpoints', html: fromText('At length.') }
  await saveBatch(source, holder, aBatch([aPost('article', { ...article, publishedAt: new Date(Date.now() - 3_600_000) })]), new Date())
  web = await startCommunity({ ...env, PORT: String(port) })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

/** A page of somebody who is signed in. */
async function pageOf(email: string, role: 'member' | 'owner', options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(origin + (await linkOf(email, role, env)))
  await page.getByRole('button', { name: 'Sign in here' }).click()
  await page.waitForURL(`${origin}/`)
  return page
}

async function handIn(page: Page, fields: { [label: string]: string }): Promise<void> {
  await page.goto(origin)
  await page.getByRole('link', { name: 'Submit a link' }).first().click()
  await page.waitForURL(`${origin}/submit`)
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value)
  await page.getByRole('button', { name: 'Submit it' }).click()
}

test.each([
  ['at a desk', {}, '1'],
  ['on a phone', phone, '2'],
  ['without JavaScript', { javaScriptEnabled: false }, '3'],
])('%s: a link that a member hands in is a card of its network, for everybody, with their name', async (_where, options, number) => {
  const page = await pageOf('mara@board.example', 'member', options)
  const address = `https://www.linkedin.com/posts/wanda_hpc-${number}`
  await handIn(page, { Link: address, 'What it says': `On queues, part ${number}`, 'What you say of it': 'Worth it.', 'Your name': 'Mara' })
  await page.waitForURL(/\/p\/\d+$/)

  const anybody = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
  onTestFinished(() => anybody.context().close())
  await anybody.goto(origin)
  const post = anybody.locator('article', { hasText: `On queues, part ${number}` })
  expect(await post.getAttribute('data-network')).toBe('linkedin')
  expect(await post.locator('a.card').getAttribute('href')).toMatch(new RegExp(`linkedin\\.com/posts/wanda_hpc-${number}$`))
  expect(await post.textContent()).toMatch(/LinkedIn/)
  expect(await post.textContent()).toMatch(/Submitted by\s*Mara/)
  expect(await post.textContent()).toContain('Mara: “Worth it.”')
  expect(await post.textContent()).toContain('not fetched: replies and changes are not known')
})

test('the same link by another member is the same entry, with both names; an article that is here is one with the link to it', async () => {
  const [mara, bo] = [await pageOf('mara@board.example', 'member'), await pageOf('bo@board.example', 'member')]
  await handIn(mara, { Link: 'https://x.com/queue_weather/status/7?s=20', 'What it says': 'Rain in the queue', 'Your name': 'Mara' })
  await mara.waitForURL(/\/p\/\d+$/)
  await handIn(bo, {
    Link: 'https://mobile.twitter.com/queue_weather/status/7',
    'What it says': 'Rain!',
    'What you say of it': 'Here, too.',
    'Your name': 'Bo',
  })
  await bo.waitForURL(mara.url())
  await handIn(bo, {
    Link: 'https://blog.example/2026/checkpoints?utm_source=mail',
    'What it says': 'About checkpoints',
    'What you say of it': 'Read this.',
    'Your name': 'Bo',
  })
  await bo.waitForURL(/\/p\/\d+$/)

  await bo.goto(origin)
  const rain = bo.locator('article', { hasText: 'Rain in the queue' })
  expect(await rain.count()).toBe(1)
  expect(await rain.textContent()).toContain('Bo: “Here, too.”')
  expect(await rain.locator('.share').textContent()).toMatch(/^Submitted by (Mara and Bo|Bo and Mara)/)
  const article = bo.locator('[data-entry]', { hasText: 'Checkpoints' })
  expect(await article.count()).toBe(1)
  expect(await bo.locator('[data-entry]', { hasText: 'Read this.' }).count()).toBe(1)
  expect(await article.locator('.copies').count()).toBe(1)
})

test('what is wrong is said beside what was filled in; who is not signed in is told that they cannot; the owner takes a link back', async () => {
  const page = await pageOf('mara@board.example', 'member', { javaScriptEnabled: false })
  await handIn(page, { Link: 'https://localhost/nowhere', 'What it says': 'Nowhere', 'Your name': 'Mara' })
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('alert').textContent()).toBe('That is no link. It begins with https://.')
  expect(await page.getByLabel('What it says', { exact: true }).inputValue()).toBe('Nowhere')
  expect(await page.getByRole('button', { name: /Withdraw/ }).count()).toBe(0)
  await page.getByLabel('Link', { exact: true }).fill('https://talks.example/nowhere')
  await page.getByRole('button', { name: 'Submit it' }).click()
  await page.waitForURL(/\/p\/\d+$/)

  const nobody = await (await browser.newContext()).newPage()
  onTestFinished(() => nobody.context().close())
  await nobody.goto(`${origin}/submit`)
  await nobody.getByText('Who reads here without signing in cannot hand in links.').waitFor()
  expect(await nobody.locator('main form').count()).toBe(0)

  const olga = await pageOf('olga@board.example', 'owner')
  await olga.goto(`${origin}/submit`)
  const { violations } = await new AxeBuilder({ page: olga }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
  await olga.getByRole('button', { name: 'Withdraw Nowhere' }).click()
  await olga.getByText('The link was withdrawn. It does not come back.').waitFor()
  await olga.goto(origin)
  expect(await olga.locator('article', { hasText: 'Nowhere' }).count()).toBe(0)
})
