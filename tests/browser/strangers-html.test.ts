import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHtml, fromText, nameWithEmojis } from '#connectors/html'
import { db } from '#db/client'
import type { Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { fuzz, someTechniques, techniques } from '#tests/support/hostile-html'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { randomNumbers } from '#tests/support/random-numbers'
import { image, quoted } from '#tests/support/shapes'
import { startWeb, type Web } from '#tests/support/web'

/**
 * Nothing that strangers write runs in a reader's browser: what the sanitiser lets through is given to a real Chromium by
 * itself, without the policy that would stop it, and then in every place of a post on the real pages.
 * `HOSTILE_HTML` names a JSON file with more to try, a list of strings; `FUZZ` says how many the fuzzer makes.
 */
const database = testDatabase()
const more: string[] = process.env.HOSTILE_HTML ? JSON.parse(readFileSync(process.env.HOSTILE_HTML, 'utf8')) : []
const made = fuzz(randomNumbers(20_261_123), Number(process.env.FUZZ ?? 4000))
const NOW = Date.now()
let web: Web
let browser: Browser

/** A post with the same in every place where a stranger's words can stand. */
function postOf(hostile: string, at: number): Post {
  // Every seventh has an address that is a script wherever an address can stand.
  const url = at % 7 ? 'https://x.example/' : 'javascript:alert(1)'
  const emojis = [
    { shortcode: 'x', url: hostile },
    { shortcode: 'y', url: `https://x.example/${hostile}` },
  ]
  const author = {
    ...ada,
    id: `id:${at}`,
    name: hostile,
    url,
    nameHtml: nameWithEmojis(`${hostile} :x: :y:`, emojis),
    handle: hostile,
    badges: [hostile],
  }
  return aPost(`hostile:${at}`, {
    url,
    ...{ author, title: hostile, html: fromHtml(hostile, { base: 'https://x.example/', emojis }), text: hostile, place: hostile },
    ...{ badges: [hostile], tags: [hostile.slice(0, 30)], contentWarning: at % 3 ? null : hostile, unsupported: at % 5 ? null : hostile },
    media: [image({ alt: hostile, title: hostile, ...(at % 7 === 0 && { url, preview: at % 2 ? url : null }) })],
    card: {
      kind: 'link',
      url,
      title: hostile,
      description: hostile,
      image: null,
      site: hostile,
      authors: [hostile],
      readingMinutes: 1,
    },
    poll: { options: [{ text: hostile, html: fromHtml(hostile), votes: 1 }], multiple: false, voters: 1, closesAt: null },
    quote: { ...quoted, url, author, title: hostile, html: fromText(hostile), text: hostile },
    replyTo: { state: 'shown', externalId: null, url, author, text: hostile, rootExternalId: null },
    share: { externalId: `share:${at}`, by: author, at: new Date(NOW).toISOString() },
    reactions: [{ emoji: hostile.slice(0, 40), image: null, count: 1 }],
    publishedAt: new Date(NOW - at * 60_000),
  })
}

beforeAll(async () => {
  const { source, holder } = await heldSource('<img src=x onerror=alert(1)>', { platform: 'mastodon' })
  // Postgres keeps no NUL, and no half of a character: connectors take both out.
  const kept = [...someTechniques, ...made.slice(0, 60)].map((hostile) => hostile.replaceAll('\u0000', '').toWellFormed())
  await saveBatch(source, holder, aBatch(kept.map(postOf)), new Date())
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

/** A page that counts what runs, and asks nobody but us for anything. */
async function watchedPage(): Promise<{ page: Page; ran: () => Promise<string[]> }> {
  const context = await browser.newContext()
  await context.route(
    (url) => url.origin !== web.origin,
    (route) => route.abort(),
  )
  const page = await context.newPage()
  await page.addInitScript(() => {
    const ran: string[] = []
    for (const name of ['alert', 'confirm', 'prompt', 'print'] as const) window[name] = () => void ran.push(name) as never
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, sample, blockedURI }) => {
      if (/script|frame|object|base|form/.test(effectiveDirective)) ran.push(`${effectiveDirective} ${blockedURI} ${sample}`)
    })
    Object.assign(window, { ran })
  })
  return { page, ran: () => page.evaluate(() => (window as typeof window & { ran: string[] }).ran) }
}

describe('what the sanitiser lets through', () => {
  /** Everything in it that no body may have, as Chromium reads it at once and when it is written out and read again. */
  const ODD = `(() => {
    const tags = new Set('${'p div br hr a span del s pre code em strong b i u ul ol li blockquote h3 h4 h5 h6 table thead tbody tr th td sub sup small q cite abbr kbd samp var mark dl dt dd figure figcaption img ruby rt rp bdi time'}'.split(' '))
    const attributes = new Set('href class rel title lang dir start reversed value src alt width height loading colspan rowspan scope datetime'.split(' '))
    const odd = []
    for (let time = 0; time < 2; time++) {
      for (const holder of document.querySelectorAll('[data-one]')) {
        const say = (what) => odd.push(holder.dataset.one + ': ' + what)
        if (holder.parentElement !== document.body) say('out of its place')
        for (const element of holder.querySelectorAll('*')) {
          if (!tags.has(element.localName) || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') say('<' + element.nodeName + '>')
          for (const { name, value } of element.attributes) {
            if (!attributes.has(name)) say(name + '=' + value)
            if (name === 'href' && !/^(https?|mailto):$/.test(element.protocol)) say('a link to ' + value)
            if (name === 'src' && !/^https?:/.test(element.src)) say('a picture from ' + value)
          }
        }
        holder.innerHTML = holder.innerHTML
      }
    }
    // What has left its holder, and the holders of what came after.
    for (const child of document.body.childNodes) if (!(child instanceof HTMLElement && child.dataset.one)) odd.push('beside: ' + child.nodeName)
    return odd
  })()`

  const SHEET = 250
  const sheets = (all: string[]) =>
    Array.from({ length: Math.ceil(all.length / SHEET) }, (_, at) => all.slice(at * SHEET, (at + 1) * SHEET))

  test.each([
    ['of the techniques that are known', techniques],
    ['of what the fuzzer makes', made],
    ['of what HOSTILE_HTML names', more],
  ])('%s runs no script without any policy, and has nothing but what a body may have', async (_what, all) => {
    const { page, ran } = await watchedPage()
    // A page of nobody's has no policy.
    await page.goto('about:blank')
    for (const sheet of sheets(all)) {
      const holders = sheet.map((hostile, at) => `<div data-one="${at}">${fromHtml(hostile, { base: 'https://x.example/' })}</div>`)
      await page.setContent(`<!doctype html><html><body>${holders.join('')}</body></html>`)
      const odd: string[] = await page.evaluate(ODD)
      expect(odd.map((one) => `${one} ← ${sheet[Number.parseInt(one, 10)]}`)).toEqual([])
      expect(await page.evaluate(() => document.querySelectorAll('[data-one]').length)).toBe(sheet.length)
      expect(await ran()).toEqual([])
    }
    await page.context().close()
  })
})

test('the same without the sanitiser does run: the trap works', async () => {
  const { page, ran } = await watchedPage()
  await page.goto('about:blank')
  await page.setContent(`<!doctype html><html><body>${someTechniques.map((hostile) => `<div>${hostile}</div>`).join('')}</body></html>`)
  await expect.poll(async () => (await ran()).length).toBeGreaterThan(5)
  await page.context().close()
})

describe('on the real pages', () => {
  test('no script of a stranger’s runs, nor is one stopped by the policy, and no link leads to one', async () => {
    const { page, ran } = await watchedPage()
    let seen = 0
    await page.goto(`${web.origin}/`)
    for (;;) {
      await page.waitForFunction(() => Object.keys(document).some((name) => name.startsWith('__react')))
      seen += await page.locator('article').count()
      expect(await ran()).toEqual([])
      const links = await page.evaluate(() =>
        [...document.querySelectorAll('a[href], form[action], img[src], source[src]')].map((element) =>
          'href' in element ? String(element.href) : 'src' in element ? String(element.src) : '',
        ),
      )
      expect(links.filter((link) => /^\s*(?:javascript|vbscript|data:text|blob)/i.test(link))).toEqual([])
      const older = await page
        .locator('a[rel=next]')
        .first()
        .getAttribute('href')
        .catch(() => null)
      if (!older) break
      await page.goto(new URL(older, web.origin).href)
    }
    expect(seen).toBeGreaterThan(150)
    await page.context().close()
  })

  test('nor on the page of one post, in search and on the page of sources', async () => {
    const { page, ran } = await watchedPage()
    const rows = await db().select({ id: posts.id }).from(posts).limit(5)
    for (const path of [...rows.map(({ id }) => `/p/${id}`), '/search?q=alert', '/sources', '/mute?person=mastodon:id:1', '/activity']) {
      await page.goto(web.origin + path, { waitUntil: 'networkidle' })
      expect(await ran(), path).toEqual([])
    }
    await page.context().close()
  })
})
