import { z } from 'zod'
import { openArchive } from '../archive-files.ts'
import { optionsOf, readArchives } from '../archive-items.ts'
import type { Archive, Recognised } from '../contract.ts'
import { decode } from './decode.ts'
import { readDocument } from './document.ts'
import type { Entry } from './entry.ts'
import { type FeedContext, parse } from './parse.ts'
import { FeedSettings } from './settings.ts'

/** Feeds that somebody kept: files of RSS, Atom, RDF or JSON Feed, one by one, in a folder or packed. */
export const archive: Archive<FeedSettings> = {
  usage: 'feed <files, folders or archives of feeds…> --url https://blog.example.org/feed.xml',
  settings: (options) => FeedSettings.parse(optionsOf(Options, options, 'Kept feeds take --url')),
  async recognise(paths): Promise<Recognised> {
    const opened = await openArchive(paths[0] ?? '', { wanted: isFeed })
    try {
      const [file] = opened.files
      if (!file) return null
      const text = decode(await file.read(), null)
      if (!/<rss\b|<feed\b|<rdf:RDF\b|jsonfeed\.org\/version/.test(text.slice(0, 4000))) return null
      // What a feed says is its own address is the source under which it is read.
      const own =
        /<(?:\w+:)?link\b[^>]*rel="self"[^>]*>/.exec(text)?.[0].match(/href="(https?:[^"]+)"/)?.[1] ??
        /"feed_url"\s*:\s*"(https?:[^"]+)"/.exec(text)?.[1]
      return own ? { url: own.replaceAll('&amp;', '&') } : {}
    } finally {
      await opened.close()
    }
  },
  read: (run) =>
    readArchives(run, async (files) => {
      const { url } = run.settings
      const items: { entry: Entry; context: FeedContext }[] = []
      for (const file of files.filter(({ name }) => isFeed(name))) {
        const { feed, entries } = readDocument(decode(await file.read(), null), url)
        const { title, home, icon, language } = feed
        const context = { url, class: run.settings.class ?? null, title, home, icon, language, fetchedAt: new Date().toISOString() }
        items.push(...entries.map((entry) => ({ entry, context })))
      }
      // The oldest first, so that of several tellings the latest is kept.
      return { items: items.reverse(), parse: ({ entry, context }) => parse(entry, context) }
    }),
}

const Options = z.strictObject({ url: z.string({ error: 'is missing: the address of the feed' }) })

const isFeed = (name: string) => /\.(xml|rss|atom|rdf|json)$/i.test(name)
