import { createServer } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inviteAccount } from '#db/accounts'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { linkOf, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import type { Web } from '#tests/support/web'

/** A page that was made for somebody else, in a browser: its scripts run under a policy of hashes, and it is as alive as one's own. */
const database = testDatabase()
let browser: Browser
let web: Web
let env: { [name: string]: string }
let origin: string
let blog: Awaited<ReturnType<typeof heldSource>>

beforeAll(async () => {
  await builtPages()
  const port = await freePort()
  origin = `http://localhost:${port}`
  env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test', PUBLIC_URL: origin }
  await inviteAccount('olga@board.example', 'owner')
  blog = await heldSource('A blog', { platform: 'feed', firstReadAt: new Date(0) })
  const room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: new Date(0) })
  await saveBatch(blog.source, blog.holder, aBatch([aPost('one', { text: 'said to everybody' })]), new Date())
  await saveBatch(room.source, room.holder, aBatch([aPost('room:1', { text: 'said among us', audience: 'members' })]), new Date())
  web = await startCommunity({ ...env, PORT: String(port) })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Opens a page that is kept by then, and returns what its browser complained of. */
async function openKept(page: Page, path: string): Promise<string[]> {
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  // As the browser will ask: the zone is a cookie once a page ran in it.
  await page.goto(origin + path)
  await page.waitForFunction(() => document.cookie.includes('zone='))
  const answer = await page.goto(origin + path)
  expect(await answer?.headerValue('content-security-policy')).toMatch(/script-src 'self' 'sha256-[^;]*; style-src 'self';/)
  // React marks the document once it has taken it over.
  await page.waitForFunction(() => Object.keys(document).some((name) => name.startsWith('__react')))
  return complaints
}

test.each(['/', '/sources', '/activity', '/about', '/search?q=said'])(
  '%s: its scripts run, and nothing is refused',
  { timeout: 60_000 },
  async (path) => {
    const page = await browser.newPage()
    expect(await openKept(page, path)).toEqual([])
    await page.close()
  },
)

test('a script that got into a kept page does not run', { timeout: 60_000 }, async () => {
  const page = await browser.newPage()
  await openKept(page, '/')
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.body.append(script)
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    return 'ran' in window
  })
  expect(ran).toBe(false)
  await page.close()
})

test('what is new is told on a kept page, and stands on it when it is asked for', { timeout: 60_000 }, async () => {
  const page = await browser.newPage()
  await openKept(page, '/')
  await saveBatch(blog.source, blog.holder, aBatch([aPost('two', { text: 'said later', publishedAt: new Date() })]), new Date())
  await page.locator('.news button.pill').click({ timeout: 20_000 })
  await page.getByText('said later').first().waitFor()
  await page.close()
})

test('who signs in sees their own page from then on, and who signs out the page of everybody', { timeout: 90_000 }, async () => {
  const page = await browser.newPage()
  await openKept(page, '/')
  expect(await page.content()).not.toContain('said among us')
  await page.goto(origin + (await linkOf('mia@board.example', 'member', env)))
  await page.getByRole('button', { name: /sign in/i }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  await page.goto(`${origin}/`)
  await page.getByText('said among us').first().waitFor()
  await page.goto(`${origin}/account`)
  await page
    .getByRole('button', { name: /^sign out/i })
    .first()
    .click()
  await page.waitForURL((url) => url.pathname !== '/account')
  await page.goto(`${origin}/`)
  expect(await page.content()).not.toContain('said among us')
  await page.close()
})
