import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromSegments } from '#connectors/html'
import { createHttp } from '#connectors/http'
import { shortLinks } from '#lib/collecting/short-links'
import { aPost } from '#tests/support/post'
import { serve } from '#tests/support/server'

const http = createHttp({ userAgent: 'Backplane/test (+https://example.org)', trustedHosts: ['127.0.0.1'] })
const signal = new AbortController().signal
let server: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  server = await serve({})
})
beforeEach(() => {
  server.asked.length = 0
})
afterAll(() => server.close())

const short = () => shortLinks(http, (host) => host === server.host)
const post = (...links: string[]) => aPost('a', { html: fromSegments(links.map((href) => ({ text: 'short', href }))) })

test('a shortened link leads where its service says, hop by hop, and is asked for once', async () => {
  server.routes['/one'] = { status: 301, headers: { location: '/two' } }
  server.routes['/two'] = { status: 302, headers: { location: 'https://blog.example.org/mpi?a=1&b=2' } }
  const links = short()
  const [followed] = await links.followed([post(`${server.origin}/one`), aPost('b')], signal)
  expect(followed?.html).toContain('href="https://blog.example.org/mpi?a=1&#38;b=2"')
  expect(followed?.html).toContain('>short</a>')
  await links.followed([post(`${server.origin}/one`)], signal)
  expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /one', 'HEAD /two'])
})

test('a card of a shortened link leads there too', async () => {
  server.routes['/card'] = { status: 301, headers: { location: 'https://blog.example.org/card' } }
  const card = {
    kind: 'link' as const,
    url: `${server.origin}/card`,
    title: 'A card',
    description: '',
    image: null,
    site: '',
    authors: [],
    readingMinutes: null,
  }
  const [followed] = await short().followed([aPost('a', { card })], signal)
  expect(followed?.card?.url).toBe('https://blog.example.org/card')
})

test.each([
  ['that leads nowhere', { status: 404 }],
  ['that leads to no web page', { status: 301, headers: { location: 'javascript:alert(1)' } }],
  ['that is a page after all', { status: 200, body: 'hello' }],
])('a link %s stays as it is', async (_what, route) => {
  server.routes['/odd'] = route
  const before = post(`${server.origin}/odd`)
  expect(await short().followed([before], signal)).toEqual([before])
})

test('a service that does not answer holds no post back for long', async () => {
  server.routes['/slow'] = () => undefined
  const before = post(`${server.origin}/slow`)
  const startedAt = performance.now()
  expect(await short().followed([before], signal)).toEqual([before])
  expect(performance.now() - startedAt).toBeLessThan(4000)
})

test('links that nobody shortened are not asked for', async () => {
  await shortLinks(http).followed([post(`${server.origin}/one`, 'https://example.org/long')], signal)
  expect(server.asked).toEqual([])
})
