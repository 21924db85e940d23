import type { PlaceText } from '#lib/reading/place'
import { layOutAll } from './lay-out.ts'
import { viewOf } from './view.ts'

/** The address of this view at another place. */
export function addressWith(place: { at?: PlaceText; order?: string }): string {
  const url = new URL(location.href)
  for (const name of ['before', 'after', 'at', 'order']) url.searchParams.delete(name)
  for (const [name, value] of Object.entries(place)) if (value) url.searchParams.set(name, value)
  url.hash = ''
  return url.href
}

/** The list of posts on another page of ours; null when it cannot be had. */
export async function fetchList(href: string): Promise<HTMLElement | null> {
  try {
    const answer = await fetch(href, { headers: { Accept: 'text/html' } })
    return answer.ok ? listIn(await answer.text()) : null
  } catch {
    return null
  }
}

function listIn(html: string): HTMLElement | null {
  return viewOf(pageOf(html))?.list ?? null
}

/** A page of ours. What is put in from it is laid out where it is put in. */
export function pageOf(html: string): Document {
  const page = new DOMParser().parseFromString(html, 'text/html')
  layOutAll(page)
  return page
}
