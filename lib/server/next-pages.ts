import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { leadNowhere } from './post-page.ts'

/** Answers a request that was let in. */
export type Pages = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * Next's own handler, ready to answer. `httpServer` is where it listens for WebSockets (hot reloading). Throws where
 * nothing was built. Needs NODE_ENV set before the first call: Next reads it when it is loaded, and hangs without it.
 */
export async function nextPages(options: { development: boolean; httpServer: Server }): Promise<Pages> {
  // It would report home, and say so at length.
  Object.assign(process.env, { NEXT_TELEMETRY_DISABLED: '1' })
  const { default: next } = await import('next')
  const { parseAndValidateFlightRouterState } = await import('next/dist/server/app-render/parse-and-validate-flight-router-state.js')
  const app = next({
    dev: options.development,
    dir: join(import.meta.dirname, '../..'),
    httpServer: options.httpServer,
    // From elsewhere than this name and localhost, Next takes no WebSocket.
    hostname: '127.0.0.1',
  })
  await app.prepare()
  const render = app.getRequestHandler()
  return async (request, response) => {
    try {
      parseAndValidateFlightRouterState(request.headers['next-router-state-tree'])
    } catch {
      // Next would throw the same, as a 500 with a stack in the log.
      response.writeHead(400, { 'Content-Type': 'text/plain; charset=utf-8' }).end('The router state is none.\n')
      return
    }
    await leadNowhere(request)
    await render(request, response)
  }
}
