import { DetectError, parseFeed } from 'feedsmith'
import { ConnectorError } from '../trouble.ts'
import { readAtom } from './atom.ts'
import type { FeedDocument } from './entry.ts'
import { readJson } from './json.ts'
import { readRdf } from './rdf.ts'
import { readRss } from './rss.ts'

/**
 * Reads RSS, Atom, RDF or JSON Feed.
 * @param url where it was fetched from, after redirects: what its relative links are relative to
 * Throws `malformed`, in words, for what is no feed or a broken one.
 */
export function readDocument(text: string, url: string): FeedDocument {
  const { host } = new URL(url)
  try {
    // Entities that a DTD would declare are not worth what a DTD can do; the library refuses it, too.
    const { format, feed } = parseFeed(text.replace(/<!DOCTYPE\s[^>[]*(\[[^\]]*\]\s*)?>/i, ''))
    if (format === 'atom') return readAtom(feed, url)
    if (format === 'json') return readJson(feed, url)
    return format === 'rss' ? readRss(feed, url) : readRdf(feed, url)
  } catch (error) {
    const what = text.trim() === '' ? 'an empty page' : looksLikePage(text) ? 'a web page' : 'something else'
    if (error instanceof DetectError) throw new ConnectorError('malformed', `${host} sent ${what} where a feed should be`, { cause: error })
    throw new ConnectorError('malformed', `${host} sent a feed that is cut off or broken`, { cause: error })
  }
}

export function looksLikePage(text: string): boolean {
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<(!doctype\s+html|html|head|body)\b/i.test(text.replace(/^\uFEFF/, ''))
}
