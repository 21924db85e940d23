import type { Tried } from '#lib/accounts/sign-in'
import { movePreferences } from '#lib/reading/reader-preferences'
import { ledTo } from '../led-to.ts'

/** Leads who has just signed in to the timeline, with what their browser kept now in their account; else back, to be told why not. */
export async function comeIn(tried: Tried, headers: Headers): Promise<Response> {
  if ('problem' in tried) return ledTo(`/sign-in?problem=${tried.problem}`, tried.cookies)
  return ledTo('/', [...tried.cookies, ...(await movePreferences(headers, tried.account))])
}
