import { ReadableStream } from 'node:stream/web'
import { SocketModeClient } from '@slack/socket-mode'
import { z } from 'zod'
import type { Batch, Cursor, Run } from '../contract.ts'
import { hostOf } from '../http.ts'
import type { Stream } from '../live.ts'
import { nowOf } from '../now-of.ts'
import { ConnectorError } from '../trouble.ts'
import { batchOfEvents, type SlackEvent } from './events.ts'
import { apiOf, type Settings } from './settings.ts'
import { clientOptions, createWeb, errorOf, silent } from './web.ts'

/** Who accepts a connection and then says no hello is no Slack. */
const HELLO_MS = 20_000
/** Known to undici's Agent, if not to its types. */
const ONLY_HTTP1 = { allowH2: false }

/** Following channels through Socket Mode. https://docs.slack.dev/apis/events-api/using-socket-mode/ */
export function socketOf(run: Run<Settings>, poll: (cursor: Cursor | null) => AsyncIterable<Batch>): Stream<SlackEvent> {
  const web = createWeb(run.settings, run)
  const roots = new Map<string, unknown>()
  let openedAt = Number.POSITIVE_INFINITY
  return {
    async open(_cursor, signal) {
      const events = await connect(run, signal)
      openedAt = nowOf(run).getTime()
      return events
    },
    poll,
    batch: (events, cursor) => batchOfEvents(events, cursor, { settings: run.settings, web, roots, openedAt, now: nowOf(run) }),
  }
}

/**
 * Resolves once Slack said hello. Everything that can end the connection ends the events: the client's own reconnecting
 * is off, because a failure there is an unhandled rejection that nobody can catch (`delayReconnectAttempt`), and because
 * after each loss history has to be read. Each envelope is acknowledged at once, before anything is done with it: Slack
 * waits 3 seconds. What is lost between that and the database, the next pass over history finds.
 */
async function connect(run: Run<Settings>, signal: AbortSignal): Promise<AsyncIterable<SlackEvent>> {
  const { settings, http } = run
  signal.throwIfAborted()
  const { logger: _logger, ...options } = clientOptions(settings, { http, signal })
  const client = new SocketModeClient({
    appToken: settings.appToken ?? '',
    autoReconnectEnabled: false,
    logger: silent,
    clientOptions: options,
    // As the client does by itself: a WebSocket over HTTP/2 is not what Slack speaks.
    dispatcher: http.dispatcher.compose((dispatch) => (options, handler) => dispatch({ ...options, ...ONLY_HTTP1 }, handler)),
  })
  let close = (_error: unknown) => {}
  const events = new ReadableStream<SlackEvent>({
    start(controller) {
      close = (error) => {
        close = () => {}
        controller.error(error)
        client.disconnect().catch(() => {})
      }
      client.on('slack_event', ({ ack, type, body }: Envelope) => {
        ack().catch(() => close(new ConnectorError('unavailable', 'Slack’s live connection went while it was answered')))
        if (type === 'events_api' && isOfChannel(body?.event)) controller.enqueue(body?.event)
      })
    },
    cancel: () => close(signal.reason),
  })
  const lost = (why: string) => close(new ConnectorError('unavailable', `Slack’s live connection ${why}`))
  const refused = Promise.withResolvers<never>()
  // An error of the connection is followed by its end, but says why.
  client.on('error', (error: unknown) => lost(`failed: ${error instanceof Error ? error.message : error}`))
  client.on('disconnected', () => lost('was closed'))
  client.on('authenticated', ({ url }: { url?: string }) => assertSlack(url ?? '', settings))
  catchMessages(client, (error) => lost(`said what is no event: ${error}`))
  signal.addEventListener('abort', () => close(signal.reason), { once: true })
  const timer = setTimeout(() => refused.reject(new ConnectorError('unavailable', 'Slack’s live connection said no hello')), HELLO_MS)
  try {
    await Promise.race([client.start(), refused.promise])
  } catch (error) {
    signal.throwIfAborted()
    const reason =
      error === undefined ? new ConnectorError('unavailable', 'Slack’s live connection could not be opened') : errorOfOpening(error)
    close(reason)
    throw reason
  } finally {
    clearTimeout(timer)
  }
  return events
}

type Envelope = { ack: () => Promise<void>; type: string; body?: { event?: unknown } }

/** Direct messages and private channels do not even come in. */
function isOfChannel(event: unknown): event is SlackEvent {
  const read = z.looseObject({ type: z.string(), channel_type: z.string().optional() }).safeParse(event).data
  return read !== undefined && (read.type !== 'message' || read.channel_type === 'channel')
}

/** Where Slack sends us must be Slack's, or the emulator's that was asked. */
function assertSlack(url: string, settings: Settings): void {
  const at = URL.canParse(url) ? new URL(url) : null
  const api = new URL(apiOf(settings))
  const isSlack = at?.protocol === 'wss:' && /(^|\.)slack(-gov)?\.com$/.test(at.hostname)
  if (!isSlack && at?.hostname !== api.hostname)
    throw new ConnectorError('refused', `${hostOf(api.href)} sends us for its events to where no Slack is`)
}

/** The client reads each frame where an error has nobody to catch it, and one that is no event would end the process. */
function catchMessages(client: SocketModeClient, failed: (error: unknown) => void): void {
  const readers = client.listeners('ws_message')
  client.removeAllListeners('ws_message')
  client.on('ws_message', (...frame: unknown[]) => {
    Promise.all(readers.map(async (read) => read(...frame))).catch(failed)
  })
}

function errorOfOpening(error: unknown): ConnectorError {
  const reason = error instanceof ConnectorError ? error : errorOf(error, 'apps.connections.open')
  if (!reason.message.startsWith('Slack does not accept the token')) return reason
  return new ConnectorError(
    'refused',
    'Slack does not accept the app-level token (appToken): make one with the scope connections:write under Basic Information, and put it into the environment',
  )
}
