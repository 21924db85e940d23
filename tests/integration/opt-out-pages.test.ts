import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { ownerKey } from '#lib/server/owner-key'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { serve } from '#tests/support/server'
import { get, startWeb, type Web } from '#tests/support/web'

const database = testDatabase()
let web: Web
let site: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  await builtPages()
  site = await serve({})
  const blog = await heldSource('A blog')
  const fediverse = await heldSource('A server', { platform: 'mastodon', keepDays: 30, permission: { by: 'its people', on: '2026-11-01' } })
  await saveBatch(
    blog.source,
    blog.holder,
    aBatch([aPost('blog:1', { url: `${site.origin}/1`, author: { ...ada, url: site.origin } })]),
    new Date(),
  )
  const passing = aPost('m:2', { text: 'in passing', audience: 'unindexed', publishedAt: new Date(Date.now() - 86_400_000) })
  await saveBatch(fediverse.source, fediverse.holder, aBatch([aPost('m:1', { text: 'words to report' }), passing]), new Date())
  web = await startWeb({ DATABASE_URL: database.url, TRUSTED_HOSTS: '127.0.0.1', INDEX: 'open', CONTACT: 'owner@example.org' })
}, 400_000)
afterAll(async () => {
  await web?.stop()
  await site?.close()
})

async function idOf(externalId: string): Promise<number> {
  const [row] = await database.db.select({ id: posts.id }).from(posts).where(eq(posts.externalId, externalId))
  return row?.id ?? 0
}
const read = (path: string, headers = {}) => get(web.port, path, { host: 'localhost', ...headers })
/** As a browser sends a form. */
async function send(path: string, fields: { [name: string]: string }, headers = {}) {
  const body = new URLSearchParams(fields).toString()
  const form = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
    'sec-fetch-site': 'same-origin',
  }
  return get(web.port, path, { host: 'localhost', ...form, ...headers }, 'POST', body)
}

test('a site’s author is left out by plain forms: they ask, put the code there, have it checked, and it is gone', async () => {
  expect((await read('/opt-out')).text).toMatch(/action="\/opt-out\/ask"/)
  expect((await read(`/p/${await idOf('blog:1')}`)).text).toMatch(new RegExp(`/opt-out\\?post=${await idOf('blog:1')}"`))
  const asked = await send('/opt-out/ask', { address: site.origin, wish: 'author', words: '' })
  expect(asked.status).toBe(303)
  const path = asked.headers.location ?? ''
  const [code = ''] = /backplane-[a-z2-9]{12}$/.exec(path) ?? []
  expect((await read(path)).text).toContain(`<code>${code}</code>`)
  const early = await send('/opt-out/check', { code, do: 'check' })
  expect((await read(early.headers.location ?? '')).text).toMatch(/did not answer/)
  site.routes['/'] = {
    headers: { 'content-type': 'text/html' },
    body: `<html><head><meta name="backplane-opt-out" content="${code}"></head></html>`,
  }
  const post = await idOf('blog:1')
  expect((await read(`/p/${post}`)).status).toBe(200)
  const checked = await send('/opt-out/check', { code, do: 'check' })
  expect((await read(checked.headers.location ?? '')).text).toMatch(/Done\./)
  expect((await read(`/p/${post}`)).status).toBe(404)
})

test('a form of another site is refused, and only an owner decides', async () => {
  expect((await send('/opt-out/ask', { address: 'x' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  const id = await idOf('m:1')
  expect((await read(`/report?post=${id}`)).text).toMatch(/action="\/report\/send"/)
  const sent = await send('/report/send', { post: String(id), words: 'this is spam' })
  expect((await read(sent.headers.location ?? '')).text).toMatch(/Thank you/)
  expect((await read('/requests')).text).not.toMatch(/this is spam/)
  const owner = { authorization: `Bearer ${ownerKey(web.dataDir)}` }
  const list = (await read('/requests', owner)).text
  expect(list).toMatch(/this is spam/)
  const request = /name="request" value="(\d+)"/.exec(list)?.[1] ?? ''
  const what = JSON.stringify({ kind: 'post', platform: 'mastodon', key: 'm:1', address: null })
  await send('/requests/decide', { request, withhold: what })
  expect((await read(`/p/${id}`)).status).toBe(200)
  await send('/requests/decide', { request, withhold: what }, owner)
  expect((await read(`/p/${id}`)).status).toBe(404)
})

test('search engines may keep the pages of posts alone, once the owner opens the site, and nobody’s who asks not to be found', async () => {
  const fediverse = await heldSource('Another server', { platform: 'reddit', settings: { subreddit: 'hpc' } })
  await saveBatch(fediverse.source, fediverse.holder, aBatch([aPost('t3_1', { title: 'Open', url: null })]), new Date())
  const open = await read(`/p/${await idOf('t3_1')}`)
  expect(open.headers['x-robots-tag']).toBeUndefined()
  expect(open.text).toMatch(/<meta name="robots" content="index, follow"/)
  expect((await read(`/p/${await idOf('m:2')}`)).text).toMatch(/<meta name="robots" content="noindex"/)
  for (const path of ['/', '/search', '/feed.json', '/sources', '/opt-out'])
    expect((await read(path)).headers['x-robots-tag']).toBe('noindex')
  expect((await read('/robots.txt')).text).toMatch(/Allow: \/p\//)
  const closed = await startWeb({ DATABASE_URL: database.url })
  const there = (path: string) => get(closed.port, path, { host: 'localhost' })
  expect((await there('/robots.txt')).text).toBe('User-agent: *\nDisallow: /\n')
  const post = await there(`/p/${await idOf('t3_1')}`)
  expect([post.headers['x-robots-tag'], /content="noindex"/.test(post.text)]).toEqual(['noindex', true])
  await closed.stop()
})

test('what is collected says from where, with whose permission, for how long, why, and whom to ask', async () => {
  const { text } = await read('/about')
  for (const said of [
    'A server',
    'permitted by its people on 2026-11-01',
    'kept for 30 days',
    'once a day for 30 days',
    '/opt-out',
    'mailto:owner@example.org',
  ])
    expect(text).toContain(said)
  expect(text).toMatch(/Another server \(its words for 2 days only\)/)
})
