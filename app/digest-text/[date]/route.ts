import { digestText } from '../../digest-text.ts'

export const dynamic = 'force-dynamic'

/** The digest of any day as plain text: `next.config.js` leads `/digest/2026-11-22.txt` here. */
export async function GET(request: Request, { params }: { params: Promise<{ date: string }> }): Promise<Response> {
  return digestText(request, (await params).date)
}
