import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import type { LiveHub, Watcher } from '#lib/server/live-hub'
import { livePages } from '#lib/server/live-pages'

/** Open pages over real connections; what they are told is made up by the test. */
const watchers = new Set<Watcher>()
const hub: LiveHub = {
  watch(_reader, _filters, watcher) {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  },
  stop: async () => {},
}
const pages = livePages(hub, 10)
const server = createServer((request, response) => {
  if (!pages.take(request, response, { role: 'anonymous' })) response.end()
}).listen(0, '127.0.0.1')
afterAll(() => server.close())

async function arrives(): Promise<Watcher> {
  for (;;) {
    const [watcher] = watchers
    if (watcher) return watcher
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a page that does not take what it is told is let go, so that what waits for it is bounded', async () => {
  const { port } = server.address() as AddressInfo
  const stuck = connect(port, '127.0.0.1')
  stuck.pause()
  stuck.write('GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const watcher = await arrives()
  let told = 0
  while (watchers.has(watcher) && told < 200) {
    watcher.write(`data: ${'x'.repeat(100_000)}\n\n`)
    told++
    await new Promise((resolve) => setImmediate(resolve))
  }
  // Some megabytes fit into the buffers of the system.
  expect(told).toBeLessThan(200)
  stuck.destroy()
})

test('a page that takes everything stays, however much it is told', async () => {
  const { port } = server.address() as AddressInfo
  const reading = connect(port, '127.0.0.1')
  let bytes = 0
  reading.on('data', (chunk) => {
    bytes += chunk.length
  })
  reading.write('GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const watcher = await arrives()
  for (let told = 1; told <= 300; told++) {
    watcher.write(`data: ${'x'.repeat(50_000)}\n\n`)
    while (bytes < told * 50_000 && watchers.has(watcher)) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(watchers.has(watcher)).toBe(true)
  reading.destroy()
})
