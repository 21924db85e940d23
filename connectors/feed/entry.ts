/** Text as a feed carries it. */
export type Text = {
  value: string
  type: 'text' | 'html'
  /** What its relative links are relative to, absolute. */
  base: string
}

export type Enclosure = {
  url: string
  mimeType: string | null
  bytes: number | null
  durationSeconds: number | null
  title: string | null
}

export type Picture = { url: string; alt: string | null; width: number | null; height: number | null }

export type Author = { name: string; url: string | null; avatar: string | null }

/** One item of a feed of any format: the formats' differences end here. Addresses are absolute, dates as written. */
export type Entry = {
  format: 'rss' | 'atom' | 'rdf' | 'json'
  /** Atom id, RSS guid, JSON Feed id; null where there is none, or none to be trusted. */
  id: string | null
  link: string | null
  title: Pick<Text, 'value' | 'type'> | null
  summary: Text | null
  content: Text | null
  published: string | null
  updated: string | null
  authors: Author[]
  tags: string[]
  language: string | null
  pictures: Picture[]
  enclosures: Enclosure[]
  commentCount: number | null
  /** The blog that an aggregator has it from. */
  origin: string | null
}

/** What a feed says of itself. */
export type FeedInfo = {
  title: string | null
  /** The site whose feed it is. */
  home: string | null
  icon: string | null
  language: string | null
  /** When it says it was built, as written. */
  builtAt: string | null
  /** How often it asks to be read at most. */
  everySeconds: number | null
}

export type FeedDocument = { feed: FeedInfo; entries: Entry[] }
