import { cache } from 'react'

/** The line that the address of the page names, for what is drawn deep in it; `cache` keeps one for each request. */
const held = cache((): { postId: number | null } => ({ postId: null }))

export function askFor(postId: number): void {
  held().postId = postId
}

/** The mark of the line that was asked for. */
export function askedMark(postId: number) {
  return held().postId === postId ? { 'data-asked': '' } : null
}
