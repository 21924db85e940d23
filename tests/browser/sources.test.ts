import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerKey } from '#lib/server/owner-key'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { rawStatus, serveMastodon } from '#tests/support/mastodon-server'
import { rawSubmission, serveReddit } from '#tests/support/reddit-server'
import { serve } from '#tests/support/server'
import { get, startWeb, type Web } from '#tests/support/web'

/** A new owner pastes ten things into a real Chromium: what each is, what it will be, and what it is not. Stand-ins answer, on loopback. */
const database = testDatabase()
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)
const ALVA = 'did:plc:alvaaaaaaaaaaaaaaaaaaaaa'
/** Where somebody wants to look at what they made: a folder for screenshots. */
const SHOTS = process.env.SHOTS

const folder = mkdtempSync(join(tmpdir(), 'backplane-sources-'))
const file = join(folder, 'sources.yaml')
let browser: Browser
let web: Web
let key: string
let blog: Awaited<ReturnType<typeof serve>>
let bluesky: Awaited<ReturnType<typeof serve>>
let mastodon: Awaited<ReturnType<typeof serveMastodon>>
let reddit: Awaited<ReturnType<typeof serveReddit>>

beforeAll(async () => {
  await builtPages()
  blog = await serveBlog()
  bluesky = await serveBluesky()
  mastodon = await serveMastodon()
  const { origin } = mastodon
  mastodon.routes['/api/v1/accounts/lookup'] = ({ url }) =>
    url.searchParams.get('acct') === 'ada' ? { body: { id: '1', acct: 'ada' } } : { status: 404, body: { error: 'Record not found' } }
  mastodon.add(
    ...[1, 2, 3, 4, 5, 6, 7].map((n) =>
      rawStatus(
        n,
        {
          created_at: ago(24 * (8 - n)).toISOString(),
          content: `<p>Said ${n} of <a href="${origin}/tags/hpc" class="mention hashtag">#hpc</a></p>`,
        },
        origin,
      ),
    ),
  )
  reddit = await serveReddit()
  reddit.add(...[1, 2, 3].map((n) => rawSubmission(n)))
  writeFileSync(file, `# Ours\n- feed: { url: ${blog.origin}/known.xml, name: Known }\n`)
  web = await startWeb({ DATABASE_URL: database.url, SOURCES: file, TRUSTED_HOSTS: 'localhost' })
  key = ownerKey(web.dataDir)
  browser = await launchChromium()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await Promise.all([blog, bluesky, mastodon, reddit].map((server) => server?.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function asOwner(options: BrowserContextOptions, look: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext(options)
  try {
    const page = await context.newPage()
    await page.goto(`${web.origin}/sources/new?key=${key}`)
    await look(page)
  } finally {
    await context.close()
  }
}

async function paste(page: Page, what: string): Promise<void> {
  await page.goto(`${web.origin}/sources/new`)
  await page.getByLabel('A link, handle or name').fill(what)
  await page.getByRole('button', { name: 'Look at it' }).click()
  await page.waitForURL(/\/sources\/new\?paste=/)
}

const looked = (page: Page) => page.locator('.looked')
const previews = (page: Page) => page.locator('.preview article')
const named = async () => (await database.db.execute<{ name: string }>(sql`select name from sources order by id`)).map(({ name }) => name)

describe.each([
  ['without JavaScript', { javaScriptEnabled: false }],
  ['on a phone', phone],
] as [string, BrowserContextOptions][])('a new owner %s', (how, options) => {
  test('pastes ten things, and is told of each what it is', async () => {
    await database.db.execute(sql`truncate sources, pasted cascade`)
    await asOwner(options, async (page) => {
      // A blog's page.
      await paste(page, `${blog.origin}/`)
      expect(await looked(page).locator('h2').first().textContent()).toBe('This is a feed: Ada writes')
      expect(await looked(page).locator('.steps').allTextContents()).toEqual([expect.stringContaining('/feed.xml')])
      expect(await previews(page).locator('h3').allTextContents()).toEqual(['Post 1', 'Post 2', 'Post 3', 'Post 4', 'Post 5'])
      expect(await looked(page).textContent()).toMatch(/About \d+ posts a (week|month)\. It is read every 30 minutes\./)
      await shoot(page, `look-${how}`)
      await page.getByRole('button', { name: 'Add it' }).click()
      await page.waitForURL(/added=/)
      expect(await page.getByRole('status').textContent()).toContain('“Ada writes” was added')
      // A profile, a hashtag, and a server that could be a blog.
      await paste(page, `${mastodon.origin}/@ada`)
      expect(await looked(page).textContent()).toContain(`knows @ada@${mastodon.host} as account 1`)
      expect(await previews(page).count()).toBe(5)
      await paste(page, `${mastodon.origin}/tags/HPC`)
      expect(await looked(page).textContent()).toContain('a Mastodon hashtag')
      await page.getByRole('button', { name: 'Add it' }).click()
      await page.waitForURL(/added=/)
      await paste(page, mastodon.origin)
      // It is followed already, so that it is no blog.
      expect(await looked(page).locator('h2').first().textContent()).toContain('the local timeline of a Mastodon server')
      // Accounts and places whose stand-ins are named in an entry.
      await paste(page, `bluesky: { author: alva.example.org, service: ${bluesky.origin}, jetstream: ws://127.0.0.1:9/subscribe }`)
      expect(await looked(page).textContent()).toContain(`@alva.example.org is ${ALVA}`)
      expect(await previews(page).count()).toBe(1)
      await paste(page, `reddit: { subreddit: hpc, api: ${reddit.origin} }`)
      expect(await previews(page).locator('h3').allTextContents()).toEqual(['Submission 3', 'Submission 2', 'Submission 1'])
      expect(await looked(page).textContent()).toContain('No comment counts')
      // One without consent.
      await paste(page, '#hpc on Libera')
      expect(await looked(page).textContent()).toContain('It is off until you have been given leave')
      await looked(page).locator('summary', { hasText: 'The letter' }).click()
      expect(await looked(page).locator('.letter pre').textContent()).toContain('Dear operators of #hpc on Libera.Chat')
      await shoot(page, `consent-${how}`)
      await page.getByRole('button', { name: 'Add it' }).click()
      await page.waitForURL(/added=/)
      expect(await page.getByRole('status').textContent()).toContain('off until')
      // One private.
      await paste(page, 'https://example.slack.com/archives/D0123456789')
      expect(await looked(page).getByRole('alert').textContent()).toContain('direct message or a private channel')
      expect(await page.getByRole('button', { name: 'Add it' }).count()).toBe(0)
      // One wrong, and what it could mean.
      await paste(page, 'exascale')
      expect(await looked(page).getByRole('alert').textContent()).toContain('no link, handle or name')
      expect(await looked(page).locator('.others li').count()).toBe(3)
      await shoot(page, `wrong-${how}`)
      await looked(page)
        .getByRole('button', { name: /a Mastodon hashtag: #exascale on/ })
        .click()
      await page.waitForURL(/paste=/)
      expect(await looked(page).locator('h2').first().textContent()).toMatch(/a Mastodon hashtag|cannot be read/)
      // A list at an address, and one that is pasted, to choose from.
      await paste(page, `${blog.origin}/subscriptions.opml`)
      await page.getByLabel(/Three/).waitFor()
      await page.getByRole('button', { name: 'Add what is chosen' }).click()
      await page.waitForURL(/many=1/)
      await paste(
        page,
        `<opml version="2.0"><body><outline text="One" xmlUrl="${blog.origin}/one.xml"/><outline text="Known" xmlUrl="${blog.origin}/feed.xml"/><outline text="Two" xmlUrl="${blog.origin}/two.xml"/></body></opml>`,
      )
      expect(await page.getByLabel(/Known/).isDisabled()).toBe(true)
      await page.getByLabel(/Two/).uncheck()
      await shoot(page, `list-${how}`)
      await page.getByRole('button', { name: 'Add what is chosen' }).click()
      await page.waitForURL(/many=1/)
    })
    expect(await named()).toEqual(['Ada writes', `#hpc on ${mastodon.host}`, '#hpc on Libera.Chat', 'Three', 'One'])
  }, 120_000)
})

test('what differs from the file is shown, can be changed, and is exported into it', async () => {
  await asOwner({ javaScriptEnabled: false }, async (page) => {
    await page.goto(`${web.origin}/sources`)
    const manage = page.locator('#manage')
    expect(await manage.locator('.changed li b').allTextContents()).toEqual([
      'Ada writes',
      `#hpc on ${mastodon.host}`,
      '#hpc on Libera.Chat',
      'Three',
      'One',
    ])
    expect(await manage.textContent()).toContain('In the file, and read from the next start: Known.')
    await manage.getByRole('button', { name: 'Remove: One' }).click()
    await page.waitForURL(/\/sources#manage/)
    await manage.getByLabel('Pause a source').selectOption({ label: 'Ada writes' })
    await manage.getByRole('button', { name: 'Pause', exact: true }).click()
    await manage.getByRole('button', { name: 'Read it again: Ada writes' }).waitFor()
    await shoot(page, 'differs')
  })
  const headers = { host: 'localhost', authorization: `Bearer ${key}` }
  const { text } = await get(web.port, '/sources/export', headers)
  expect(text.startsWith('# Ours\n- feed: { url: ')).toBe(true)
  const { sources, problems } = parseSourcesFile(text)
  expect(problems).toEqual([])
  expect(sources.map(({ name, paused = false }) => `${name}${paused ? ', paused' : ''}`)).toEqual([
    'Known',
    'Ada writes, paused',
    `#hpc on ${mastodon.host}`,
    '#hpc on Libera.Chat',
    'Three',
  ])
  const [deed] = await database.db.execute<{ what: string }>(sql`select what from audit_log order by id desc limit 1`)
  expect(deed?.what).toBe('paused a source')
})

test('an entry that is not right yet is shown again, with why', async () => {
  await asOwner({ javaScriptEnabled: false }, async (page) => {
    await paste(page, `${mastodon.origin}/@ada`)
    await page.locator('.add summary').click()
    await page.getByLabel('As it will stand').fill('- feed: { url: https://blog.example.org/feed, every: soon }')
    await page.getByRole('button', { name: 'Add it' }).click()
    await page.waitForURL(/draft=/)
    expect(await page.getByRole('alert').textContent()).toContain('every')
    expect(await page.getByLabel('As it will stand').inputValue()).toContain('every: soon')
  })
})

test('nobody but the owner looks, adds, changes or exports', async () => {
  const before = await named()
  const form = { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' }
  for (const path of ['/sources/new/look', '/sources/new/add', '/sources/change']) {
    expect((await get(web.port, path, { ...form, 'content-length': '8' }, 'POST', 'what=hpc')).status, path).toBe(403)
    const foreign = { ...form, authorization: `Bearer ${key}`, 'sec-fetch-site': 'cross-site', 'content-length': '8' }
    expect((await get(web.port, path, foreign, 'POST', 'what=hpc')).status, `${path} from elsewhere`).toBe(403)
  }
  expect((await get(web.port, '/sources/export', { host: 'localhost' })).status).toBe(404)
  for (const path of ['/sources/new', '/setup'])
    expect((await get(web.port, path, { host: 'localhost' })).text).toContain('Only the owner of this instance')
  expect(await named()).toEqual(before)
})

test('the page to set up channels says of each what works, what the rest takes, and whom to ask', async () => {
  await asOwner({ javaScriptEnabled: false }, async (page) => {
    await page.goto(`${web.origin}/setup`)
    expect(await page.locator('.setup h2').allTextContents()).toEqual(
      expect.arrayContaining(['Bluesky', 'Mastodon', 'Reddit', 'IRC', 'Slack', 'X', 'Threads', 'LinkedIn']),
    )
    for (const [platform, whom] of [
      ['IRC', 'Dear operators of #hpc on Libera.Chat'],
      ['Slack', 'Dear owners of HPC.social'],
      ['Reddit', 'Dear Reddit'],
    ]) {
      const section = page.locator('.setup', { has: page.getByRole('heading', { name: platform, exact: true }) })
      await section.locator('summary').first().click()
      expect(await section.locator('pre').first().textContent()).toContain(whom)
      expect(await section.textContent()).toContain('npm run source -- permit')
    }
    await shoot(page, 'setup')
  })
})

test.each([
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', phone],
] as [string, BrowserContextOptions][])(
  'is drawn for every eye: %s',
  async (name, options) => {
    await asOwner(options, async (page) => {
      for (const [shot, show] of [
        ['paste', async () => void (await page.goto(`${web.origin}/sources/new`))],
        ['looked', () => paste(page, `${mastodon.origin}/tags/hpc`)],
        ['setup', async () => void (await page.goto(`${web.origin}/setup`))],
        ['sources', async () => void (await page.goto(`${web.origin}/sources`))],
      ] as [string, () => Promise<void>][]) {
        await show()
        expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${shot}: ${id} ${nodes[0]?.html}`)).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
          `${shot} fits`,
        ).toBe(true)
        await shoot(page, `${shot}-${name}`)
      }
    })
  },
  90_000,
)

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name.replace(/\W+/g, '-')}.png`), fullPage: true })
}

function serveBlog() {
  const item = (n: number) =>
    `<item><title>Post ${n}</title><link>https://blog.example.org/${n}</link><guid>post-${n}</guid><pubDate>${ago(n * 40).toUTCString()}</pubDate><description>What post ${n} says of queues and file systems.</description></item>`
  const feed = `<rss version="2.0"><channel><title>Ada writes</title>${[1, 2, 3, 4, 5, 6, 7].map(item).join('')}</channel></rss>`
  return serve({
    '/': {
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed.xml">',
    },
    '/feed.xml': { headers: { 'content-type': 'application/rss+xml' }, body: feed },
    '/subscriptions.opml': {
      body: '<opml version="2.0"><body><outline text="Three" xmlUrl="https://three.example.org/feed"/></body></opml>',
    },
  })
}

function serveBluesky() {
  const person = { did: ALVA, handle: 'alva.example.org', displayName: 'Alva' }
  const record = { $type: 'app.bsky.feed.post', text: 'Our queue is long today.', createdAt: ago(3).toISOString() }
  const post = {
    uri: `at://${ALVA}/app.bsky.feed.post/one`,
    cid: `bafyrei${'a'.repeat(52)}`,
    author: person,
    indexedAt: ago(3).toISOString(),
    record,
  }
  return serve({
    '/xrpc/app.bsky.actor.getProfile': { body: person },
    '/xrpc/app.bsky.actor.getProfiles': { body: { profiles: [person] } },
    '/xrpc/app.bsky.feed.getAuthorFeed': { body: { feed: [{ post }] } },
    '/xrpc/app.bsky.feed.getPosts': { body: { posts: [post] } },
  })
}
