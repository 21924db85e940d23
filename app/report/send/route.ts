import { reportPost } from '#lib/consent/opt-out'
import { readerOf } from '#lib/server/reader'
import { seeOther } from '../../seen-other.ts'

export const dynamic = 'force-dynamic'

/** A reader says that something is wrong with a post: kept for an owner, who decides. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const post = form.get('post') ?? ''
  const id = /^\d{1,15}$/.test(post) ? Number(post) : 0
  const kept = await reportPost(id, form.get('words') ?? '', readerOf(request.headers), new Date())
  return seeOther('/report', { post: String(id), said: kept ? 'sent' : 'not-sent' })
}
