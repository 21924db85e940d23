import { dayBounds, dayHref } from '#lib/reading/day-bounds'

export const dynamic = 'force-dynamic'

/** Where the form that asks for a date leads: the page of that day, or the timeline for what is no date. */
export function GET(request: Request): Response {
  const asked = new URL(request.url).searchParams.get('date') ?? ''
  const day = dayBounds(asked, 'UTC')
  return new Response(null, { status: 303, headers: { Location: day ? dayHref(day.date) : '/' } })
}
