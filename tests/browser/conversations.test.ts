import { randomUUID } from 'node:crypto'
import { AxeBuilder } from '@axe-core/playwright'
import { eq, sql } from 'drizzle-orm'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectors } from '#connectors/registry'
import { noteOutage } from '#db/gaps'
import { beat } from '#db/heartbeats'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { outages, sources } from '#db/sources-schema'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { lookAt } from '#tests/support/look'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { burst, chatLine, thread } from '#tests/support/talk'
import { startWeb, type Web } from '#tests/support/web'

/** Conversations, their own pages and gaps, in a real Chromium from the built program. All times are of 2 March 2026 in Berlin. */
const database = testDatabase()
const [one, two] = connectors
if (!one || !two) throw new Error('conversations need two platforms to be tested')

const clock = (time: string, day = '02') => new Date(`2026-03-${day}T${time}:00.000+01:00`)
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
const LONG = 300

let browser: Browser
let web: Web
const idOf = async (externalId: string) => {
  const [post] = await database.db.select({ id: posts.id }).from(posts).where(eq(posts.externalId, externalId))
  return post?.id ?? 0
}

beforeAll(async () => {
  await builtPages()
  const permission = { by: 'the operators of #hpc', on: '2026-01-15' }
  const channel = await heldSource('#hpc', { platform: one.id, permission, firstReadAt: clock('00:00', '01') })
  const room = await heldSource('Example workspace', { platform: two.id, firstReadAt: clock('00:00', '01') })
  const read = (holes: [Date, Date][]) => [clock('00:00', '01'), ...holes.flat(), new Date()]
  const night: [Date, Date] = [clock('23:10', '01'), clock('07:02')]
  for (const [{ source, holder }, holes] of [
    [channel, [night, [clock('16:02'), clock('16:37')]]],
    [room, [night]],
  ] as [typeof channel, [Date, Date][]][]) {
    const edges = read(holes)
    for (let index = 0; index < edges.length; index += 2) {
      const [from, to] = [edges[index], edges[index + 1]]
      if (from && to) await saveBatch(source, holder, aBatch([], { covered: { from, to } }), new Date())
    }
  }
  await beat(randomUUID(), 'worker', clock('00:00', '01'), clock('23:10', '01'))
  await beat(randomUUID(), 'worker', clock('07:02'), new Date())
  for (const at of ['16:02', '16:20']) await noteOutage(channel.source.id, 'the connection was refused', clock(at))
  await database.db.update(outages).set({ endedAt: clock('16:37') })

  const long = Array.from({ length: LONG }, (_, index) =>
    chatLine(`long-${index}`, new Date(clock('09:00').getTime() + index * 1000), `nick${index % 7}`, { text: `Line ${index} of many` }),
  )
  const plain = [
    aPost('early', { text: 'Before the night.', publishedAt: clock('22:00', '01') }),
    aPost('noon', { text: 'At noon.', url: null, publishedAt: clock('12:00') }),
    aPost('evening', { text: 'In the evening.', publishedAt: clock('19:00') }),
  ]
  await saveBatch(channel.source, channel.holder, aBatch([...long, ...burst(clock('18:14')), ...plain]), new Date())
  const secret = aPost('secret', { text: 'For members alone', audience: 'members', publishedAt: clock('13:00') })
  await saveBatch(room.source, room.holder, aBatch([...thread(clock('17:58')), secret]), new Date())
  await heldSource('#cluster', { platform: one.id })
  await database.db.update(sources).set({ lastSuccessAt: new Date(), nextRunAt: sql`now() + interval '1 min'` })
  await database.db.update(sources).set({ off: 'A nick is missing: write nick: into its entry' }).where(eq(sources.name, '#cluster'))

  web = await startWeb({ DATABASE_URL: database.url, TIME_ZONE: 'Europe/Berlin', CONTACT: 'owner@example.org' })
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

/** Runs `look` on a page of its own; without JavaScript unless asked, as everything must work without. */
function on<T>(path: string, look: (page: Page) => Promise<T>, options: BrowserContextOptions = {}): Promise<T> {
  return lookAt(browser, web.origin + path, look, { javaScriptEnabled: false, ...options })
}

/** What is seen there. */
const seen = async (place: Locator) => (await place.allInnerTexts()).join('\n')
const textsOf = async (page: Page, selector: string) =>
  (await page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())

describe('a burst of chat', () => {
  test('is one entry that unfolds in place without JavaScript', async () => {
    const id = await idOf('line-0')
    await on('/', async (page) => {
      const chat = page.locator(`#post-${id}`)
      expect(await seen(chat.locator('.handle'))).toBe('Net.Example · 6 people · 11 messages until 18:31')
      expect(await chat.getByText('that was it, thanks').isVisible()).toBe(true)
      expect(await chat.getByText('unrelated: the new list is out').isVisible()).toBe(true)
      const hidden = chat.getByText('The log of this channel is public')
      expect(await hidden.isVisible()).toBe(false)
      // A link stays in sight.
      expect(await chat.getByText('a bug for it').isVisible()).toBe(true)
      await chat.getByText('4 more messages').click()
      expect(await hidden.isVisible()).toBe(true)
      await chat.getByText('logged with the owners’ permission').waitFor()
    })
  })

  test('has a page of its own with every line, and the address of each leads to it', async () => {
    const [entry, line] = [await idOf('line-0'), await idOf('line-6')]
    await on(`/p/${line}`, async (page) => {
      expect(await seen(page.locator('[data-asked]'))).toContain('HPC, mostly')
      expect(await page.locator('[data-asked]').isVisible()).toBe(true)
      expect(await page.locator('.chat li').count()).toBe(11)
      expect(await seen(page.locator('.facts'))).toMatch(/#hpc, which lets everything in[\s\S]*First seen/)
      await page.getByText('At its place in the timeline').click()
      await page.locator(`#post-${entry}`).waitFor()
    })
  })

  test('that is long stands shortened in the timeline, counted whole, and whole on its own page', async () => {
    const id = await idOf('long-0')
    await on('/', async (page) => {
      const chat = page.locator(`#post-${id}`)
      expect(await seen(chat.locator('.handle'))).toContain(`7 people · ${LONG} messages`)
      expect(await chat.locator('li').count()).toBe(60)
      await chat.getByText(`${LONG - 4} more messages`).click()
      await chat.getByText(`${LONG - 60} messages between`).click()
      await page.waitForURL(`${web.origin}/p/${id}`)
      expect(await page.locator('.chat li').count()).toBe(LONG)
    })
  })
})

describe('a thread', () => {
  test('shows its first post and the last two answers; the others unfold', async () => {
    const id = await idOf('root')
    await on('/', async (page) => {
      const entry = page.locator(`#l${id}`)
      expect(await entry.locator('.reply:visible').count()).toBe(2)
      await entry.getByText('4 more replies').click()
      expect(await entry.locator('.reply:visible').count()).toBe(6)
      expect(await entry.getByText('measured.pdf · PDF · 2.4 MB').getAttribute('href')).toBe('https://workspace.example/files/1')
    })
  })
})

describe('a post’s own page', () => {
  test('leads back to its place in the timeline, and stands where there is no original', async () => {
    const id = await idOf('noon')
    await on('/', async (page) => {
      await page.locator(`#l${id} .when`).click()
      await page.waitForURL(`${web.origin}/p/${id}`)
      await page.getByText('At noon.').waitFor()
      await page.getByText('At its place in the timeline').click()
      await page.waitForURL(/at=/)
      expect(await page.locator('article').first().getAttribute('id')).toBe(`l${id}`)
    })
  })

  test('says the same 404 of a members’ post, of a deleted one and of none', async () => {
    await database.db.update(posts).set({ deletedAt: new Date() }).where(eq(posts.externalId, 'evening'))
    const said = async (id: string | number) => {
      const answer = await fetch(`${web.origin}/p/${id}`, { redirect: 'manual' })
      const text = await answer.text()
      return {
        status: answer.status,
        words: text
          .replace(/<(script|style|head)[\s\S]*?<\/\1>/g, '')
          .replace(/<[^>]*>/g, '')
          .replaceAll(String(id), ''),
      }
    }
    const none = await said(987_654)
    expect(none.status).toBe(404)
    expect(none.words).toContain('There is no such page.')
    for (const id of [await idOf('secret'), await idOf('evening'), 'x', '0', '99999999999999999999']) expect(await said(id)).toEqual(none)
    await database.db.update(posts).set({ deletedAt: null }).where(eq(posts.externalId, 'evening'))
  })

  test('leads from the address of a removed line to its place in the conversation, of which nothing but the time is left', async () => {
    await database.db.update(posts).set({ deletedAt: new Date() }).where(eq(posts.externalId, 'long-7'))
    const id = await idOf('long-7')
    const answer = await fetch(`${web.origin}/p/${id}`)
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(html).toContain(`id="l${id}" class="removed"`)
    expect(html).not.toContain('Line 7 of many')
    await database.db.update(posts).set({ deletedAt: null }).where(eq(posts.externalId, 'long-7'))
  })
})

describe('gaps', () => {
  test('stand at their place, with their reason', async () => {
    await on('/', async (page) => {
      expect(await textsOf(page, '.gap')).toEqual([
        'Gap on #hpc, 16:02–16:37. The connection was refused; tried twice.',
        'This computer was off 1 Mar 23:10–2 Mar 07:02.',
      ])
      const order = await page.locator('#posts :is(article, .gap)').allInnerTexts()
      const places = [
        'In the evening',
        'slurmctld',
        'metadata servers',
        'Gap on #hpc',
        'At noon',
        'Line 0',
        'computer was off',
        'Before the night',
      ].map((words) => order.findIndex((text) => text.includes(words)))
      expect(places).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    })
  })

  test('are met once by who pages through, and are answered to programs', async () => {
    const from = clock('16:30').getTime()
    await on(`/?before=${from}-1`, async (page) =>
      expect(await textsOf(page, '.gap')).toEqual(['This computer was off 1 Mar 23:10–2 Mar 07:02.']),
    )
    const { gaps } = await (await fetch(`${web.origin}/api/gaps?from=2026-03-02T12:00:00Z&to=2026-03-02T20:00:00Z`)).json()
    expect(gaps).toEqual([
      {
        from: clock('16:02').toISOString(),
        to: clock('16:37').toISOString(),
        open: false,
        sources: ['#hpc'],
        platforms: [one.id],
        off: false,
        reason: 'the connection was refused',
        tries: 2,
      },
    ])
    for (const nonsense of ['from=x', 'to=%00', 'from=2026-03-03&to=2026-03-01'])
      expect(await (await fetch(`${web.origin}/api/gaps?${nonsense}`)).json()).toHaveProperty('gaps')
  })
})

describe('a source that is off', () => {
  test('says on the page of sources what is missing, and beside the timeline that it is off', async () => {
    await on('/sources', async (page) => {
      const row = await seen(page.getByRole('row', { name: /#cluster/ }))
      expect(row).toContain('A nick is missing: write nick: into its entry.')
      expect(row).toContain('README.md')
    })
    await on('/', async (page) => {
      expect((await textsOf(page, '.brief li')).find((text) => text.includes('#cluster'))).toBe('#cluster off')
      expect(await seen(page.getByRole('complementary'))).toContain('all 2 on time')
    })
  })
})

describe('these pages', () => {
  const paths = async () => ['/', `/p/${await idOf('line-0')}`, `/p/${await idOf('root')}`, '/about', '/sources', '/p/0']

  test('say how to be left out', async () => {
    await on('/about', async (page) => {
      expect(await seen(page.locator('#opt-out ~ .contact'))).toBe('owner@example.org')
      expect(await seen(page.locator('main'))).toContain('permitted by the operators of #hpc on 2026-01-15')
    })
  })

  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', phone],
  ] as [string, BrowserContextOptions][])('have nothing that axe finds fault with, %s', async (_name, options) => {
    for (const path of await paths())
      await on(
        path,
        async (page) => {
          await unfold(page)
          const { violations } = await new AxeBuilder({ page }).analyze()
          expect(violations.map(({ id, nodes }) => `${path}: ${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
        },
        // The word of what is new fades in: half way there it has too little contrast.
        { ...options, javaScriptEnabled: true, reducedMotion: 'reduce' },
      )
  })

  test('fit a screen of 320 px without scrolling sideways', async () => {
    for (const path of await paths())
      await on(
        path,
        async (page) => {
          await unfold(page)
          expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(320)
        },
        { ...phone, viewport: { width: 320, height: 700 }, javaScriptEnabled: true },
      )
  })
})

async function unfold(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => {
    for (const details of all) details.setAttribute('open', '')
  })
}
