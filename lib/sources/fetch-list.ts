import type { Http } from '#connectors/http'
import { ConnectorError } from '#connectors/trouble'
import { listIn } from './understand.ts'

/** More than any list of feeds that a person keeps. */
const MOST_BYTES = 4 * 1024 * 1024
const PATIENCE_MS = 20_000

/** The text of the file at this address, which lists sources. Throws ConnectorError where it cannot be fetched, or lists nothing. */
export async function fetchList(url: string, { http, signal }: { http: Http; signal: AbortSignal }): Promise<string> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  try {
    const { body } = await http.get(url, { signal: AbortSignal.any([signal, patience]), maxBytes: MOST_BYTES })
    const text = new TextDecoder().decode(body ?? undefined)
    if (listIn(text)) return text
  } catch (error) {
    if (!patience.aborted || error instanceof ConnectorError) throw error
    throw new ConnectorError('unavailable', `${new URL(url).host} did not answer within ${PATIENCE_MS / 1000} s`)
  }
  throw new ConnectorError('refused', `${url} lists no sources: neither OPML nor a list of feeds`)
}
