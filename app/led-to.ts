import { MADE_KEY } from './account/made-key.ts'

/** What answers a form of ours: its reader goes on to an address of this site (303), and keeps these cookies. */
export function ledTo(address: string, cookies: string[] = []): Response {
  const headers = new Headers({ Location: address, 'Cache-Control': 'no-store' })
  for (const cookie of cookies) headers.append('Set-Cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** Has the browser forget, too, what it keeps of its reader's place and of pages to be read offline: the next one there is another. */
export function forgetBrowser(answer: Response): Response {
  answer.headers.append('Set-Cookie', `${MADE_KEY}=; Path=/account; Max-Age=0`)
  answer.headers.set('Clear-Site-Data', '"storage"')
  return answer
}
