import { askToBeLeftOut } from '#lib/consent/opt-out'
import { readerOf } from '#lib/server/reader'
import { seeOther } from '../../seen-other.ts'

export const dynamic = 'force-dynamic'

/** Somebody asks to be left out, or to have a post withheld: kept, and shown again with what to do next. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const wish = form.get('wish') === 'post' ? 'post' : 'author'
  const asked = { address: form.get('address') ?? '', wish, words: form.get('words') ?? '' } as const
  const kept = await askToBeLeftOut(asked, readerOf(request.headers), new Date())
  if (kept === 'nothing') return seeOther('/opt-out', { said: 'nothing' })
  return kept ? seeOther('/opt-out', { code: kept.code }) : seeOther('/opt-out', { said: 'full' })
}
