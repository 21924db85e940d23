import { platformStyle } from '../platform-style.ts'

export const dynamic = 'force-static'

/** The platforms' colours and marks. */
export function GET(): Response {
  return new Response(platformStyle, {
    headers: { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'public, max-age=31536000, immutable' },
  })
}
