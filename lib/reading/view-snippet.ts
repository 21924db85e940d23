import { parse, stringify } from 'yaml'
import { z } from 'zod'
import type { View } from './preferences.ts'

/**
 * Saved views as a few lines of YAML that one reader hands to another:
 *
 *     views:
 *       - name: Storage
 *         show: platform=feed&tag=lustre
 */
export function viewsToYaml(views: View[]): string {
  return stringify({ views: views.map(({ name, address }) => ({ name, show: address.replace(/^\?/, '') })) })
}

/** As long as what all views of a reader can be. */
const LONGEST = 100_000

const Snippet = z.object({ views: z.array(z.object({ name: z.string(), show: z.string() })).max(100) })

/** The views in a snippet; none where it is no such thing. */
export function viewsFromYaml(snippet: string): View[] {
  if (snippet.length > LONGEST) return []
  try {
    // No alias is ever written, and one in another is how a few lines become gigabytes.
    const { views } = Snippet.parse(parse(snippet, { maxAliasCount: 0, logLevel: 'silent' }))
    return views.map(({ name, show }) => ({ name, address: show.startsWith('?') ? show : `?${show}` }))
  } catch {
    return []
  }
}
