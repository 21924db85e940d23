import { generateAtomFeed } from 'feedsmith'
import { configuration } from '#lib/config'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { answer } from '../answer.ts'
import { inWords } from '../breakdown-words.ts'
import { forXml } from '../feed.ts'
import { statusOf } from '../status-of.ts'
import { statusStrings as say } from '../strings/status.ts'

export const dynamic = 'force-dynamic'

/** What broke down for a day and what is read again, as Atom (RFC 4287). */
export function GET(request: Request): Promise<Response> {
  return answer(request, async () => {
    const reader = readerOf(request.headers)
    const origin = originOf(request.headers)
    const { history } = await statusOf(reader, new Date())
    const zone = configuration().TIME_ZONE
    const feed = generateAtomFeed({
      id: `${origin}/status.atom`,
      title: { value: say.title },
      subtitle: { value: say.description },
      // Without anything to tell, Atom still wants a time.
      updated: history[0]?.at ?? new Date(0),
      authors: [{ name: say.title }],
      links: [
        { href: `${origin}/status.atom`, rel: 'self', type: 'application/atom+xml' },
        { href: `${origin}/status`, rel: 'alternate', type: 'text/html' },
      ],
      entries: history.map((row) => ({
        id: `${origin}/sources/${row.source.id}#${row.kind}-${row.since.toISOString()}`,
        title: { value: inWords([row], zone) },
        updated: row.at,
        published: row.at,
        links: [{ href: `${origin}/sources/${row.source.id}`, rel: 'alternate' }],
        ...(row.kind === 'broken' && { content: { type: 'text', value: row.reason } }),
      })),
    })
    return { type: 'application/atom+xml; charset=utf-8', body: forXml(feed), reader, modified: history[0]?.at ?? null }
  })
}
