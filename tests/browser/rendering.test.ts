import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fromHtml, fromText } from '#connectors/html'
import type { Media, Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { getTimeline } from '#db/timeline'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { serve } from '#tests/support/server'
import { image } from '#tests/support/shapes'
import { chatLine } from '#tests/support/talk'
import { get, startWeb, type Web } from '#tests/support/web'

/** What a post looks like and what one can do with it, in a real Chromium; media come from a stand-in that counts who asks. */
const database = testDatabase()
const film = readFileSync(join(import.meta.dirname, '../../public/demo/drain.mp4'))
const drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><path fill="#9fc3ea" d="M0 0h16v9H0z"/></svg>'
const long = 'All that there is to say about queues, and then a little more of it. '.repeat(20)

let far: Awaited<ReturnType<typeof serve>>
let web: Web
let browser: Browser
const ids = new Map<string, number>()
const from = (path: string, change: Partial<Media> = {}): Media =>
  image({ url: `${far.origin}${path}`, preview: `${far.origin}${path}?small`, mimeType: null, ...change })

beforeAll(async () => {
  far = await serve({
    '/film.mp4': { headers: { 'content-type': 'video/mp4' }, body: film },
    '/hls/list.m3u8': {
      body: '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\npart.mp4\n#EXT-X-ENDLIST\n',
    },
    '/hls/init.mp4': { body: film },
    '/hls/part.mp4': { body: film },
    '/film/list.m3u8': {
      body: '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\npart-0.ts\n#EXTINF:2,\npart-1.ts\n#EXT-X-ENDLIST\n',
    },
    '/film/part-0.ts': { body: readFileSync(join(import.meta.dirname, 'film-part-0.mp2t')) },
    '/film/part-1.ts': { body: readFileSync(join(import.meta.dirname, 'film-part-1.mp2t')) },
    '/captions.vtt': { headers: { 'content-type': 'text/vtt' }, body: 'WEBVTT\n\n00:00.000 --> 00:02.000\nA pump starts\n' },
    '*': { headers: { 'content-type': 'image/svg+xml' }, body: drawing },
  })
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  const channel = { key: 'net.example/#hpc', title: '#hpc', silenceMinutes: 20 }
  const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 12, minute))
  const posts: Post[] = [
    aPost('code', { html: fromHtml('<pre><code>module load gcc\nmake -j</code></pre>'), text: 'module load gcc' }),
    aPost('long', { html: fromHtml(`<p>${long}</p><p><a href="https://blog.example/end">the end</a></p>`), text: long }),
    aPost('covered', {
      sensitive: true,
      media: [from('/covered.png'), from('/covered-film.mp4', { kind: 'video', mimeType: 'video/mp4' })],
    }),
    aPost('warned', { contentWarning: 'Outage', media: [from('/warned.png')] }),
    aPost('film', {
      media: [
        from('/film.mp4', {
          kind: 'video',
          preview: `${far.origin}/still.png`,
          captions: [{ language: 'en', url: `${far.origin}/captions.vtt` }],
        }),
      ],
    }),
    aPost('streamed', {
      media: [from('/hls/list.m3u8', { kind: 'video', preview: `${far.origin}/still2.png`, mimeType: 'application/vnd.apple.mpegurl' })],
    }),
    aPost('film in parts', {
      media: [from('/film/list.m3u8', { kind: 'video', preview: `${far.origin}/still3.png`, mimeType: 'application/vnd.apple.mpegurl' })],
    }),
    aPost('hebrew', { text: 'התור ריק: אפשר לשלוח משימות', html: fromText('התור ריק: אפשר לשלוח משימות'), language: 'he' }),
    aPost('emoji', {
      html: fromHtml('<p>:kettle:</p>', { emojis: [{ shortcode: 'kettle', url: `${far.origin}/kettle.png` }] }),
      text: ':kettle:',
    }),
    aPost('unindexed', { text: 'Not for an index', audience: 'unindexed' }),
    aPost('members', { text: 'For members alone', audience: 'members', media: [from('/members.png')] }),
    aPost('warned-words', { text: 'The cooling failed', contentWarning: 'Outage at a site' }),
    chatLine('line-0', at(0), 'sl0th', { text: 'Why is the queue so long?', conversation: channel }),
    chatLine('line-1', at(1), 'rmorrow', { text: 'Because of the & reservation, see <maintenance>', conversation: channel }),
    ...Array.from({ length: 9 }, (_, n) => chatLine(`more-${n}`, at(2 + n), `nick${n}`, { text: `And ${n}`, conversation: channel })),
  ]
  await saveBatch(source, holder, aBatch(posts), new Date())
  const { entries } = await getTimeline({ role: 'owner' }, { limit: 100 })
  for (const post of entries.flatMap((entry) => entry.posts)) ids.set(post.externalId, post.id)
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url, TRUSTED_HOSTS: '127.0.0.1' })
  browser = await launchChromium()
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await web?.stop()
  await far?.close()
})
beforeEach(() => {
  far.asked.length = 0
})

const own = () => `http://127.0.0.1:${web.port}`
const pathOf = (externalId: string) => `/p/${ids.get(externalId)}`
const head = async (externalId: string) => (await get(web.port, pathOf(externalId))).text

/** Opens a page; `asked` are the hosts that its browser asked, `complaints` what it said against its policy. */
async function on<T>(
  path: string,
  look: (page: Page, asked: Set<string>, complaints: string[]) => Promise<T>,
  options: BrowserContextOptions = {},
): Promise<T> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options })
  try {
    const page = await context.newPage()
    const [asked, complaints]: [Set<string>, string[]] = [new Set(), []]
    page.on('request', (request) => request.url().startsWith('http') && asked.add(new URL(request.url()).host))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(own() + path, { waitUntil: 'networkidle' })
    return await look(page, asked, complaints)
  } finally {
    await context.close()
  }
}

const farPaths = () => far.asked.map(({ path }) => path)
const whole = (page: Page) => page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))

describe('media', () => {
  test('no page asks another host than ours, whatever its posts show', async () => {
    await on('/', async (page, asked, complaints) => {
      await whole(page)
      await page.waitForLoadState('networkidle')
      expect([...asked]).toEqual([`127.0.0.1:${web.port}`])
      expect(complaints.filter((text) => text.includes('Content Security Policy'))).toEqual([])
      expect(await page.locator('.emoji').evaluate((emoji: HTMLImageElement) => emoji.naturalWidth)).toBeGreaterThan(0)
    })
  })

  test.each([['covered'], ['warned']])('what is covered is not even fetched before it is uncovered: %s', async (externalId) => {
    await on(pathOf(externalId), async (page) => {
      expect(farPaths().filter((path) => path.startsWith(`/${externalId}`))).toEqual([])
      await page.locator('.cover summary').click()
      await expect.poll(farPaths).toContain(`/${externalId}.png?small`)
    })
  })

  test('a film shows its still, and plays in its place with its captions once it is asked for', async () => {
    await on(pathOf('film'), async (page, asked) => {
      expect(farPaths()).not.toContain('/film.mp4')
      await page.getByRole('link', { name: 'Play' }).click()
      const video = page.locator('video')
      expect(await video.getAttribute('src')).toMatch(/^\/media\//)
      await expect.poll(farPaths).toContain('/film.mp4')
      expect(await video.locator('track').getAttribute('src')).toMatch(/^\/media\//)
      expect([...asked]).toEqual([`127.0.0.1:${web.port}`])
    })
  })

  test('a film leads to itself without JavaScript', async () => {
    await on(pathOf('film'), async (page) => expect(await page.locator('a.film').getAttribute('href')).toMatch(/^\/media\//), {
      javaScriptEnabled: false,
    })
  })

  test('a film in parts is fetched part by part through us', async () => {
    await on(pathOf('streamed'), async (page, asked, complaints) => {
      await page.getByRole('link', { name: 'Play' }).click()
      await expect.poll(farPaths, { timeout: 15_000 }).toContain('/hls/init.mp4')
      expect([...asked]).toEqual([`127.0.0.1:${web.port}`])
      expect(complaints.filter((text) => text.includes('Content Security Policy'))).toEqual([])
    })
  })

  test('a film in parts plays to its end in a browser that knows no such films, its parts fetched through us', async () => {
    await on(pathOf('film in parts'), async (page, asked, complaints) => {
      // This Chromium plays them by itself; Firefox does not.
      await page.evaluate(() => {
        HTMLMediaElement.prototype.canPlayType = () => ''
      })
      await page.getByRole('link', { name: 'Play' }).click()
      const video = page.locator('video')
      const playing = () =>
        video.evaluate(({ currentSrc, currentTime, videoWidth, ended }: HTMLVideoElement) => ({
          currentSrc,
          currentTime,
          videoWidth,
          ended,
        }))
      await expect.poll(async () => (await playing()).currentTime).toBeGreaterThan(0)
      expect(await playing()).toMatchObject({ currentSrc: expect.stringMatching(/^blob:/), videoWidth: 96 })
      await expect.poll(async () => (await playing()).ended, { timeout: 30_000 }).toBe(true)
      expect((await playing()).currentTime).toBeGreaterThan(3.5)
      expect(farPaths().filter((path) => path.startsWith('/film/'))).toEqual(['/film/list.m3u8', '/film/part-0.ts', '/film/part-1.ts'])
      expect([...asked]).toEqual([`127.0.0.1:${web.port}`])
      expect(complaints).toEqual([])
    })
  })

  test('a picture opened by itself is no page that could do anything', async () => {
    const [address = ''] = /\/media\/[\w/-]+/.exec(await head('film')) ?? []
    const { headers } = await get(web.port, address)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*sandbox$/)
  })

  test('MEDIA_PROXY=off leads browsers to where the media are, and there is no proxy', async () => {
    const direct = await startWeb({ DATABASE_URL: database.url, MEDIA_PROXY: 'off' })
    const page = await get(direct.port, pathOf('film'))
    expect(page.text).toContain(`src="${far.origin}/still.png"`)
    expect(page.headers['content-security-policy']).toMatch(/img-src 'self' data: https: http:/)
    const [address = ''] = /\/media\/[\w/-]+/.exec(await head('film')) ?? []
    expect((await get(direct.port, address)).status).toBe(404)
    await direct.stop()
    expect((await get(web.port, '/')).headers['content-security-policy']).toMatch(/img-src 'self' data:;.*media-src 'self' blob:;/)
  })
})

describe('text', () => {
  test('a long text is folded after some lines, unfolds without JavaScript, and a screen reader has all of it', async () => {
    const look = async (page: Page) => {
      const text = page.locator(`#l${ids.get('long')} .text`)
      const height = async () => (await text.boundingBox())?.height ?? 0
      expect(await text.ariaSnapshot()).toContain('the end')
      const folded = await height()
      await page.getByText('Show more').click()
      expect(await height()).toBeGreaterThan(folded * 1.4)
      await page.getByText('Show less').click()
      expect(await height()).toBe(folded)
      // Who comes to its last link by keyboard sees it.
      await page.getByRole('link', { name: 'the end' }).focus()
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Tab')
      expect(await height()).toBeGreaterThan(folded)
    }
    await on('/', look, { javaScriptEnabled: false })
  })

  test('is not folded on its own page, nor where it is short', async () => {
    await on(pathOf('long'), async (page) => expect(await page.getByText('Show more').count()).toBe(0))
    await on(pathOf('code'), async (page) => expect(await page.getByText('Show more').count()).toBe(0))
  })

  test('a block of code is copied by a button, which is there only where JavaScript is', async () => {
    await on(pathOf('code'), async (page) => {
      await page.getByRole('button', { name: 'Copy' }).click()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('module load gcc\nmake -j')
      await page.getByText('Copied').waitFor()
    })
    await on(pathOf('code'), async (page) => expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0), {
      javaScriptEnabled: false,
    })
  })

  test('goes from right to left where it is written so', async () => {
    await on(pathOf('hebrew'), async (page) => {
      const text = page.locator('.text')
      expect(await text.evaluate((element) => getComputedStyle(element).direction)).toBe('rtl')
      expect(await text.getAttribute('lang')).toBe('he')
    })
  })
})

describe('the menu of a post', () => {
  test('opens by mouse and keyboard, copies the link, says where the post comes from, and closes with Escape', async () => {
    await on('/', async (page) => {
      const post = page.locator(`#l${ids.get('code')}`)
      await post.getByRole('link', { name: 'More about this post' }).focus()
      await page.keyboard.press('Enter')
      const menu = page.locator('#post-menu')
      await menu.getByText('Open its page here').waitFor()
      expect(await menu.textContent()).toMatch(/first seen 20\d\d-.*\nin A blog/)
      await menu.getByRole('button', { name: 'Copy link' }).click()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${own()}${pathOf('code')}`)
      await page.keyboard.press('Escape')
      expect(await menu.isVisible()).toBe(false)
    })
  })

  test('is a link to its page without JavaScript', async () => {
    await on(
      '/',
      async (page) => {
        await page.locator(`#l${ids.get('code')} a.more`).click()
        await page.waitForURL(own() + pathOf('code'))
      },
      { javaScriptEnabled: false },
    )
  })
})

describe('one link to one line', () => {
  const meta = (html: string, name: string) => new RegExp(`<meta (?:property|name)="${name}" content="([^"]*)"`).exec(html)?.[1]

  test('previews as its words, with who said it where and when', async () => {
    const html = await head('line-1')
    expect(meta(html, 'og:description')).toBe('Because of the &amp; reservation, see &lt;maintenance&gt;')
    expect(meta(html, 'og:title')).toBe('rmorrow in #hpc, Net.Example, 2 March 2026, 12:01 UTC')
    expect(meta(html, 'og:url')).toBe(own() + pathOf('line-1'))
    expect(meta(html, 'article:published_time')).toBe('2026-03-02T12:01:00.000Z')
    expect(meta(html, 'twitter:card')).toBe('summary')
  })

  test('shows its conversation with the line marked, and in sight', async () => {
    await on(
      pathOf('more-7'),
      async (page) => {
        const line = page.locator('[data-asked]')
        expect(await line.textContent()).toContain('And 7')
        await expect.poll(() => line.evaluate((element) => element.getBoundingClientRect().top < innerHeight)).toBe(true)
        expect(await page.locator('.chat li').count()).toBe(11)
      },
      { viewport: { width: 900, height: 300 } },
    )
  })

  test('of what an author covered, only the cover', async () => {
    expect(meta(await head('warned-words'), 'og:description')).toBe('Behind a content warning: Outage at a site')
    expect(meta(await head('warned-words'), 'description')).not.toContain('cooling')
  })

  test('of what is not for every index, nothing; of what is for members, not even that it is there', async () => {
    const unindexed = await head('unindexed')
    expect(unindexed).not.toMatch(/<meta property="og:/)
    expect(unindexed).toContain('<title>Backplane</title>')
    expect(/<head>.*<\/head>/s.exec(unindexed)?.[0]).not.toContain('Not for an index')
    const members = await get(web.port, pathOf('members'))
    expect(members.status).toBe(404)
    expect(members.text).not.toContain('members alone')
  })
})
