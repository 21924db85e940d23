import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { inviteAccount } from '#db/accounts'
import { accountClaims, accountLinks, keptApart, people } from '#db/people-schema'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { linkOf, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { freePort, serve } from '#tests/support/server'
import type { Web } from '#tests/support/web'

/** A member proves which accounts elsewhere are theirs: a real browser, a real web process, a stand-in for a server of the fediverse. */
const database = testDatabase()
const desktop = { viewport: { width: 1200, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
/** Where somebody wants to look at what they made: a folder for screenshots. */
const SHOTS = process.env.SHOTS

let bios: { [name: string]: string } = {}
let browser: Browser
let web: Web
let env: { [name: string]: string }
let origin: string

const server = await serve({
  '*': ({ url }) => {
    if (url.pathname === '/api/v2/instance') return { body: { domain: server.host } }
    const name = url.searchParams.get('acct') ?? /^\/api\/v1\/accounts\/(\w+)$/.exec(url.pathname)?.[1] ?? ''
    const note = bios[name]
    if (note === undefined) return { status: 404, body: { error: 'Record not found' } }
    return { body: { id: name, acct: name, url: `${server.origin}/@${name}`, note: `<p>${note}</p>`, fields: [] } }
  },
})

async function said(platform: string, id: string, text: string, change = {}): Promise<void> {
  const { source, holder } = await heldSource(`${platform} ${id} ${text}`, { platform, firstReadAt: new Date(0) })
  const author = { ...ada, id, name: 'Mara Example', handle: `@${id}`, url: null }
  await saveBatch(
    source,
    holder,
    aBatch([aPost(`${platform} ${id} ${text}`, { author, text, publishedAt: new Date(), ...change })]),
    new Date(),
  )
}

beforeAll(async () => {
  await builtPages()
  const port = await freePort()
  origin = `http://localhost:${port}`
  env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test', PUBLIC_URL: origin }
  await inviteAccount('olga@board.example', 'owner')
  await said('mastodon', `mara@${server.host}`, 'Said on a server of the fediverse')
  await said('irc', 'libera/=mara', 'Said in the channel')
  web = await startCommunity({ ...env, PORT: String(port), TRUSTED_HOSTS: '127.0.0.1' })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await server.close()
})

async function aPage(options: BrowserContextOptions, email?: string): Promise<Page> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  if (!email) return page
  await page.goto(origin + (await linkOf(email, 'member', env)))
  await page.getByRole('button', { name: 'Sign in here' }).click()
  await page.waitForURL(`${origin}/`)
  return page
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true })
}

test.each([
  ['without JavaScript', { ...desktop, javaScriptEnabled: false }],
  ['on a phone', phone],
] as [string, BrowserContextOptions][])(
  '%s: somebody proves two accounts, has a page of both, and unlinks one there',
  async (how, options) => {
    for (const table of [people, keptApart, accountLinks, accountClaims]) await database.db.delete(table)
    bios = { mara: 'HPC' }
    const page = await aPage(options, 'mara@board.example')
    const elsewhere = page.locator('#elsewhere')
    const name = page.getByLabel('An account of yours')
    await page.goto(`${origin}/account`)
    await name.fill('nonsense without a name')
    await elsewhere.getByRole('button', { name: 'Get a code' }).click()
    await expect.poll(() => elsewhere.getByRole('alert').textContent()).toContain('no account that can be looked at')

    await name.fill(`${server.origin}/@mara`)
    await elsewhere.getByRole('button', { name: 'Get a code' }).click()
    const first = elsewhere.locator('li').first()
    await expect.poll(() => first.textContent()).toContain('into the bio or a field of your Mastodon profile')
    const code = (await first.locator('code').first().textContent()) ?? ''
    expect(code).toMatch(/^backplane-claim-\w{12}$/)
    await first.getByRole('button', { name: 'Check now' }).click()
    await expect.poll(() => first.getByRole('alert').textContent()).toContain('not there yet')
    await shoot(page, `code-${how}`)
    bios.mara = `HPC ${code}`
    await first.getByRole('button', { name: 'Check now' }).click()
    await expect.poll(() => first.textContent()).toContain('Yours since')

    await name.fill('mara on Libera')
    await elsewhere.getByRole('button', { name: 'Get a code' }).click()
    const second = elsewhere.locator('li').nth(1)
    await expect.poll(() => second.textContent()).toContain('while you are identified to NickServ')
    await said('irc', 'libera/=mara', (await second.locator('code').first().textContent()) ?? '')
    await second.getByRole('button', { name: 'Check now' }).click()
    await expect.poll(() => second.textContent()).toContain('Yours since')
    // It is a script itself.
    if (options.javaScriptEnabled !== false) {
      const { violations } = await new AxeBuilder({ page }).include('#elsewhere').analyze()
      expect(violations.map(({ id }) => id)).toEqual([])
    }
    await shoot(page, `proved-${how}`)

    // Nobody else sees a code, or may unlink; what they see is who it is, and how that is known.
    const stranger = await aPage(options)
    await stranger.goto(`${origin}/people/mara`)
    expect(await stranger.textContent('body')).toContain('identified to NickServ')
    expect(await stranger.textContent('#posts')).toContain('Said on a server of the fediverse')
    expect(await stranger.textContent('#posts')).toContain('Said in the channel')
    expect(await stranger.getByRole('button', { name: /nlink|not the same person/ }).count()).toBe(0)
    const other = await aPage(options, 'other@board.example')
    for (const path of ['/account', '/people/mara']) {
      await other.goto(origin + path)
      expect(await other.content()).not.toContain(code)
      expect(await other.getByRole('button', { name: /nlink|not the same person/ }).count()).toBe(0)
    }

    await elsewhere.getByRole('link', { name: 'your page' }).click()
    await page.waitForURL(/\/people\/mara$/)
    await shoot(page, `person-${how}`)
    await page.getByRole('button', { name: 'Unlink this account of mine' }).first().click()
    await expect.poll(() => elsewhere.textContent()).toContain('Unlinked, at once')
    expect((await fetch(`${origin}/people/mara`)).status).toBe(404)
    expect(await elsewhere.locator('li').count()).toBe(1)
    await elsewhere.getByRole('button', { name: 'Unlink' }).click()
    await expect.poll(() => elsewhere.textContent()).toContain('Unlinked, at once')
    expect(await elsewhere.locator('li').count()).toBe(0)
  },
  240_000,
)
