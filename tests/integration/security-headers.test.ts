import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHtml } from '#connectors/html'
import { db } from '#db/client'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { mediaAddress } from '#lib/media/media-address'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { serve } from '#tests/support/server'
import { image } from '#tests/support/shapes'
import { type Got, get, startWeb, type Web } from '#tests/support/web'

/** What every answer carries, whatever was asked and however it went: every page and route of `app`, and each kind of answer beside them. */
const database = testDatabase()
const APP = join(import.meta.dirname, '../../app')
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==', 'base64')
const host = { host: 'localhost' }
let web: Web
let pictures: Awaited<ReturnType<typeof serve>>
let postId: number
let rack: string

beforeAll(async () => {
  pictures = await serve({ '/rack.png': { headers: { 'content-type': 'image/png' }, body: PIXEL } })
  rack = `${pictures.origin}/rack.png`
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  const shown = aPost('one', {
    html: fromHtml('<p>said <img src="https://x.example/a.png" alt="a"></p>'),
    media: [image({ url: rack, preview: rack })],
  })
  await saveBatch(source, holder, aBatch([shown]), new Date())
  const [row] = await db().select({ id: posts.id }).from(posts)
  postId = row?.id ?? 0
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url, PUBLIC_URL: 'https://backplane.example', TRUSTED_HOSTS: '127.0.0.1' })
}, 240_000)
afterAll(async () => {
  await web?.stop()
  await pictures?.close()
})

/** Of each file of `app` that answers, an address; what is added to `app` is asked by itself. */
const routes = readdirSync(APP, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(?:^|\/)(?:page|route|manifest)\.tsx?$/.test(file))
  .map((file) => `/${file.replace(/(?:^|\/)(?:page|route)\.tsx?$/, '').replace(/manifest\.ts$/, 'manifest.webmanifest')}`)
const addressOf = (route: string) =>
  route
    .replace('[id]', String(postId))
    .replace('[date]', new Date().toISOString().slice(0, 10))
    .replace(/\[.*?\]/g, 'x')

/** What an answer lacks, in words; nothing when it is dressed. */
function lacking({ headers }: Got): string[] {
  const policy = headers['content-security-policy'] ?? ''
  const wanted = {
    'strict-transport-security': /^max-age=31536000$/,
    'referrer-policy': /^no-referrer$/,
    'permissions-policy': /camera=\(\), microphone=\(\), geolocation=\(\), payment=\(\), usb=\(\)/,
    'cross-origin-opener-policy': /^same-origin$/,
    'cross-origin-resource-policy': /^same-origin$/,
    'x-content-type-options': /^nosniff$/,
    'x-frame-options': /^DENY$/,
  }
  const missing = Object.entries(wanted).filter(([name, value]) => !value.test(headers[name] ?? ''))
  const script = /script-src ([^;]*)/.exec(policy)?.[1] ?? "'none'"
  return [
    ...missing.map(([name]) => `${name}: ${headers[name]}`),
    ...(policy.includes("default-src 'none'") ? [] : [`a policy that allows by default: ${policy}`]),
    ...(/unsafe|https?:|\*|data:/.test(script) ? [`scripts from ${script}`] : []),
    ...(/frame-ancestors 'none'/.test(policy) ? [] : ['who may frame it']),
    // What is sandboxed, as media are, sends no form and asks nobody.
    ...(/; sandbox$|form-action 'self'(?:;|$)/.test(policy) ? [] : ['where forms lead']),
    ...(/; sandbox$|base-uri 'none'(?:;|$)/.test(policy) ? [] : ['what addresses begin with']),
    ...(/; sandbox$|connect-src 'self'(?:;|$)/.test(policy) ? [] : ['whom scripts ask']),
    ...(headers['x-powered-by'] ? ['a word about what runs here'] : []),
  ]
}

test.each(routes)('%s is dressed, asked in each way', async (route) => {
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
    const got = await get(web.port, addressOf(route), host, method)
    expect(lacking(got), `${method} ${route} → ${got.status}`).toEqual([])
  }
})

describe('each kind of answer is dressed', () => {
  const asked: [string, number, () => Promise<Got>][] = [
    ['a page that is not there', 404, () => get(web.port, '/nonsense', host)],
    ['an address that is too long', 414, () => get(web.port, `/${'a'.repeat(9000)}`, host)],
    ['an address of another server', 400, () => get(web.port, '//evil.example/', host)],
    ['nonsense of the router', 400, () => get(web.port, '/', { ...host, 'next-router-state-tree': 'x' })],
    ['another name', 421, () => get(web.port, '/', { host: 'rebound.example' })],
    ['a proxy', 403, () => get(web.port, '/', { ...host, 'x-forwarded-for': '192.0.2.1' })],
    ['a wrong key', 403, () => get(web.port, '/?key=wrong', host)],
    ['the right key', 303, () => get(web.port, `/?key=${readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()}`, host)],
    ['a wrong token', 401, () => get(web.port, '/', { ...host, authorization: 'Bearer x' })],
    ['a method that is none', 405, () => get(web.port, '/', host, 'PROPFIND')],
    ['a form that is not sent by us', 403, () => get(web.port, '/preferences', { ...host, origin: 'https://evil.example' }, 'POST', 'x')],
    ['a redirect', 303, () => get(web.port, '/day?date=2026-11-22', host)],
    ['a question that makes no sense', 400, () => get(web.port, '/api/posts?q=%22unclosed', host)],
    ['the same again', 304, async () => get(web.port, '/rss.xml', { ...host, 'if-none-match': await tagOf('/rss.xml') })],
    ['a picture', 200, () => get(web.port, mediaAddressOf(rack), host)],
    ['a part of a picture', 206, () => get(web.port, mediaAddressOf(rack), { ...host, range: 'bytes=0-3' })],
    ['a part that is not there', 416, () => get(web.port, mediaAddressOf(rack), { ...host, range: 'bytes=9999-' })],
    [
      'the same picture again',
      304,
      async () => get(web.port, mediaAddressOf(rack), { ...host, 'if-none-match': await tagOf(mediaAddressOf(rack)) }),
    ],
    ['a picture that is not there', 404, () => get(web.port, '/media/1/aaaaaaaaaaaa', host)],
    ['the service worker', 200, () => get(web.port, '/sw.js', host)],
    [
      'a script of ours',
      200,
      async () => get(web.port, /\/_next\/static\/[^"]+\.js/.exec((await get(web.port, '/', host)).text)?.[0] ?? '', host),
    ],
    ['what the router asks in a way of its own', 307, () => get(web.port, '/about?_rsc=1', { ...host, rsc: '1' })],
  ]
  const mediaAddressOf = (url: string) => mediaAddress(postId, url)
  const tagOf = async (path: string) => (await get(web.port, path, host)).headers.etag ?? ''

  test.each(asked)('%s (%i)', async (_what, status, ask) => {
    const got = await ask()
    expect(got.status).toBe(status)
    expect(lacking(got)).toEqual([])
  })

  test('the news for open pages (200)', async () => {
    const stop = new AbortController()
    const response = await fetch(`${web.origin}/api/live`, { signal: stop.signal })
    const headers = Object.fromEntries(response.headers)
    stop.abort()
    expect(lacking({ status: 200, headers, body: Buffer.of(), text: '' })).toEqual([])
  })
})

test('a page runs no script of its own but those that it marks, with another mark each time', async () => {
  const marks = new Set<string>()
  for (const path of ['/', '/', `/p/${postId}`, '/sources', '/settings', '/nonsense']) {
    const { headers, text } = await get(web.port, path, host)
    const [, mark = ''] = /'nonce-([\w-]+)'/.exec(headers['content-security-policy'] ?? '') ?? []
    expect(mark.length).toBeGreaterThanOrEqual(22)
    marks.add(mark)
    const inline = [...text.matchAll(/<(?:script|style)\b([^>]*)>/g)].filter(([, attributes]) => !attributes?.includes(' src='))
    expect(inline.length).toBeGreaterThan(0)
    for (const [tag, attributes] of inline) expect(attributes, tag).toContain(`nonce="${mark}"`)
    // In what is drawn, not in what scripts carry as text.
    expect(text.replace(/<script\b.*?<\/script>/gs, '')).not.toMatch(/<[a-z][^>]*\s(?:on\w+|style)=/i)
  }
  expect(marks.size).toBe(6)
})

test('without https nobody is told to come by it', async () => {
  const plain = await startWeb({ DATABASE_URL: database.url })
  expect((await get(plain.port, '/about', host)).headers['strict-transport-security']).toBeUndefined()
  await plain.stop()
})
