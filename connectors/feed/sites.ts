/** An address of a site that we know, to that of its feed; null where the page itself tells, or nothing is known of it. */
type Site = { hosts: RegExp; feed(url: URL, path: string[]): string | null }

/** Each as the site documents it, or as its pages name it. */
const SITES: Site[] = [
  {
    hosts: /^(?:(?:www|m|music)\.)?youtube\.com$/,
    feed({ searchParams }, [section, name]) {
      const videos = (query: string, value: string) => `https://www.youtube.com/feeds/videos.xml?${query}=${encodeURIComponent(value)}`
      const list = searchParams.get('list')
      if ((section === 'playlist' || section === 'watch') && list) return videos('playlist_id', list)
      if (section === 'channel' && name) return videos('channel_id', name)
      if (section === 'user' && name) return videos('user', name)
      // The page of a handle names the feed of its channel; those of its tabs do not all.
      if (section?.startsWith('@')) return `https://www.youtube.com/${section}`
      return section === 'c' && name ? `https://www.youtube.com/c/${name}` : null
    },
  },
  {
    hosts: /^(?:www\.)?github\.com$/,
    feed(_, [owner, repository = '', section, ...rest]) {
      if (!owner || RESERVED.has(owner) || owner.endsWith('.atom') || repository.endsWith('.atom') || section?.endsWith('.atom'))
        return null
      if (!repository) return `https://github.com/${owner}.atom`
      const base = `https://github.com/${owner}/${repository.replace(/\.git$/, '')}`
      if (section === 'commits' || section === 'commit') {
        if (section === 'commits' && rest.at(-1)?.endsWith('.atom')) return null
        return section === 'commits' && rest.length > 0 ? `${base}/commits/${rest.join('/')}.atom` : `${base}/commits.atom`
      }
      if (section === 'tags') return `${base}/tags.atom`
      return section === undefined || section === 'releases' || section === 'tree' ? `${base}/releases.atom` : null
    },
  },
  {
    hosts: /^gitlab\.com$/,
    feed({ pathname, search }) {
      const [, repository, what] = /^(\/.+?)\/-\/(tags|releases|commits\/.+?)\/?$/.exec(pathname) ?? []
      if (!repository || !what || search) return null
      if (what === 'releases') return `https://gitlab.com${repository}/-/releases.atom`
      return `https://gitlab.com${repository}/-/${what}?format=atom`
    },
  },
  {
    hosts: /^[a-z0-9-]+\.substack\.com$/,
    feed: ({ hostname }) => (/^(www|open)\./.test(hostname) ? null : `https://${hostname}/feed`),
  },
  {
    hosts: /^(?:www\.|open\.)?substack\.com$/,
    // A person's page; most name their newsletter as themselves.
    feed(_, [section = '', name]) {
      const who = section.startsWith('@') ? section.slice(1) : section === 'pub' ? name : undefined
      return who ? `https://${who}.substack.com/feed` : null
    },
  },
  {
    hosts: /^(?:www\.)?medium\.com$/,
    feed(_, [section, name]) {
      if (!section || section === 'feed' || ['m', 'me', 'search', 'about', 'p'].includes(section)) return null
      return section === 'tag' && name ? `https://medium.com/feed/tag/${name}` : `https://medium.com/feed/${section}`
    },
  },
  {
    hosts: /^[a-z0-9-]+\.medium\.com$/,
    feed: ({ hostname }) => `https://${hostname}/feed`,
  },
  {
    hosts: /^(?:www\.)?arxiv\.org$/,
    feed: (_, [section, archive]) => (section === 'list' && archive ? `https://rss.arxiv.org/rss/${archive}` : null),
  },
  {
    hosts: /^(?:[a-z0-9-]+\.)?(?:stackoverflow|stackexchange|serverfault|superuser)\.com$/,
    feed: ({ hostname }, [section, tagged, tag]) =>
      section === 'questions' && tagged === 'tagged' && tag ? `https://${hostname}/feeds/tag/${tag}` : null,
  },
  {
    hosts: /^dev\.to$/,
    feed: (_, [name]) => (name && name !== 'feed' && !['t', 'search', 'tags'].includes(name) ? `https://dev.to/feed/${name}` : null),
  },
]

/** GitHub's own pages. */
const RESERVED = new Set([
  'features',
  'topics',
  'search',
  'orgs',
  'sponsors',
  'about',
  'settings',
  'marketplace',
  'explore',
  'login',
  'enterprise',
])

/** The feed of a page whose site is known. Pure. */
export function feedOfSite(url: URL): string | null {
  const path = url.pathname.split('/').filter(Boolean)
  return SITES.find(({ hosts }) => hosts.test(url.hostname))?.feed(url, path) ?? null
}
