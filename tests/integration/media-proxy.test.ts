import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromHtml } from '#connectors/html'
import { createHttp } from '#connectors/http'
import type { Media, Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import type { SourceRow } from '#db/sources'
import { getTimeline } from '#db/timeline'
import { readConfig } from '#lib/config'
import { mediaAddress } from '#lib/media/media-address'
import { createMediaCache } from '#lib/media/media-cache'
import { startMediaProxy } from '#lib/media/media-proxy'
import { markReader } from '#lib/server/reader'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { serve } from '#tests/support/server'
import { image } from '#tests/support/shapes'
import { type Got, get } from '#tests/support/web'

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6360000002000150a0f53a', 'hex'),
  Buffer.from('0000000049454e44ae426082', 'hex'),
])
const MP4 = Buffer.concat([Buffer.from('0000001c6674797069736f6d0000020069736f6d69736f326d703431', 'hex'), Buffer.alloc(300_000, 'film')])
const SVG = '<?xml version="1.0"?><!-- drawn by hand --><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

testDatabase()
let held: { source: SourceRow; holder: string }
let dataDir: string
let server: Server
let far: Awaited<ReturnType<typeof serve>>
let count = 0

beforeAll(async () => {
  held = await heldSource('A blog')
  far = await serve({})
  dataDir = mkdtempSync(join(tmpdir(), 'backplane-media-data-'))
  const answer = await startMediaProxy(
    readConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, TRUSTED_HOSTS: '127.0.0.1', MEDIA_CACHE_MB: '16' }),
  )
  // The web process says who asks; here the test does.
  server = createServer((request, response) => {
    markReader(request.headers, { role: request.headers.authorization ? 'member' : 'anonymous' })
    void answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}, 60_000)
afterAll(async () => {
  server?.close()
  await far?.close()
  rmSync(dataDir, { recursive: true, force: true })
})
beforeEach(() => {
  far.asked.length = 0
  for (const path of Object.keys(far.routes)) delete far.routes[path]
})

/** Saves a post with this one medium and returns the address under which a page shows it. */
async function shown(path: string, change: Partial<Post> & { medium?: Partial<Media> } = {}): Promise<string> {
  const { medium, ...rest } = change
  const url = path.includes('://') ? path : `${far.origin}${path}`
  const externalId = `p${count++}`
  const post = aPost(externalId, { media: [image({ url, preview: null, ...medium })], ...rest })
  await saveBatch(held.source, held.holder, aBatch([post]), new Date())
  const { entries } = await getTimeline({ role: 'owner' }, {})
  const saved = entries.flatMap(({ posts }) => posts).find((one) => one.externalId === externalId)
  if (!saved) throw new Error('not saved')
  return mediaAddress(saved.id, url)
}

const member = { authorization: 'yes' }
function ask(path: string, headers = {}): Promise<Got> {
  const { port } = server.address() as AddressInfo
  return get(port, path, headers)
}

test('a picture reaches the reader from here, and its host learns nothing of who reads', async () => {
  far.routes['/a.png'] = { headers: { 'content-type': 'image/png', 'set-cookie': 'track=1' }, body: PNG }
  const address = await shown('/a.png')
  const got = await ask(address, { cookie: 'who=me', referer: 'http://localhost/secret', 'user-agent': 'Somebody/1.0' })
  expect(got.status).toBe(200)
  expect(got.body).toEqual(PNG)
  expect(got.headers).toMatchObject({ 'content-type': 'image/png', 'content-disposition': 'inline' })
  expect(got.headers['cache-control']).toMatch(/public, max-age=300, must-revalidate/)
  expect(got.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/)
  expect(got.headers['set-cookie']).toBeUndefined()
  const [asked] = far.asked
  expect(asked?.headers.cookie).toBeUndefined()
  expect(asked?.headers.referer).toBeUndefined()
  expect(asked?.headers['user-agent']).toMatch(/^Backplane\//)
})

test('what was fetched once is kept, and a browser that has it is not sent it again', async () => {
  far.routes['/kept.png'] = { body: PNG }
  const address = await shown('/kept.png')
  const first = await ask(address)
  expect((await ask(address)).body).toEqual(PNG)
  expect((await ask(address, { 'if-none-match': first.headers.etag })).status).toBe(304)
  expect(far.asked).toHaveLength(1)
})

test('many who ask at once read along with one fetch', async () => {
  const halves = Promise.withResolvers<void>()
  far.routes['/film.mp4'] = (_asked, response) => {
    response.writeHead(200, { 'content-length': MP4.length })
    response.write(MP4.subarray(0, 100_000))
    void halves.promise.then(() => response.end(MP4.subarray(100_000)))
    return undefined
  }
  const address = await shown('/film.mp4', { medium: { kind: 'video', mimeType: 'video/mp4' } })
  const some = ['bytes=0-99', 'bytes=90000-', '', ''].map((range) => ask(address, range ? { range } : {}))
  // What is there is sent while the rest is still coming.
  expect((await some[0])?.body).toEqual(MP4.subarray(0, 100))
  halves.resolve()
  const [, tail, ...whole] = await Promise.all(some)
  expect(tail?.body).toEqual(MP4.subarray(90_000))
  for (const one of whole) expect(one.body).toEqual(MP4)
  expect(far.asked).toHaveLength(1)
})

test.each([
  ['bytes=10-19', 206, 'bytes 10-19/300028', 10],
  ['bytes=-8', 206, 'bytes 300020-300027/300028', 8],
  ['bytes=300000-999999', 206, 'bytes 300000-300027/300028', 28],
  ['bytes=400000-', 416, 'bytes */300028', 0],
  ['bytes=0-1,5-6', 200, undefined, 300_028],
  ['lines=1-2', 200, undefined, 300_028],
])('a film can be asked for in parts: %s', async (range, status, contentRange, bytes) => {
  far.routes['/parts.mp4'] = { body: MP4 }
  const address = await shown('/parts.mp4', { medium: { kind: 'video', mimeType: 'video/mp4' } })
  await ask(address)
  const got = await ask(address, { range })
  expect(got.status).toBe(status)
  expect(got.headers['content-range']).toBe(contentRange)
  expect(got.body.length).toBe(bytes)
})

test.each([
  ['a page', '<!doctype html><script>alert(1)</script>', 'image/png'],
  ['a script', 'alert(document.cookie)', 'image/png'],
  ['an archive', Buffer.from('504b0304140000000800', 'hex'), 'image/png'],
  ['nothing', '', 'image/png'],
])('%s that calls itself a picture is not passed on', async (what, body, type) => {
  const path = `/lie-${what.replace(' ', '-')}`
  far.routes[path] = { headers: { 'content-type': type }, body }
  const got = await ask(await shown(path))
  expect(got.status).toBe(502)
  expect(got.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(got.text).toContain('no picture, film or sound')
})

test('a drawing that could hold a script is never a page of ours', async () => {
  far.routes['/drawing'] = { headers: { 'content-type': 'text/html' }, body: SVG }
  const got = await ask(await shown('/drawing'))
  expect(got.headers).toMatchObject({ 'content-type': 'image/svg+xml', 'content-disposition': 'attachment' })
  expect(got.headers['content-security-policy']).toContain('sandbox')
})

test('what is larger than a picture may be is refused, whether or not it says so beforehand', async () => {
  far.routes['/huge-said'] = (_asked, response) => {
    response.writeHead(200, { 'content-length': 30_000_000 }).write(PNG)
    response.write(Buffer.alloc(5000))
    return undefined
  }
  expect((await ask(await shown('/huge-said'))).text).toContain('larger than 8 MB')
  const huge = Buffer.concat([PNG, Buffer.alloc(9_000_000)])
  far.routes['/huge'] = (_asked, response) => {
    response.writeHead(200)
    response.end(huge)
    return undefined
  }
  const { port } = server.address() as AddressInfo
  const half = await fetch(`http://127.0.0.1:${port}${await shown('/huge')}`)
  await expect(half.arrayBuffer()).rejects.toThrow()
  expect(readdirSync(join(dataDir, 'media')).length % 2, 'no half of it is left').toBe(0)
})

test('only what a post names is fetched: no address of ours fetches another', async () => {
  far.routes['*'] = { body: PNG }
  const address = await shown('/named.png')
  const [, , id = '', name = ''] = address.split('/')
  const other = Buffer.from(`${far.origin}/other.png`).toString('base64url')
  for (const path of [
    `/media/${id}/AAAAAAAAAAAA`,
    `/media/999999/${name}`,
    `/media/${id}/${'A'.repeat(43)}/${other}`,
    '/media/',
    `/media/${id}`,
  ])
    expect((await ask(path)).status).toBe(404)
  expect(far.asked).toHaveLength(0)
})

test('an address of this network is not fetched, neither outright nor after a redirect', async () => {
  far.routes['/away.png'] = { status: 302, headers: { location: 'http://127.0.0.2:1/internal.png' } }
  for (const url of ['http://10.0.0.1/x.png', 'http://169.254.169.254/latest', '/away.png'])
    expect((await ask(await shown(url))).status).toBe(502)
})

test('a picture that cannot be had is not asked for again for a while', async () => {
  far.routes['/broken.png'] = { status: 500 }
  const address = await shown('/broken.png')
  expect((await ask(address)).status).toBe(502)
  expect((await ask(address)).headers['cache-control']).toBe('private, max-age=60')
  expect(far.asked).toHaveLength(1)
})

test('media of a members-only post are for members only, and nobody else is told that there are any', async () => {
  far.routes['/m.png'] = { body: PNG }
  const address = await shown('/m.png', { audience: 'members' })
  expect((await ask(address)).status).toBe(404)
  expect((await ask(address)).text).toBe((await ask('/media/999999/AAAAAAAAAAAA')).text)
  const got = await ask(address, member)
  expect(got.body).toEqual(PNG)
  expect(got.headers['cache-control']).toMatch(/^private/)
  expect((await ask(address)).status).toBe(404)
})

test('media of a deleted post are gone at once', async () => {
  far.routes['/d.png'] = { body: PNG }
  const address = await shown('/d.png')
  expect((await ask(address)).status).toBe(200)
  await saveBatch(held.source, held.holder, aBatch([], { deleted: [`p${count - 1}`] }), new Date())
  expect((await ask(address)).status).toBe(404)
})

test('of a film in parts every part comes through here, and no part that its playlist does not name', async () => {
  far.routes['/hls/master.m3u8'] = {
    body: '#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,URI="subs.vtt"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/list.m3u8\n',
  }
  far.routes['/hls/low/list.m3u8'] = {
    body: '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\nhttp://127.0.0.1:1/away.ts\n#EXTINF:4,\nseg.mp4\n',
  }
  far.routes['/hls/low/init.mp4'] = { body: MP4 }
  far.routes['/hls/subs.vtt'] = { body: 'WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n' }
  const address = await shown('/hls/master.m3u8', { medium: { kind: 'video', mimeType: 'application/vnd.apple.mpegurl' } })
  const master = await ask(address)
  expect(master.headers['content-type']).toBe('application/vnd.apple.mpegurl')
  expect(master.text).not.toContain(far.origin)
  const [subs = '', list = ''] = master.text.match(/\/media\/\d+\/[\w-]+\/[\w-]+/g) ?? []
  expect((await ask(subs)).headers['content-type']).toBe('text/vtt')
  const variant = await ask(list)
  const [init = '', , piece = ''] = variant.text.match(/\/media\/\d+\/[\w-]+\/[\w-]+/g) ?? []
  expect((await ask(init)).body).toEqual(MP4)
  expect(variant.text).not.toMatch(/^http|seg\.mp4/m)
  expect((await ask(`${piece.slice(0, -4)}AAAA`)).status).toBe(404)
})

test('a post’s custom emoji, card, quote, captions and those who passed it on are shown from here, too', async () => {
  far.routes['*'] = { body: PNG }
  const html = fromHtml('<p>:kettle:</p>', { emojis: [{ shortcode: 'kettle', url: `${far.origin}/kettle.png?a=1&b=2` }] })
  const [id] = /(?<=\/media\/)\d+/.exec(await shown('/with.png', { html })) ?? []
  expect((await ask(mediaAddress(Number(id), `${far.origin}/kettle.png?a=1&b=2`))).status).toBe(200)
  expect(far.asked.at(-1)?.path).toBe('/kettle.png?a=1&b=2')
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backplane-media-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const cacheOf = (maxBytes: number) =>
  createMediaCache({ folder, maxBytes, http: createHttp({ userAgent: 'Test', trustedHosts: ['127.0.0.1'] }) })
async function whole(medium: { read(from: number, to: number): AsyncIterable<Uint8Array> }): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of medium.read(0, Number.POSITIVE_INFINITY)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('files are kept as long as a post shows them, and no longer', async () => {
  far.routes['*'] = { body: PNG }
  const cache = await cacheOf(1e9)
  for (const [path, id] of [
    ['/one.png', 1],
    ['/both.png', 1],
    ['/both.png', 2],
  ] as const)
    await whole(await cache.get(`${far.origin}${path}`, id))
  await expect.poll(() => readdirSync(folder).length).toBe(4)
  await cache.sweep(async (ids) => new Set(ids.filter((id) => id !== 1)))
  expect(readdirSync(folder)).toHaveLength(2)
  await cache.sweep(async () => new Set())
  expect(readdirSync(folder)).toEqual([])
})

test('the folder stays within its bound: what was not looked at for longest goes', async () => {
  far.routes['*'] = { body: Buffer.concat([PNG, Buffer.alloc(100_000)]) }
  const cache = await cacheOf(450_000)
  for (let n = 0; n < 9; n++) await whole(await cache.get(`${far.origin}/${n}.png`, 1))
  await expect.poll(() => readdirSync(folder).filter((name) => !name.endsWith('.json')).length).toBeLessThanOrEqual(4)
  far.asked.length = 0
  expect((await whole(await cache.get(`${far.origin}/8.png`, 1))).length).toBeGreaterThan(100_000)
  expect(far.asked).toHaveLength(0)
})
