import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What was asked of a stand-in. `path` has its query; `url` is the same, parsed. */
export type Asked = { method: string; path: string; url: URL; headers: IncomingHttpHeaders; body: string }

/** What it answers: status 200 unless told; an object as body is sent as JSON. */
export type Answer = { status?: number; headers?: Record<string, string>; body?: string | Uint8Array | object }

/** An answer, or what makes one. Who takes the bare `response` and returns nothing answers by hand (stalls, drips, resets). */
export type Route =
  | Answer
  | ((asked: Asked, response: ServerResponse, request: IncomingMessage) => Answer | undefined | Promise<Answer | undefined>)

/**
 * A real HTTP server on a free loopback port that stands in for a platform: `routes` by path without query, `*` for
 * the rest (else 404). Routes may be changed between requests; everything asked is recorded. Close it with
 * `await using` or `close()`, which also cuts open connections.
 */
export async function serve(routes: Record<string, Route>) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = request.url ?? '/'
    const url = new URL(path, origin)
    const one = { method: request.method ?? 'GET', path, url, headers: request.headers, body: Buffer.concat(chunks).toString() }
    asked.push(one)
    const route = routes[url.pathname] ?? routes['*'] ?? { status: 404, body: 'not found' }
    const answer = typeof route === 'function' ? await route(one, response, request) : route
    if (answer) send(response, answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { origin, port, host: `127.0.0.1:${port}`, routes, asked, server, close, [Symbol.asyncDispose]: close }
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: Answer): void {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  response.writeHead(status, raw ? headers : { 'content-type': 'application/json', ...headers })
  response.end(raw ? body : JSON.stringify(body))
}

/** A port that nobody listens on, for a program that is to be told its address before it has one. */
export async function freePort(): Promise<number> {
  const { port, close } = await serve({})
  await close()
  return port
}
