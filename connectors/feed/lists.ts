import { parseOpml } from 'feedsmith'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import type { Lists } from '../contract.ts'
import { FeedSettings } from './settings.ts'

type Listed = NonNullable<ReturnType<Lists<FeedSettings>['read']>>[number]

/** More than a person would choose from, and than one file should bring. */
const MOST = 1000

/**
 * Lists of feeds: OPML, as readers export it (http://opml.org/spec2.opml), and the `authors.yml` of hpc.social's blogs
 * (https://github.com/hpc-social/personal-blog/blob/main/_data/authors.yml).
 */
export const lists: Lists<FeedSettings> = {
  at(input) {
    const written = input.trim()
    if (!/^https?:\/\//i.test(written) || !URL.canParse(written)) return null
    const url = new URL(written)
    if (!/\.opml$|\/authors\.ya?ml$/i.test(url.pathname)) return null
    // GitHub's page about a file is not the file.
    const [, owner, repository, path] = /^\/([^/]+)\/([^/]+)\/(?:blob|raw)\/(.+)$/.exec(url.pathname) ?? []
    return url.hostname === 'github.com' && path ? `https://raw.githubusercontent.com/${owner}/${repository}/${path}` : url.href
  },
  read(text) {
    const listed = /<opml[\s>]/i.test(text.slice(0, 2000)) ? fromOpml(text) : fromAuthors(text)
    if (!listed) return null
    // The same feed may stand in two folders.
    return [...new Map(listed.map((one) => [one.settings.url, one])).values()].slice(0, MOST)
  },
}

const Outline = z.object({
  text: z.string().optional(),
  title: z.string().optional(),
  xmlUrl: z.string().optional(),
  get outlines() {
    return z.array(Outline).optional()
  },
})
type Outline = z.infer<typeof Outline>

function fromOpml(text: string): Listed[] | null {
  try {
    const outlines = z.array(Outline).parse(parseOpml(text).body?.outlines ?? [])
    return outlines.flatMap(feedsIn)
  } catch {
    return null
  }
}

function feedsIn({ text, title, xmlUrl, outlines = [] }: Outline): Listed[] {
  return [...listed(xmlUrl, title || text), ...outlines.flatMap(feedsIn)]
}

const Authors = z.array(z.looseObject({ name: z.string().optional(), feed: z.string() })).min(1)

function fromAuthors(text: string): Listed[] | null {
  if (!/^\s*-?\s*feed:/m.test(text)) return null
  try {
    const { data } = Authors.safeParse(parseYaml(text))
    return data ? data.flatMap(({ name, feed }) => listed(feed, name)) : null
  } catch {
    return null
  }
}

function listed(url: string | undefined, name: string | undefined): Listed[] {
  const { data } = FeedSettings.safeParse({ url: url?.trim() })
  return data ? [{ name: name?.trim() || null, settings: data }] : []
}
