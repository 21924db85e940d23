import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { rawStatus, serveMastodon } from '#tests/support/mastodon-server'
import { type Program, startProgram, temporaryFolder } from '#tests/support/program'
import { rawSubmission, serveReddit } from '#tests/support/reddit-server'
import { serve } from '#tests/support/server'

/** A new user's way through the whole program: the printed address, ten things pasted, and the posts of what was added in the timeline. */
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)
const folder = temporaryFolder()
let browser: Browser
let program: Program
let blog: Awaited<ReturnType<typeof serve>>
let bare: Awaited<ReturnType<typeof serve>>
let mastodon: Awaited<ReturnType<typeof serveMastodon>>
let reddit: Awaited<ReturnType<typeof serveReddit>>

beforeAll(async () => {
  await builtPages()
  const item = (n: number) =>
    `<item><title>Post ${n}</title><link>https://blog.example.org/${n}</link><guid>post-${n}</guid><pubDate>${ago(n).toUTCString()}</pubDate><description>What post ${n} says of queues.</description></item>`
  const rss = (title: string, items: string) => ({
    headers: { 'content-type': 'application/rss+xml' },
    body: `<rss version="2.0"><channel><title>${title}</title>${items}</channel></rss>`,
  })
  blog = await serve({
    '/': {
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed.xml">',
    },
    '/feed.xml': rss('Ada writes', item(1) + item(2)),
    '/empty.xml': rss('Nothing yet', ''),
    '/list.opml': { body: '<opml version="2.0"><body><outline text="Listed" xmlUrl="https://listed.example.org/feed"/></body></opml>' },
  })
  bare = await serve({ '/': { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Bare</title><p>No feed here.' } })
  mastodon = await serveMastodon()
  mastodon.routes['/api/v1/accounts/lookup'] = ({ url }) =>
    url.searchParams.get('acct') === 'ada' ? { body: { id: '1', acct: 'ada' } } : { status: 404, body: { error: 'Record not found' } }
  mastodon.add(rawStatus(1, { created_at: ago(3).toISOString(), content: '<p>Said in the fediverse</p>' }, mastodon.origin))
  reddit = await serveReddit()
  reddit.add(rawSubmission(1))
  const sources = join(folder, 'sources.yaml')
  writeFileSync(sources, '# Nothing yet\n')
  program = await startProgram({ env: { SOURCES: sources, TRUSTED_HOSTS: 'localhost', TIME_ZONE: 'UTC' } })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await program?.stop()
  await Promise.all([blog, bare, mastodon, reddit].map((server) => server?.close()))
  for (const place of [folder, program?.dataDir]) if (place) rmSync(place, { recursive: true, force: true })
})

/** Pastes it as a person does, and returns what is said of it. */
async function paste(page: Page, what: string): Promise<string> {
  await page.getByLabel('A link, handle or name').fill(what)
  await page.getByRole('button', { name: 'Look at it' }).click()
  await page.waitForURL(/[?&]paste=/)
  return (await page.locator('main').textContent()) ?? ''
}

async function add(page: Page): Promise<string> {
  await page.getByRole('button', { name: /^Add / }).click()
  await page.waitForURL(/[?&](?:added|many)=/)
  return (await page.getByRole('status').textContent()) ?? ''
}

test('from the printed address over ten pasted things to their posts in the timeline', async () => {
  const page = await browser.newPage()
  await page.goto(`${program.address}?key=${program.key}`)
  await page
    .locator('main')
    .getByRole('link', { name: /add a source/i })
    .first()
    .click()
  await page.waitForURL(/\/sources\/new/)
  const added: string[] = []

  expect(await paste(page, `${blog.origin}/`)).toContain('This is a feed: Ada writes')
  added.push(await add(page))
  expect(await paste(page, `${mastodon.origin}/@ada`)).toContain('Said in the fediverse')
  added.push(await add(page))
  expect(await paste(page, `reddit: { subreddit: hpc, api: ${reddit.origin} }`)).toContain('Submission 1')
  added.push(await add(page))
  expect(await paste(page, `${blog.origin}/empty.xml`)).toContain('There is no post in it yet')
  added.push(await add(page))
  // A list to choose from.
  expect(await paste(page, `${blog.origin}/list.opml`)).toContain('Listed')
  added.push(await add(page))
  expect(added.every((words) => words.includes('added'))).toBe(true)
  // One needs consent: it is there, off, with the letter.
  expect(await paste(page, '#hpc on Libera')).toContain('It is off until you have been given leave')
  expect(await add(page)).toContain('off until')
  // One is private, one is wrong, one is no source, one is there already: each says what to do instead, and adds nothing.
  expect(await paste(page, 'https://example.slack.com/archives/D0123456789')).toContain('direct message or a private channel')
  expect(await page.getByRole('button', { name: 'Add it' }).count()).toBe(0)
  expect(await paste(page, 'exascale')).toContain('Did you mean one of these?')
  expect(await paste(page, `${bare.origin}/`)).toMatch(/cannot be read|No source can be made/)
  expect(await page.getByRole('button', { name: 'Add it' }).count()).toBe(0)
  expect(await paste(page, `${blog.origin}/feed.xml`)).toContain('among your sources already')

  // Nothing more is to be done: the posts are there by themselves.
  await vi.waitFor(
    async () => {
      await page.goto(program.address)
      const words = await page.locator('main').textContent()
      for (const said of ['What post 1 says of queues', 'Said in the fediverse', 'Submission 1']) expect(words).toContain(said)
    },
    { timeout: 90_000, interval: 1000 },
  )
  await page.goto(`${program.address}sources`)
  const table = await page.locator('main').textContent()
  for (const name of ['Ada writes', 'Nothing yet', 'Listed', '#hpc on Libera.Chat']) expect(table).toContain(name)
  await page.close()
}, 300_000)
