import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { linkIn, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { freePort } from '#tests/support/server'
import { settled } from '#tests/support/settled'
import { type SmtpStandIn, serveSmtp } from '#tests/support/smtp-server'
import type { Web } from '#tests/support/web'

/** Somebody joins a community, at a desk and on a phone: a real browser, a real web process, mail over real SMTP. */
const database = testDatabase()
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
const desktop = { viewport: { width: 1200, height: 800 } }
const MINUTE = 60_000

let browser: Browser
let web: Web
let smtp: SmtpStandIn
let env: { [name: string]: string }
let origin: string

beforeAll(async () => {
  await builtPages()
  smtp = await serveSmtp()
  const port = await freePort()
  origin = `http://localhost:${port}`
  env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test', PUBLIC_URL: origin }
  await runOwner(['olga@board.example'], env)
  await runOwner(['--member', 'mara@board.example'], env)
  const room = await heldSource('A room', { platform: 'mastodon', firstReadAt: new Date(0) })
  const said = Array.from({ length: 60 }, (_, index) =>
    aPost(`room:${index}`, {
      ...{ publishedAt: new Date(Date.now() - (index + 1) * 30 * MINUTE), audience: index % 2 ? 'members' : 'public' },
      text: `${index % 2 ? 'Among members' : 'For everybody'} ${index}. ${'Said at some length. '.repeat(8)}`,
    }),
  )
  await saveBatch(room.source, room.holder, aBatch(said), new Date())
  web = await startCommunity({ ...env, PORT: String(port), SMTP_URL: smtp.url })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await smtp?.close()
})

async function aBrowser(options: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  return context
}

/** Opens a link, and presses the button on its page. */
async function signIn(page: Page, email = 'mara@board.example'): Promise<void> {
  const { said } = await runOwner(['--member', email], env)
  await page.goto(origin + linkIn(said))
  await page.getByRole('button', { name: 'Sign in here' }).click()
  await page.waitForURL(`${origin}/`)
}

test.each([
  ['at a desk', desktop, true],
  ['on a phone', phone, true],
  ['without JavaScript', desktop, false],
])('%s: a link is asked for, comes by mail, and signs in; then out', async (_where, options, javaScriptEnabled) => {
  const page = await (await aBrowser({ ...options, javaScriptEnabled })).newPage()
  await page.goto(origin)
  expect(await page.getByText('Among members').count()).toBe(0)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('Your mail address').fill('mara@board.example')
  smtp.received.length = 0
  await page.getByRole('button', { name: 'Send me a link' }).click()
  await page.getByText('If this address may sign in').waitFor()
  await expect.poll(() => smtp.received.length).toBe(1)
  const mail = smtp.received[0]?.raw.replace(/=\r\n/g, '').replace(/=3D/g, '=') ?? ''
  await page.goto(origin + linkIn(mail))
  await page.getByRole('button', { name: 'Sign in here' }).click()
  await page.waitForURL(`${origin}/`)
  expect(await page.getByText('Among members').count()).toBeGreaterThan(5)
  await page.getByRole('link', { name: 'Account', exact: true }).click()
  await page.getByText('You are signed in as mara@board.example').waitFor()
  await page.getByRole('button', { name: 'Sign out here' }).click()
  await page.waitForURL(`${origin}/`)
  expect(await page.getByText('Among members').count()).toBe(0)
})

test('what is read on one device is read on the other, and a theme chosen there is worn here', async () => {
  const [desk, hand] = [await (await aBrowser(desktop)).newPage(), await (await aBrowser(phone)).newPage()]
  await signIn(desk)
  await settled(desk, () => desk.goto(origin))
  const unread = (page: Page) => page.locator('[data-unread]').evaluateAll((slots) => slots.map((slot) => slot.textContent).join())
  const before = await unread(desk)
  for (let turn = 0; turn < 30; turn++) {
    await desk.mouse.wheel(0, 250)
    await desk.waitForTimeout(120)
  }
  await expect.poll(() => unread(desk)).not.toBe(before)
  const readOn = (page: Page) =>
    page.evaluate(() => JSON.parse(localStorage.getItem(`backplane:reading:${document.documentElement.dataset.account}`) ?? '{}').sources)
  const inAccount = async () => {
    const [row] = await database.db.execute<{ sources: object | null }>(
      sql`select reading->'sources' as sources from account_keeps k join accounts a on a.id = k.account_id where a.email = 'mara@board.example'`,
    )
    return row?.sources
  }
  // A while after the last change, or as the page is left.
  await expect.poll(inAccount).toEqual(await readOn(desk))
  expect(Object.keys(await readOn(desk)).length).toBeGreaterThan(0)
  await desk.goto(`${origin}/settings`)
  await desk.getByLabel('Dark', { exact: true }).check()
  await desk.getByRole('button', { name: 'Save' }).click()
  await desk.getByRole('status').waitFor()
  await signIn(hand)
  await settled(hand, () => hand.goto(origin))
  expect(await hand.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
  await expect.poll(() => readOn(hand)).toEqual(await inAccount())
})

test.each(['/sign-in', '/sign-in/link?token=x', '/account'])('%s is read by ear as well', async (path) => {
  const page = await (await aBrowser(desktop)).newPage()
  await signIn(page)
  await page.goto(origin + path)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
})
