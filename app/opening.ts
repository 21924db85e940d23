import { cookies, headers } from 'next/headers'
import { placeFrom } from '#db/timeline'
import type { Settings } from '#lib/reading/preferences'
import { originOf } from '#lib/server/origin'
import { type Address, hrefFor } from './address.ts'

/**
 * The address with the place and order that the reader chose to open the timeline with; they count only where the address
 * names none, and asks for all. The browser tells its last position by a cookie (`app/reading/position.ts` writes it).
 */
export async function opened(address: Address, opening: Settings['opening']): Promise<Address> {
  if (opening === 'newest' || hrefFor(address) !== '/') return address
  const { port, protocol } = new URL(originOf(await headers()))
  const kept = (await cookies()).get(`position-${port || (protocol === 'https:' ? '443' : '80')}`)
  const at = placeFrom(kept?.value)
  return { ...address, at, order: opening === 'oldest-first' ? 'oldest' : null }
}
