import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { indexPosts } from '#db/index-posts'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { lookAt } from '#tests/support/look'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { settled } from '#tests/support/settled'
import { startWeb, type Web } from '#tests/support/web'

/** Stars, mutes, views and settings as a person uses them, in a real Chromium, from the built program. */
const database = testDatabase()
const bo = { ...ada, id: 'id:bo', name: 'Bo Example', handle: '@bo.example.org' }
const NOW = Date.UTC(2026, 10, 22, 15, 0)
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
const readers: [string, BrowserContextOptions][] = [
  ['on a desktop, without JavaScript', { javaScriptEnabled: false }],
  ['on a desktop', {}],
  ['on a phone, without JavaScript', { ...phone, javaScriptEnabled: false }],
  ['on a phone', phone],
]

let browser: Browser
let web: Web

beforeAll(async () => {
  await builtPages()
  const blog = await heldSource('The blog', { platform: 'feed' })
  const feed = await heldSource('The feed', { platform: 'bluesky' })
  const chat = await heldSource('The channel', { platform: 'irc' })
  const conversation = { key: 'net/#hpc', title: '#hpc', silenceMinutes: 20 }
  const at = (minutes: number) => new Date(NOW - minutes * 60_000)
  await saveBatch(
    blog.source,
    blog.holder,
    aBatch([
      aPost('b1', { author: bo, text: 'Exascale, at last.', publishedAt: at(10) }),
      aPost('b2', { author: bo, text: 'A quiet week.', publishedAt: at(20) }),
    ]),
    new Date(),
  )
  await saveBatch(feed.source, feed.holder, aBatch([aPost('f1', { text: 'Our job queue is long.', publishedAt: at(30) })]), new Date())
  const line = (id: string, author: typeof ada, text: string, minutes: number) =>
    aPost(id, { author, text, kind: 'message', conversation, url: null, publishedAt: at(minutes) })
  await saveBatch(
    chat.source,
    chat.holder,
    aBatch([
      line('c1', ada, 'who knows it', 45),
      line('c2', bo, 'I do', 44),
      line('c3', bo, 'I do indeed', 43),
      line('c4', ada, 'thanks', 42),
    ]),
    new Date(),
  )
  await database.db.execute(sql`update sources set last_success_at = now(), next_run_at = now() + interval '1 min'`)
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

function as(options: BrowserContextOptions, look: (page: Page) => Promise<void>): Promise<void> {
  return lookAt(browser, web.origin, look, options)
}

const names = (page: Page) => page.locator('article > .name').allTextContents()
const entry = (page: Page, text: string) => page.locator('article', { hasText: text })

/** Presses a button of a form that leads back to `path`. */
async function press(page: Page, button: string, path: string | RegExp): Promise<void> {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/preferences'))
  await page.getByRole('button', { name: button, exact: true }).first().click()
  expect((await answered).status()).toBe(303)
  await page.waitForURL(typeof path === 'string' ? web.origin + path : path)
}

async function muteWord(page: Page, word: string, span: string, how: string): Promise<void> {
  await page.goto(`${web.origin}/settings`)
  await page.getByLabel('Word or phrase').fill(word)
  await page.getByLabel(span, { exact: true }).check()
  await page.getByLabel(how).check()
  await press(page, 'Mute it', '/settings#mutes')
}

describe.each(readers)('%s', (_, options) => {
  test('a star on a person makes a view of what they said, first among the filters, and is seen beside their name', () =>
    as(options, async (page) => {
      const before = await names(page)
      expect(await page.locator('.filters').textContent()).not.toContain('Starred')
      const id = await entry(page, 'A quiet week.').getAttribute('data-entry')
      await page.goto(`${web.origin}/p/${id}`)
      await press(page, 'Star Bo Example', `/p/${id}`)
      await page.goto(web.origin)
      // In the same order as before.
      expect((await names(page)).map((name) => name.replace('★', ''))).toEqual(before)
      expect(await entry(page, 'A quiet week.').locator('.name').textContent()).toContain('★')
      expect(await page.locator('.filters a').first().textContent()).toContain('Starred')
      await page.locator('.filters').getByText('Starred').click()
      await page.waitForURL(`${web.origin}/?starred=1`)
      expect(await names(page)).toEqual(['Bo Example★', 'Bo Example★'])
      await page.goto(`${web.origin}/settings`)
      await press(page, 'Take the star away from Bo Example', '/settings#stars')
      await page.goto(`${web.origin}/?starred=1`)
      await page.getByText('Nothing is starred yet.').waitFor()
    }))

  test('a star on a source shows what it showed', () =>
    as(options, async (page) => {
      const id = await entry(page, 'job queue').getAttribute('data-entry')
      await page.goto(`${web.origin}/p/${id}`)
      await press(page, 'Star the source The feed', `/p/${id}`)
      await page.goto(`${web.origin}/?starred=1`)
      expect(await page.locator('article').count()).toBe(1)
      expect(await page.locator('article').textContent()).toContain('job queue')
    }))

  test('a word muted for a day is folded with the reason, opens, and comes back', () =>
    as(options, async (page) => {
      await muteWord(page, 'exascale', 'a day', 'Folded: a line in its place says why, and opens it')
      await page.goto(web.origin)
      const folded = page.locator('details.muted')
      expect(await folded.count()).toBe(1)
      expect(await folded.locator('summary').textContent()).toMatch(/^Muted: the word “exascale” until /)
      expect(await entry(page, 'Exascale, at last.').isVisible()).toBe(false)
      await folded.locator('summary').click()
      expect(await entry(page, 'Exascale, at last.').isVisible()).toBe(true)
      await folded.getByText('Change or end this mute').click()
      await press(page, 'Unmute the word “exascale”', '/settings#mutes')
      await page.goto(web.origin)
      expect(await page.locator('details.muted').count()).toBe(0)
    }))

  test('a phrase muted hard is not there, the foot of the page says so, and shows it', () =>
    as(options, async (page) => {
      await muteWord(page, 'job  queue', 'for ever', 'Not shown: the foot of the page says how many')
      await page.goto(web.origin)
      expect(await entry(page, 'job queue').count()).toBe(0)
      await page.locator('.hidden-by-mutes', { hasText: 'One entry is hidden by your mutes' }).getByRole('link').click()
      await page.waitForURL(`${web.origin}/?mutes=off`)
      expect(await entry(page, 'job queue').count()).toBe(1)
      expect(await page.locator('details.muted summary').textContent()).toBe('Muted: the phrase “job queue” for ever')
    }))

  test('a mute of a person until a date folds their lines in a chat, and their posts whole', () =>
    as(options, async (page) => {
      const id = await entry(page, 'who knows it').getAttribute('data-entry')
      await page.goto(`${web.origin}/p/${id}`)
      await page.getByRole('link', { name: 'Mute Bo Example…' }).click()
      await page.getByRole('heading', { name: 'Mute Bo Example' }).waitFor()
      await page.getByLabel('until a date').check()
      await press(page, 'Mute it', /problem=date/)
      await page.getByText('That is not a date.').waitFor()
      await page.getByLabel('until a date').check()
      await page.getByLabel('Until', { exact: true }).fill('2099-12-01')
      await press(page, 'Mute it', `/p/${id}`)
      expect(await page.locator('.muted-lines summary').textContent()).toBe('2 lines muted')
      expect(await page.getByText('I do indeed').isVisible()).toBe(false)
      expect(await page.getByText('who knows it').isVisible()).toBe(true)
      await page.locator('.muted-lines summary').click()
      expect(await page.getByText('I do indeed').isVisible()).toBe(true)
    }))

  test('colours, density, clock and zone are as chosen after a reload, with nothing drawn otherwise first', () =>
    as(options, async (page) => {
      await page.goto(`${web.origin}/settings`)
      await page.getByLabel('High contrast').check()
      await page.getByLabel('Compact').check()
      await page.getByLabel('6:42 pm').check()
      await page.getByLabel('Time zone').selectOption('Asia/Tokyo')
      await page.getByLabel('Single keys do things').uncheck()
      await press(page, 'Save the settings', '/settings?saved=1')
      await page.getByText('The settings are saved.').waitFor()
      await page.goto(web.origin)
      await page.reload()
      const html = page.locator('html')
      expect(await html.evaluate(({ dataset }) => ({ ...dataset }))).toMatchObject({ theme: 'contrast', density: 'compact', keys: 'off' })
      // 14:50 in UTC is ten to midnight there.
      expect(await entry(page, 'Exascale').locator('.when').textContent()).toBe('11:50 pm')
      await page.goto(`${web.origin}/settings`)
      expect(await page.getByLabel('Time zone').inputValue()).toBe('Asia/Tokyo')
      expect(await page.getByLabel('Compact').isChecked()).toBe(true)
      expect(await page.getByLabel('Single keys do things').isChecked()).toBe(false)
    }))

  test('what the timeline shows is saved as a view, opened, subscribed to, renamed, handed on and removed', () =>
    as(options, async (page) => {
      await page.goto(`${web.origin}/?platform=feed`)
      await page.getByRole('link', { name: 'Save this view' }).click()
      await page.getByLabel('Name of the view').fill('Blogs alone')
      await press(page, 'Save it', '/settings#views')
      const views = page.locator('#views')
      const feed = await views.getByRole('link', { name: 'JSON Feed' }).getAttribute('href')
      expect(feed).toBe('/feed.json?platform=feed')
      const { items }: { items: unknown[] } = await (await fetch(web.origin + feed)).json()
      expect(items).toHaveLength(2)
      await page.goto(web.origin)
      await page.locator('.filters').getByText('Blogs alone').click()
      await page.waitForURL(`${web.origin}/?platform=feed`)
      expect(await page.locator('article').count()).toBe(2)
      await page.goto(`${web.origin}/settings`)
      await views.getByText('Rename', { exact: true }).first().click()
      await views.getByLabel('New name').fill('Blogs')
      await press(page, 'Rename', '/settings#views')
      await page.getByText('To share them, hand on these lines').click()
      const snippet = (await views.locator('pre').textContent()) ?? ''
      expect(snippet.trim()).toBe('views:\n  - name: Blogs\n    show: platform=feed')
      await press(page, 'Remove Blogs', '/settings#views')
      expect(await views.textContent()).toContain('No view yet.')
      await views.getByText('Lines that somebody handed to you').click()
      await views.getByLabel('Lines', { exact: true }).fill(snippet)
      await press(page, 'Add these views', '/settings#views')
      expect(await views.getByRole('link', { name: 'Blogs' }).getAttribute('href')).toBe('/?platform=feed')
    }))
})

test('an open page does not announce what is muted, and a search folds it among its hits, with the reason', () =>
  as({}, async (page) => {
    await muteWord(page, 'zeppelin', 'a day', 'Folded: a line in its place says why, and opens it')
    const { source, holder } = await heldSource('The blog', { platform: 'feed', firstReadAt: new Date(0) })
    const save = (externalId: string, text: string) =>
      saveBatch(source, holder, aBatch([aPost(externalId, { author: bo, text, publishedAt: new Date() })]), new Date())
    const following = page.waitForResponse(/\/api\/live/)
    await settled(page, () => page.goto(web.origin))
    await following
    await save('muted', 'A zeppelin over the cooling towers.')
    await save('not muted', 'The cooling towers alone.')
    const pill = page.locator('.news button.pill')
    await pill.waitFor()
    expect(await pill.textContent()).toBe('↑ 1 new post')
    // What came together counts only what is not muted; what came alone and is muted counts nothing.
    await save('muted too', 'One more zeppelin.')
    await save('not muted either', 'The cooling towers again.')
    await expect.poll(() => pill.textContent()).toBe('↑ 2 new posts')
    await pill.click()
    await entry(page, 'The cooling towers again.').waitFor()
    expect(await entry(page, 'One more zeppelin.').isVisible()).toBe(false)

    while ((await indexPosts()) > 0);
    await page.goto(`${web.origin}/search?q=zeppelin+OR+%22towers+alone%22`)
    expect(await page.locator('details.muted summary').allTextContents()).toEqual([
      expect.stringMatching(/^Muted: the word “zeppelin” until /),
      expect.stringMatching(/^Muted: the word “zeppelin” until /),
    ])
    expect(await entry(page, 'towers alone').isVisible()).toBe(true)
    expect(await entry(page, 'over the cooling').isVisible()).toBe(false)
    await page.locator('details.muted summary').last().click()
    expect(await entry(page, 'over the cooling').isVisible()).toBe(true)
  }))

test('with JavaScript the menu of a post stars and mutes, and leads back to the post', () =>
  as({}, async (page) => {
    const post = entry(page, 'A quiet week.')
    const id = await post.getAttribute('id')
    const link = post.locator('a.more')
    // The menu is there once its module is.
    await page
      .locator('#post-menu')
      .waitFor({ state: 'attached', timeout: 10_000 })
      .catch(() => {})
    await expect
      .poll(async () => {
        if (!page.url().startsWith(`${web.origin}/p/`)) await link.click()
        return page.locator('.choose-here').isVisible()
      })
      .toBe(true)
    await page.getByRole('button', { name: 'Star Bo Example' }).click()
    await page.waitForURL(`${web.origin}/#${id}`)
    expect(await post.locator('.name').textContent()).toContain('★')
  }))

test('the browser’s own zone is taken without a question, and one that was chosen before it', () =>
  as({ timezoneId: 'America/New_York' }, async (page) => {
    await page.waitForFunction(() => document.cookie.includes('zone=America/New_York'))
    await page.reload()
    expect(await entry(page, 'Exascale').locator('.when').textContent()).toBe('09:50')
  }))

const looks: [string, BrowserContextOptions, string | null][] = [
  ['light', { colorScheme: 'light' }, null],
  ['dark', { colorScheme: 'dark' }, null],
  ['high contrast', { colorScheme: 'light' }, 'High contrast'],
  ['high contrast in the dark', { colorScheme: 'dark' }, 'High contrast'],
  ['on a phone', phone, null],
]
test.each(looks)('axe finds nothing on settings, mutes and a page with both, %s', (_, options, theme) =>
  as(options, async (page) => {
    await muteWord(page, 'exascale', 'a week', 'Folded: a line in its place says why, and opens it')
    if (theme) {
      await page.getByLabel(theme).check()
      await press(page, 'Save the settings', '/settings?saved=1')
    }
    const id = await page.goto(web.origin).then(() => entry(page, 'A quiet week.').getAttribute('data-entry'))
    await page.goto(`${web.origin}/p/${id}`)
    await press(page, 'Star Bo Example', `/p/${id}`)
    for (const path of [
      '/settings?problem=full',
      '/settings?view=%3Fplatform%3Dfeed',
      '/mute?person=a:1&name=Ada',
      '/mute',
      '/',
      '/?starred=1',
      `/p/${id}`,
    ]) {
      await page.goto(web.origin + path)
      // High contrast is held to the stricter rule.
      const axe = new AxeBuilder({ page }).options(theme ? { rules: { 'color-contrast-enhanced': { enabled: true } } } : {})
      const { violations } = await axe.analyze()
      expect(violations.map(({ id: rule, nodes }) => `${path}: ${rule}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
    }
  }),
)

test('settings fit a screen of 320 px', () =>
  as({ ...phone, viewport: { width: 320, height: 700 } }, async (page) => {
    await muteWord(page, 'exascale', 'a week', 'Folded: a line in its place says why, and opens it')
    for (const path of ['/settings?view=%3Fplatform%3Dfeed', '/mute']) {
      await page.goto(web.origin + path)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    }
  }))
