import type { Person } from '#db/post'

/** Where posts and people are: not where a source asks, which may be a stand-in. */
export const SITE = 'https://www.reddit.com'

/**
 * An account by its name, which is never changed and never given away again; feeds tell no other key. An account that
 * is gone has neither name nor page.
 */
export function personOf(name: string, site: string, badges: string[] = []): Person {
  const plain = name.trim().replace(/^\/?u\//i, '')
  const known = /^[\w-]{1,40}$/.test(plain)
  return {
    id: known ? `u/${plain.toLowerCase()}` : 'u/[deleted]',
    name: known ? `u/${plain}` : '[deleted]',
    nameHtml: null,
    // People there have no other name than their handle.
    handle: '',
    url: known ? `${site}/user/${plain}` : null,
    avatar: null,
    badges: known ? badges : [],
  }
}
