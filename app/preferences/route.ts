import { changePreferences } from '#lib/reading/change-preferences'
import { keepPreferences } from '#lib/reading/reader-preferences'
import { originOf } from '#lib/server/origin'
import { backTo } from '../back-to.ts'
import { visitor } from '../visitor.ts'

export const dynamic = 'force-dynamic'

/**
 * A reader changes a setting, a star, a mute or a view with a plain form, and is back where they were (303). What went
 * wrong stands in the address as `problem`, a word of `problems`.
 */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const { reader, preferences, zone, now } = await visitor()
  const change = changePreferences(preferences, { form, zone, now })
  const cookies = 'problem' in change ? null : await keepPreferences(request.headers, reader, change.preferences)
  const problem = 'problem' in change ? change.problem : cookies ? null : 'full'
  const headers = new Headers({
    Location: backTo((problem && form.get('mend')) || form.get('back'), originOf(request.headers), problem),
    'Cache-Control': 'no-store',
  })
  for (const cookie of cookies ?? []) headers.append('Set-Cookie', cookie)
  return new Response(null, { status: 303, headers })
}
