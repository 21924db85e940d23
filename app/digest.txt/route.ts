import { digestText } from '../digest-text.ts'

export const dynamic = 'force-dynamic'

/** Today's digest so far, as plain text. */
export function GET(request: Request): Promise<Response> {
  return digestText(request, null)
}
