import { changeReading } from '#db/account-keeps'
import { merge, stateFrom } from '#lib/reading/reader-state'
import { readerOf } from '#lib/server/reader'

export const dynamic = 'force-dynamic'

/** Adds what a browser knows of what its reader has read to what their account knows, and tells it all of it. */
export async function POST(request: Request): Promise<Response> {
  const headers = { 'Cache-Control': 'private, no-store' }
  const { account } = readerOf(request.headers)
  if (!account) return Response.json({ error: 'Who is not signed in has their place in their browser.' }, { status: 401, headers })
  const told: unknown = await request.json().catch(() => null)
  if (told === null) return Response.json({ error: 'This is not what a reader has read.' }, { status: 400, headers })
  return Response.json(await changeReading(account, (kept) => merge(stateFrom(kept), stateFrom(told))), { headers })
}
