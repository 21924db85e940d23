import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { lookAt } from '#tests/support/look'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { startWeb, type Web } from '#tests/support/web'

/** Filters as a person comes upon them: a tag in a post, a name, a source, and the chips that take them away again. */
const database = testDatabase()
const [one, two] = connectors
if (!one || !two) throw new Error('filters need two platforms to be tested')
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

let browser: Browser
let web: Web
let sourceId = 0

beforeAll(async () => {
  await builtPages()
  const first = await heldSource('The first source', { platform: one.id })
  const second = await heldSource('The second source', { platform: two.id })
  const closed = await heldSource('The closed source', { platform: two.id, audience: 'members' })
  sourceId = first.source.id
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000)
  const bo = { ...ada, id: 'id:bo', name: 'Bo Example', handle: '@bo.example' }
  const share = { externalId: 'boost', by: bo, at: at(3).toISOString() }
  await saveBatch(
    first.source,
    first.holder,
    aBatch([
      aPost('tagged', { text: 'With a tag', tags: ['slurm'], badges: ['Question'], publishedAt: at(1) }),
      aPost('plain', { text: 'Without one', publishedAt: at(2), author: bo }),
      aPost('passed', { text: 'Passed on', share, publishedAt: at(3) }),
    ]),
    new Date(),
  )
  await saveBatch(
    second.source,
    second.holder,
    aBatch([aPost('other', { text: 'Elsewhere', tags: ['slurm'], publishedAt: at(4) })]),
    new Date(),
  )
  await saveBatch(
    closed.source,
    closed.holder,
    aBatch([
      aPost('secret', {
        text: 'Among members',
        tags: ['hidden'],
        publishedAt: at(5),
        author: { ...ada, id: 'id:kim', name: 'Kim Example' },
      }),
    ]),
    new Date(),
  )
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

function on(path: string, look: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  return lookAt(browser, web.origin + path, look, options)
}

const said = (page: Page) => page.locator('#posts .text').allInnerTexts()
const chips = (page: Page) => page.getByRole('navigation', { name: 'Filters' })

test.each([
  ['desktop', {}],
  ['phone', phone],
  ['no script', { javaScriptEnabled: false }],
])('a tag in a post leads to all that bear it, a platform narrows it, and each chip takes its filter away: %s', async (_, options) => {
  await on(
    '/',
    async (page) => {
      await page.locator('#posts .tags a', { hasText: '#slurm' }).first().click()
      await page.waitForURL(`${web.origin}/?tag=slurm`)
      expect(await said(page)).toEqual(['With a tag', 'Elsewhere'])
      expect(await page.title()).toContain('#slurm')
      expect(await page.locator('h1').textContent()).toContain('#slurm')
      await chips(page).getByText(two.name, { exact: true }).click()
      await page.waitForURL(`${web.origin}/?platform=${two.id}&tag=slurm`)
      expect(await said(page)).toEqual(['Elsewhere'])
      await chips(page).locator('.drop', { hasText: '#slurm' }).click()
      await page.waitForURL(`${web.origin}/?platform=${two.id}`)
      expect(await said(page)).toEqual(['Elsewhere'])
    },
    options,
  )
})

test('a flair, a person and a source have doors of their own; reposts are all, none or only', async () => {
  await on('/', async (page) => {
    await page.locator('#posts .handle a', { hasText: 'Question' }).click()
    await page.waitForURL('**/?flair=Question')
    expect(await said(page)).toEqual(['With a tag'])

    await page.goto(`${web.origin}/`)
    await page.locator('#posts article', { hasText: 'Without one' }).locator('a.more').click()
    await page.getByRole('link', { name: 'Open its page here' }).click()
    await page.waitForURL('**/p/*')
    await page.getByRole('link', { name: 'all they said' }).click()
    await page.waitForURL('**/?person=*')
    expect(await said(page)).toEqual(['Without one', 'Passed on'])
    await chips(page).locator('.drop', { hasText: 'Bo Example' }).waitFor()
    await chips(page).locator('.reposts').getByText('none').click()
    await page.waitForURL('**&reposts=none')
    expect(await said(page)).toEqual(['Without one'])
    await chips(page).locator('.reposts').getByText('only').click()
    await page.waitForURL('**&reposts=only')
    expect(await said(page)).toEqual(['Passed on'])

    await page.goto(`${web.origin}/sources`)
    await page.getByRole('link', { name: 'The first source' }).first().click()
    await page.waitForURL(`**/?source=${sourceId}`)
    expect(await said(page)).toHaveLength(3)
  })
})

test('where nothing fits, the page says what is asked for and offers what to drop', async () => {
  await on(`/?source=${sourceId}&tag=slurm&flair=Career`, async (page) => {
    const empty = page.locator('.empty')
    expect(await empty.locator('h2').textContent()).toBe('Nothing here fits The first source, #slurm, Career.')
    await empty.getByRole('link', { name: 'Career' }).click()
    await page.waitForURL(`**/?source=${sourceId}&tag=slurm`)
    expect(await said(page)).toEqual(['With a tag'])
  })
})

test('a source, person and tag of members only give an anonymous reader the page of unknown ones', async () => {
  const words = async (path: string) => {
    const told: string[] = []
    // As sent: what is unread is asked for later, is of the whole timeline, and may come or not before the words are read.
    await on(path, async (page) => void told.push(...(await page.locator('main').allInnerTexts())), { javaScriptEnabled: false })
    return told.join()
  }
  const [row] = await database.db.execute<{ id: string }>("select id from sources where name = 'The closed source'")
  expect(await words(`/?source=${row?.id}`)).toBe(await words('/?source=99999'))
  expect(await words(`/?person=${two.id}:id:kim`)).toBe(await words(`/?person=${two.id}:id:nobody`))
  expect((await words('/?tag=hidden')).replaceAll('hidden', 'x')).toBe((await words('/?tag=nothing')).replaceAll('nothing', 'x'))
})

test('on a phone the row of chips shows what is chosen, and nothing of it offends axe', async () => {
  await on(
    `/?platform=${connectors.at(-1)?.id}`,
    async (page) => {
      await page.waitForFunction(() => {
        const row = document.querySelector('.filters')
        const chip = row?.querySelector('.chip[aria-current]')?.getBoundingClientRect()
        return chip && row && chip.left >= 0 && chip.right <= innerWidth
      })
    },
    phone,
  )
  await on('/?tag=slurm&reposts=none', async (page) => {
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
  })
})
