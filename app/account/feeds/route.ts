import { makeFeedKey, revokeFeedKey } from '#db/feed-keys'
import { originOf } from '#lib/server/origin'
import { readerOf } from '#lib/server/reader'
import { ledTo } from '../../led-to.ts'
import { MADE_KEY } from '../made-key.ts'

export const dynamic = 'force-dynamic'

/** How long a new address is shown: only its hash is kept. */
const SHOWN_SECONDS = 120

/** Makes an address of feeds for who is signed in (`name`), or ends one (`revoke`, its number). */
export async function POST(request: Request): Promise<Response> {
  const { account } = readerOf(request.headers)
  if (!account) return ledTo('/sign-in')
  const form = new URLSearchParams(await request.text())
  const revoked = form.get('revoke')
  if (revoked !== null) {
    if (/^\d{1,15}$/.test(revoked)) await revokeFeedKey(account, Number(revoked))
    return ledTo('/account#feeds')
  }
  const name = form.get('name')?.replace(/\s+/g, ' ').trim().slice(0, 60) || 'Feed reader'
  const key = await makeFeedKey(account, name)
  const secure = originOf(request.headers).startsWith('https:') ? '; Secure' : ''
  const shown = `${MADE_KEY}=${key}; Path=/account; Max-Age=${SHOWN_SECONDS}; HttpOnly; SameSite=Lax${secure}`
  return key ? ledTo('/account#feeds', [shown]) : ledTo('/account?problem=feeds#feeds')
}
