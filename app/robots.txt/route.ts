import { configuration } from '#lib/config'
import { robotsText } from '#lib/server/crawlers'

export const dynamic = 'force-dynamic'

/** What programs that search the web may read here, as the owner set it. */
export function GET(): Response {
  return new Response(robotsText(configuration()), { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
}
