import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { dayBounds } from '#lib/reading/day-bounds'
import type { Query } from '../../address.ts'
import { DigestDay } from '../../digest-day.tsx'
import { digestStrings as say } from '../../strings/digest.ts'
import { visitor } from '../../visitor.ts'
import { dayName } from '../../when.ts'

type Asked = { params: Promise<{ date: string }>; searchParams: Promise<Query> }

export async function generateMetadata({ params }: Asked): Promise<Metadata> {
  const { zone, now } = await visitor()
  const day = dayBounds((await params).date, zone)
  return { title: day ? say.titleOf(dayName(day.from, zone, now)) : say.title }
}

/** The digest of any day (`/digest/2026-11-22`). */
export default async function DigestOfDay({ params, searchParams }: Asked) {
  const visit = await visitor()
  const day = dayBounds((await params).date, visit.zone)
  // The web process looks first, and answers with words; this is for what goes in between.
  if (!day) notFound()
  return <DigestDay date={day.date} query={await searchParams} visit={visit} />
}
