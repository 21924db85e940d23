import { submissionFields, submitLink, withdrawLink } from '#lib/reading/submit-link'
import { visitor } from '../../visitor.ts'

export const dynamic = 'force-dynamic'

/** What is kept of a form that has to be mended stands in an address, which may not be long. */
const LONGEST_ADDRESS = 4000

/**
 * A reader hands in a link (303 to the post that it is now), or the owner withdraws one (`withdraw`: its key). What went wrong
 * stands in the address as `problem`, with what was filled in. Who does not sign in gets 403.
 */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const { reader, zone, now } = await visitor()
  if (reader.role === 'anonymous') return new Response(null, { status: 403 })
  const withdrawn = form.get('withdraw')
  if (withdrawn !== null) {
    const outcome = await withdrawLink(reader, withdrawn, now)
    return to(outcome ? `/submit?problem=${outcome.problem}` : '/submit?withdrawn=1')
  }
  const outcome = await submitLink(reader, form, { zone, now })
  if ('post' in outcome) return to(`/p/${outcome.post}`)
  const again = new URLSearchParams({ problem: outcome.problem })
  for (const name of Object.keys(submissionFields)) {
    const value = form.get(name)
    if (value && again.toString().length + encodeURIComponent(value.toWellFormed()).length < LONGEST_ADDRESS) again.set(name, value)
  }
  return to(`/submit?${again}`)
}

function to(location: string): Response {
  return new Response(null, { status: 303, headers: { Location: location, 'Cache-Control': 'no-store' } })
}
