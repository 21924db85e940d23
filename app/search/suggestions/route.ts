import { connectors } from '#connectors/registry'
import { haves } from '#db/post-words'
import { sourcesKnownTo } from '#db/sources'
import { operators } from '#lib/reading/search-query'
import { readerOf } from '#lib/server/reader'
import { answer } from '../../answer.ts'
import { searchStrings as say } from '../../strings/search.ts'

export const dynamic = 'force-dynamic'

/** What the field of search can suggest to this reader: each operator, what it means, and the values that are known. */
export type Suggestions = { operator: string; means: string; values: { value: string; means: string }[] }[]

export function GET(request: Request): Promise<Response> {
  return answer(request, async () => {
    const reader = readerOf(request.headers)
    const sources = (await sourcesKnownTo(reader)).filter(({ pausedAt }) => pausedAt === null)
    const values: { [operator: string]: { value: string; means: string }[] } = {
      platform: connectors.map(({ id, name }) => ({ value: id, means: name })),
      source: [...new Set(sources.map(({ name }) => name))].map((name) => ({ value: /\s/.test(name) ? `"${name}"` : name, means: '' })),
      has: haves.map((have) => ({ value: have, means: '' })),
    }
    const suggestions: Suggestions = operators.map((operator) => {
      return { operator, means: say.operators[operator].means, values: values[operator] ?? [] }
    })
    return { type: 'application/json; charset=utf-8', body: JSON.stringify(suggestions), reader, modified: null }
  })
}
