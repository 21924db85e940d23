import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { readReplicas } from '#db/replicas'
import { type Config, ConfigError, configuration } from './config.ts'
import { log } from './log.ts'
import { wantsDirectMedia } from './media/direct-media.ts'
import { startMediaProxy } from './media/media-proxy.ts'
import { openJournal } from './postgres/deletions-journal.ts'
import { outliveDriver } from './postgres/outlive-driver.ts'
import { compressedAssets } from './server/assets.ts'
import { withoutProxies } from './server/community-gate.ts'
import { robotsTag } from './server/crawlers.ts'
import { type Entrance, type Entry, entranceOf } from './server/entrance.ts'
import type { Answer } from './server/gate.ts'
import { innerRequests } from './server/inner-requests.ts'
import { type KeptPages, keptPages } from './server/kept-pages.ts'
import { createLimits, type Limits } from './server/limits.ts'
import { liveHub } from './server/live-hub.ts'
import { type LivePages, livePages } from './server/live-pages.ts'
import { createMetrics, isDirect, type Metrics } from './server/metrics.ts'
import { holdToMode } from './server/mode.ts'
import { nextPages } from './server/next-pages.ts'
import { type Pack, packing } from './server/packing.ts'
import { markReader } from './server/reader.ts'
import { READER_TAG, readerTag } from './server/reader-tag.ts'
import { replicaReading } from './server/replica-reading.ts'
import { marked, securityHeaders } from './server/security-headers.ts'

/**
 * The web process: an HTTP server of our own in front of Next's. It decides who asks, refuses what it should (what is
 * no HTTP at all, Node refuses), and compresses. Tells its parent `{ ready: true, port }`; ends with 2 when it cannot
 * start for a reason that a person can mend, said in a sentence; SIGTERM, or the loss of its parent, lets requests
 * finish for 5 s.
 */

/** Long enough for a page that is being rendered, short enough for the 10 s in which everything stops. */
const FINISH_MS = 5000
/** A request is a few lines: who needs longer to send them keeps a connection busy. */
const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
/** Cookies know no ports: those of two boards on one computer, full of preferences (12 KB each), come to both. */
const HEADER_BYTES = 32_768

/** Everything else is read only. What is added here changes nothing that others see, or asks who it is. */
const TAKE_POST = [
  '/api/unread',
  '/preferences',
  '/submit/send',
  '/opt-out/ask',
  '/opt-out/check',
  '/report/send',
  '/requests/decide',
  '/sources/new/look',
  '/sources/new/add',
  '/sources/change',
  '/digest/ask',
  '/digest/change',
  '/digest/returned',
  '/unsubscribe',
  '/sources/run',
  '/people/unlink',
]

const development = process.env.NODE_ENV === 'development'
outliveDriver()
if (!development) Object.assign(process.env, { NODE_ENV: 'production' })

try {
  serve(await ready(configuration()))
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  giveUp(error.message)
}

/** The configuration, once it is one that this process can serve. Throws ConfigError. */
async function ready(config: Config): Promise<Config> {
  if (!config.DATABASE_URL) throw new ConfigError('DATABASE_URL is not set: `npm start` starts a database of its own and sets it.')
  await holdToMode(config)
  return config
}

function serve(config: Config): void {
  openJournal(config.DATA_DIR)
  // Next's error overlay posts, wherever it is.
  const methods = development ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD']
  const entrance = entranceOf(config, { methods, posts: TAKE_POST })
  // Never listens: Next takes WebSockets (hot reloading) from it, once they were let in.
  const upgrades = createServer()
  const pages = nextPages({ development, httpServer: upgrades })
  pages.catch((error: Error) => giveUp(`The pages cannot be served: ${error.message}`))
  const assets = development ? null : compressedAssets()
  const media = config.MEDIA_PROXY === 'on' ? startMediaProxy(config) : null
  media?.catch((error: Error) => giveUp(`Media cannot be kept in ${config.DATA_DIR}: ${error.message}`))

  const pack = packing(config)
  const replicated = config.DATABASE_REPLICA_URL.length > 0
  if (replicated) readReplicas(config.DATABASE_REPLICA_URL)
  const answering = replicated ? pages.then(replicaReading) : pages
  // Made from the primary: it stays until something is announced. While the pages are worked on, each is made anew.
  const kept = keptPages(development ? { ...config, KEPT_PAGES_MB: 0 } : config, pages.then(innerRequests))
  const hub = liveHub(config.DATABASE_DIRECT_URL ?? config.DATABASE_URL ?? '', kept.forget)
  const live = livePages(hub, config.LIVE_READERS)
  const limits = createLimits(config)
  const metrics = createMetrics(config, live, kept)
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: HEADER_BYTES },
    (request, response) => {
      metrics.watch(request, response)
      const answer = async () => {
        if (!(await letIn(request, response, { entrance, config, live, kept, limits, metrics, pack }))) return
        if ((await assets)?.(request, response)) return
        if (await (await media)?.(request, response)) return
        await (await answering)(request, response)
      }
      answer().catch((error: unknown) => fail(error, response, config))
    },
  )
  server.on('upgrade', async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!development || 'answer' in (await entrance.enter(request)))
      return socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    upgrades.emit('upgrade', request, socket, head)
  })
  server.on('error', (error: NodeJS.ErrnoException) => {
    const sentences: Record<string, string> = {
      EADDRINUSE: `PORT=${config.PORT} is in use by another program: stop that one, or set PORT to another number.`,
      EACCES: `PORT=${config.PORT} may not be opened by this user: set PORT to a number above 1023.`,
      EADDRNOTAVAIL: `HOST=${config.HOST} is no address of this computer.`,
    }
    giveUp(sentences[error.code ?? ''] ?? `The web server could not listen: ${error.message}.`)
  })
  server.listen(config.PORT, config.HOST, async () => {
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : config.PORT
    entrance.listensOn(port)
    await pages
    process.send?.({ ready: true, port })
  })

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    server.close(() => process.exit(0))
    live.end()
    kept.stop()
    hub.stop().catch(() => {})
    // A connection is idle, and free to go, as soon as its answer is out.
    setInterval(() => server.closeIdleConnections(), 100)
    setTimeout(() => process.exit(0), FINISH_MS)
  }
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop)
}

/** What decides of a request before any page sees it. */
type Door = { entrance: Entrance; config: Config; live: LivePages; kept: KeptPages; limits: Limits; metrics: Metrics; pack: Pack }

/** Dresses answer and request, and answers itself what may not come in, the open pages that wait for what is new, and pages that everybody is shown alike. */
async function letIn(request: IncomingMessage, response: ServerResponse, door: Door): Promise<boolean> {
  const { entrance, config, live, kept, metrics, pack } = door
  // Asked before the gate gives the request our public name; and only where it matters, as it takes a while.
  const direct = request.url?.startsWith('/metrics') === true && isDirect(request, config)
  const entry = await admitted(request, response, door)
  // It is dressed already, and most of what is asked for: what comes below would take longer than the answer.
  if ('reader' in entry && (await kept.take(request, response, entry.reader))) return false
  const nonce = randomBytes(16).toString('base64url')
  response.setHeaders(securityHeaders(marked(nonce), development, false, config.PUBLIC_URL))
  if ('answer' in entry) {
    say(response, entry.answer)
    return false
  }
  const { reader, cookies } = entry
  if (await metrics.take(request, response, reader, direct)) return false
  withoutProxies(request)
  // Before it is compressed: that would hold back what is to be told at once, and take memory for each page.
  if (live.take(request, response, reader)) return false
  pack(request, response, () => {})
  markReader(request.headers, reader)
  for (const cookie of cookies) response.appendHeader('Set-Cookie', cookie)
  response.setHeader(READER_TAG, readerTag(reader, entrance.tagKey))
  const { host = '', cookie = '' } = request.headers
  const directMedia = await wantsDirectMedia(config, reader, new Headers({ host, cookie }))
  const policy = securityHeaders(marked(nonce), development, directMedia, config.PUBLIC_URL)
  response.setHeaders(policy)
  if (robotsTag(request.url ?? '/', config) === null) response.removeHeader('X-Robots-Tag')
  request.headers['content-security-policy'] = policy.get('Content-Security-Policy')
  request.headers['x-nonce'] = nonce
  return true
}

/** As whom somebody comes in, or what to answer instead, also to who asks too often. */
async function admitted(request: IncomingMessage, response: ServerResponse, { entrance, limits }: Door): Promise<Entry> {
  const entry = await entrance.enter(request)
  if ('answer' in entry) return entry
  const tooOften = await limits.ask(request, response, entry.reader.account)
  return tooOften ? { answer: tooOften } : entry
}

function say(response: ServerResponse, { status, sentence, headers = {} }: Answer): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...headers })
  response.end(`${sentence}\n`)
}

function fail(error: unknown, response: ServerResponse, config: Config): void {
  log.error({ err: error }, 'a page could not be made')
  if (response.headersSent) return void response.destroy()
  response.setHeaders(securityHeaders({ scripts: [], styles: [] }, development, false, config.PUBLIC_URL))
  say(response, { status: 500, sentence: 'Something went wrong here. The log says what.' })
}

function giveUp(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}
