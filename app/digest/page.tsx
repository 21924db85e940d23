import type { Metadata } from 'next'
import type { Query } from '../address.ts'
import { DigestDay } from '../digest-day.tsx'
import { digestStrings as say } from '../strings/digest.ts'
import { visitor } from '../visitor.ts'
import { dayOf } from '../when.ts'

export const metadata: Metadata = { title: say.title }

/** Today's digest so far. */
export default async function DigestPage({ searchParams }: { searchParams: Promise<Query> }) {
  const visit = await visitor()
  return <DigestDay date={dayOf(visit.now, visit.zone)} query={await searchParams} visit={visit} />
}
