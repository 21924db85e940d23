import type { IncomingMessage, ServerResponse } from 'node:http'
import { fromReplicas } from '#db/replicas'
import type { Pages } from './next-pages.ts'

/** Told to the browser of whoever changed something; also another web process reads it. */
const WROTE = 'backplane-wrote=1'
/** Longer than any replica that is asked may be behind. */
const WROTE_SECONDS = 3

/**
 * Pages that replicas may answer. Whoever changed something a moment ago is answered by the primary: they see what they
 * did. Where there are no replicas, all stays as it is.
 */
export function replicaReading(pages: Pages): Pages {
  return (request, response) => {
    if (request.method === 'POST') return wrote(pages, request, response)
    return request.headers.cookie?.includes(WROTE) ? pages(request, response) : fromReplicas(() => pages(request, response))
  }
}

function wrote(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.appendHeader('Set-Cookie', `${WROTE}; Path=/; Max-Age=${WROTE_SECONDS}; HttpOnly; SameSite=Lax`)
  return pages(request, response)
}
