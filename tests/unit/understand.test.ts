import { describe, expect, test } from 'vitest'
import type { Meaning } from '#lib/sources/meaning'
import { listIn, understand } from '#lib/sources/understand'

/** `bluesky author=ada.example.org`: what a line of the tables below says of a meaning. */
const inShort = ({ platform, settings }: Meaning) =>
  [platform, ...Object.entries(settings).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : value}`)].join(' ')

const DID = 'did:plc:3fi74j5ui7v6kcso64mjdexk'
const HOME = 'server=https://mast.hpc.social'
const LIBERA = 'irc server=irc.libera.chat'
const VIDEOS = 'feed url=https://www.youtube.com/feeds/videos.xml'

/** As pasted, and what comes first of what it means. */
const table: [string, string][] = [
  // Bluesky.
  ['https://bsky.app/profile/ada.bsky.social', 'bluesky author=ada.bsky.social'],
  ['http://www.bsky.app/profile/ada.example.org', 'bluesky author=ada.example.org'],
  ['bsky.app/profile/ada.bsky.social', 'bluesky author=ada.bsky.social'],
  [`https://bsky.app/profile/${DID}`, `bluesky author=${DID}`],
  [`https://bsky.app/profile/${DID.replaceAll(':', '%3A')}`, `bluesky author=${DID}`],
  ['https://bsky.app/profile/ada.example.org/post/3lab2c', 'bluesky author=ada.example.org'],
  ['https://bsky.app/profile/ada.example.org/followers', 'bluesky author=ada.example.org'],
  ['https://bsky.app/profile/ada.example.org/rss', 'bluesky author=ada.example.org'],
  ['https://bsky.app/profile/ada.example.org?utm_source=mail', 'bluesky author=ada.example.org'],
  [`https://bsky.app/profile/${DID}/feed/aaahpc`, `bluesky feed=at://${DID}/app.bsky.feed.generator/aaahpc`],
  ['https://bsky.app/profile/ada.example.org/feed/hpc', 'bluesky feed=at://ada.example.org/app.bsky.feed.generator/hpc'],
  [`https://bsky.app/profile/${DID}/lists/3lab`, `bluesky list=at://${DID}/app.bsky.graph.list/3lab`],
  ['https://bsky.app/starter-pack/ada.example.org/3lab', 'bluesky starterPack=at://ada.example.org/app.bsky.graph.starterpack/3lab'],
  [`https://bsky.app/start/${DID}/3lab`, `bluesky starterPack=at://${DID}/app.bsky.graph.starterpack/3lab`],
  ['https://go.bsky.app/AbC12de', 'bluesky starterPack=https://go.bsky.app/AbC12de'],
  ['go.bsky.app/AbC12de', 'bluesky starterPack=https://go.bsky.app/AbC12de'],
  ['https://deer.social/profile/ada.example.org', 'bluesky author=ada.example.org'],
  ['@ada.bsky.social', 'bluesky author=ada.bsky.social'],
  ['ada.bsky.social', 'bluesky author=ada.bsky.social'],
  ['@Ada.Bsky.Social ', 'bluesky author=ada.bsky.social'],
  ['https://ada.bsky.social/', 'bluesky author=ada.bsky.social'],
  ['@glennklockwood.com', 'bluesky author=glennklockwood.com'],
  [DID, `bluesky author=${DID}`],
  ['did:web:ada.example.org', 'bluesky author=did:web:ada.example.org'],
  [`at://${DID}`, `bluesky author=${DID}`],
  ['at://ada.example.org', 'bluesky author=ada.example.org'],
  [`at://${DID}/app.bsky.feed.post/3lab`, `bluesky author=${DID}`],
  [`at://${DID}/app.bsky.feed.generator/hpc`, `bluesky feed=at://${DID}/app.bsky.feed.generator/hpc`],
  [`at://${DID}/app.bsky.graph.list/3lab`, `bluesky list=at://${DID}/app.bsky.graph.list/3lab`],
  [`at://${DID}/app.bsky.graph.starterpack/3lab`, `bluesky starterPack=at://${DID}/app.bsky.graph.starterpack/3lab`],
  ['@ada', 'bluesky author=ada.bsky.social'],
  // Mastodon, and what is followed through it.
  ['https://mast.hpc.social/@ada', 'mastodon server=https://mast.hpc.social account=ada@mast.hpc.social'],
  ['mast.hpc.social/@ada', 'mastodon server=https://mast.hpc.social account=ada@mast.hpc.social'],
  ['https://fosstodon.org/@ada/with_replies', 'mastodon server=https://fosstodon.org account=ada@fosstodon.org'],
  ['https://fosstodon.org/@ada/115000000000000001', 'mastodon server=https://fosstodon.org account=ada@fosstodon.org'],
  ['https://fosstodon.org/users/ada', 'mastodon server=https://fosstodon.org account=ada@fosstodon.org'],
  ['https://fosstodon.org/users/ada/statuses/115000000000000001', 'mastodon server=https://fosstodon.org account=ada@fosstodon.org'],
  ['https://fosstodon.org/web/@ada', 'mastodon server=https://fosstodon.org account=ada@fosstodon.org'],
  ['https://fosstodon.org/deck/@ada@mast.hpc.social', 'mastodon account=ada@mast.hpc.social'],
  ['https://mastodon.social/@ada@mast.hpc.social', 'mastodon account=ada@mast.hpc.social'],
  ['@ada@mast.hpc.social', 'mastodon account=ada@mast.hpc.social'],
  ['@Ada@Mast.HPC.social', 'mastodon account=ada@mast.hpc.social'],
  ['ada@mast.hpc.social', 'mastodon account=ada@mast.hpc.social'],
  ['acct:ada@example.org', 'mastodon account=ada@example.org'],
  ['https://fosstodon.org/tags/HPC', 'mastodon server=https://fosstodon.org tag=hpc'],
  ['fosstodon.org/tags/hpc', 'mastodon server=https://fosstodon.org tag=hpc'],
  ['https://fosstodon.org/web/tags/hpc', 'mastodon server=https://fosstodon.org tag=hpc'],
  ['https://fosstodon.org/tags/%C3%BCbung', 'mastodon server=https://fosstodon.org tag=übung'],
  ['#HPC', `mastodon ${HOME} tag=hpc`],
  ['＃hpc', `mastodon ${HOME} tag=hpc`],
  ['https://mast.hpc.social/public/local', `mastodon ${HOME} local=true`],
  ['https://mast.hpc.social', `mastodon ${HOME} local=true`],
  ['mast.hpc.social', `mastodon ${HOME} local=true`],
  ['https://mastodon.social/', 'mastodon server=https://mastodon.social local=true'],
  ['https://social.example.org', 'mastodon server=https://social.example.org local=true'],
  ['https://www.threads.net/@hpc', `mastodon ${HOME} account=hpc@threads.net`],
  ['https://www.threads.com/@hpc.news?igshid=abc', `mastodon ${HOME} account=hpc.news@threads.net`],
  ['threads.net/@hpc', `mastodon ${HOME} account=hpc@threads.net`],
  ['https://www.threads.net/@hpc/post/C1abc', `mastodon ${HOME} account=hpc@threads.net`],
  ['@hpc@threads.net', `mastodon ${HOME} account=hpc@threads.net`],
  ['https://mastodon.social/@hpc@threads.net', 'mastodon server=https://mastodon.social account=hpc@threads.net'],
  // Reddit.
  ['r/hpc', 'reddit subreddit=hpc'],
  ['/r/HPC', 'reddit subreddit=hpc'],
  ['r/HPC/', 'reddit subreddit=hpc'],
  ['r\\hpc', 'reddit subreddit=hpc'],
  ['subreddit hpc', 'reddit subreddit=hpc'],
  ['r/hpc+SLURM', 'reddit subreddit=hpc+slurm'],
  ['https://www.reddit.com/r/HPC', 'reddit subreddit=hpc'],
  ['reddit.com/r/HPC/', 'reddit subreddit=hpc'],
  ['https://old.reddit.com/r/HPC/new/', 'reddit subreddit=hpc'],
  ['https://np.reddit.com/r/HPC', 'reddit subreddit=hpc'],
  ['https://m.reddit.com/r/HPC', 'reddit subreddit=hpc'],
  ['https://new.reddit.com/r/HPC/top/?t=week', 'reddit subreddit=hpc'],
  ['https://www.reddit.com/r/HPC/comments/1abcde/a_title/', 'reddit subreddit=hpc'],
  ['https://www.reddit.com/r/HPC/s/AbCdEf', 'reddit subreddit=hpc'],
  ['https://www.reddit.com/r/HPC/.rss', 'reddit subreddit=hpc'],
  ['https://www.reddit.com/r/hpc+slurm+cuda', 'reddit subreddit=hpc+slurm+cuda'],
  ['https://de.reddit.com/r/hpc', 'reddit subreddit=hpc'],
  ['u/ada_l', 'reddit user=ada_l'],
  ['https://www.reddit.com/user/Ada_L/', 'reddit user=ada_l'],
  ['https://www.reddit.com/u/Ada_L/submitted', 'reddit user=ada_l'],
  ['https://www.reddit.com/user/Ada_L/m/HPC/', 'reddit multi=ada_l/m/hpc'],
  ['u/ada_l/m/hpc', 'reddit multi=ada_l/m/hpc'],
  // IRC.
  ['irc://irc.libera.chat/#hpc', `${LIBERA} channel=#hpc`],
  ['ircs://irc.libera.chat:6697/hpc', `${LIBERA} channel=#hpc`],
  ['irc://irc.libera.chat/hpc', `${LIBERA} channel=#hpc`],
  ['irc://irc.libera.chat:6667/%23hpc', `${LIBERA} channel=#hpc`],
  ['#hpc on Libera', `${LIBERA} channel=#hpc`],
  ['#hpc on Libera.Chat', `${LIBERA} channel=#hpc`],
  ['#HPC on libera.chat IRC', `${LIBERA} channel=#hpc`],
  ['hpc on libera', `${LIBERA} channel=#hpc`],
  ['#hpc (Libera)', `${LIBERA} channel=#hpc`],
  ['libera/#hpc', `${LIBERA} channel=#hpc`],
  ['#hpc@irc.libera.chat', `${LIBERA} channel=#hpc`],
  ['irc.libera.chat #hpc', `${LIBERA} channel=#hpc`],
  ['#lustre on OFTC', 'irc server=irc.oftc.net channel=#lustre'],
  ['https://web.libera.chat/#hpc', `${LIBERA} channel=#hpc`],
  ['https://web.libera.chat/?channel=#hpc', `${LIBERA} channel=#hpc`],
  ['https://web.libera.chat/gamja/?autojoin=%23hpc', `${LIBERA} channel=#hpc`],
  ['https://webchat.oftc.net/?channels=lustre', 'irc server=irc.oftc.net channel=#lustre'],
  ['https://kiwiirc.com/nextclient/irc.libera.chat/#hpc', `${LIBERA} channel=#hpc`],
  // Slack.
  ['https://hpcsocial.slack.com/archives/C0123456789', 'slack workspace=hpcsocial channels=C0123456789'],
  ['https://hpcsocial.slack.com/archives/C0123456789/p1711000000000100', 'slack workspace=hpcsocial channels=C0123456789'],
  ['https://hpcsocial.slack.com', 'slack workspace=hpcsocial'],
  ['hpcsocial.slack.com', 'slack workspace=hpcsocial'],
  ['https://join.slack.com/t/hpcsocial/shared_invite/zt-abc', 'slack workspace=hpcsocial'],
  ['https://app.slack.com/client/T0123456789/C0123456789', 'slack channels=C0123456789'],
  ['#general on hpcsocial.slack.com', 'slack workspace=hpcsocial channels=general'],
  ['#general on Slack', 'slack channels=general'],
  // Whatever has a feed.
  ['https://blog.example.org', 'feed url=https://blog.example.org/'],
  ['blog.example.org', 'feed url=https://blog.example.org/'],
  ['www.example.org/news', 'feed url=https://www.example.org/news'],
  ['glennklockwood.com', 'feed url=https://glennklockwood.com/'],
  ['https://blog.example.org/feed.xml', 'feed url=https://blog.example.org/feed.xml'],
  ['feed:https://blog.example.org/feed.xml', 'feed url=https://blog.example.org/feed.xml'],
  ['feed://blog.example.org/feed.xml', 'feed url=https://blog.example.org/feed.xml'],
  ['<https://blog.example.org/>', 'feed url=https://blog.example.org/'],
  ['“https://blog.example.org/”', 'feed url=https://blog.example.org/'],
  ['[a blog](https://blog.example.org/)', 'feed url=https://blog.example.org/'],
  ['https://blog.example.org/post.', 'feed url=https://blog.example.org/post'],
  ['view-source:https://blog.example.org/', 'feed url=https://blog.example.org/'],
  ['htps://blog.example.org/', 'feed url=https://blog.example.org/'],
  ['https:/blog.example.org/', 'feed url=https://blog.example.org/'],
  ['https://https://blog.example.org/', 'feed url=https://blog.example.org/'],
  ['https://blog.example.org/?a=1&amp;b=2', 'feed url=https://blog.example.org/?a=1&b=2'],
  ['\u200bhttps://blog.example.org/', 'feed url=https://blog.example.org/'],
  ['https://hpc.social/', 'feed url=https://hpc.social/'],
  ['https://www.youtube.com/channel/UCabc_123', `${VIDEOS}?channel_id=UCabc_123`],
  ['https://m.youtube.com/channel/UCabc_123/videos', `${VIDEOS}?channel_id=UCabc_123`],
  ['https://www.youtube.com/playlist?list=PLabc', `${VIDEOS}?playlist_id=PLabc`],
  ['https://www.youtube.com/watch?v=abc&list=PLabc', `${VIDEOS}?playlist_id=PLabc`],
  ['https://www.youtube.com/user/hpc', `${VIDEOS}?user=hpc`],
  ['https://www.youtube.com/@hpc/videos', 'feed url=https://www.youtube.com/@hpc'],
  ['youtube.com/@hpc', 'feed url=https://www.youtube.com/@hpc'],
  ['https://hpc.substack.com/p/a-post', 'feed url=https://hpc.substack.com/feed'],
  ['https://substack.com/@hpc', 'feed url=https://hpc.substack.com/feed'],
  ['https://medium.com/@ada/a-post-0123', 'feed url=https://medium.com/feed/@ada'],
  ['https://medium.com/hpc-blog', 'feed url=https://medium.com/feed/hpc-blog'],
  ['https://medium.com/tag/hpc', 'feed url=https://medium.com/feed/tag/hpc'],
  ['https://ada.medium.com/', 'feed url=https://ada.medium.com/feed'],
  ['https://github.com/spack/spack', 'feed url=https://github.com/spack/spack/releases.atom'],
  ['github.com/spack/spack.git', 'feed url=https://github.com/spack/spack/releases.atom'],
  ['https://github.com/spack/spack/releases/tag/v1.0', 'feed url=https://github.com/spack/spack/releases.atom'],
  ['https://github.com/spack/spack/tags', 'feed url=https://github.com/spack/spack/tags.atom'],
  ['https://github.com/spack/spack/commits/develop/', 'feed url=https://github.com/spack/spack/commits/develop.atom'],
  ['https://github.com/spack/spack/releases.atom', 'feed url=https://github.com/spack/spack/releases.atom'],
  ['https://github.com/ada', 'feed url=https://github.com/ada.atom'],
  ['https://gitlab.com/group/project/-/tags', 'feed url=https://gitlab.com/group/project/-/tags?format=atom'],
  ['https://arxiv.org/list/cs.DC/recent', 'feed url=https://rss.arxiv.org/rss/cs.DC'],
  ['https://stackoverflow.com/questions/tagged/slurm', 'feed url=https://stackoverflow.com/feeds/tag/slurm'],
  ['https://dev.to/oneapi', 'feed url=https://dev.to/feed/oneapi'],
]

/** What can be no source, a word of why, and what it could mean instead. */
const refused: [string, RegExp, string[]][] = [
  ['', /nothing was pasted/i, []],
  ['hpc', /no link, handle or name/, [`mastodon ${HOME} tag=hpc`, 'reddit subreddit=hpc', `${LIBERA} channel=#hpc`]],
  ['mastadon #hpc', /no link/, [`mastodon ${HOME} tag=hpc`]],
  ['reddit hpc', /no link/, ['reddit subreddit=hpc']],
  ['bluesky ada.example.org', /no link/, ['bluesky author=ada.example.org']],
  ['ada@example.org', /no link/, ['mastodon account=ada@example.org']],
  [
    'exascale computing',
    /no link/,
    [`mastodon ${HOME} tag=exascalecomputing`, 'reddit subreddit=exascalecomputing', `${LIBERA} channel=#exascalecomputing`],
  ],
  ['+49 30 12345', /no link/, []],
  ['what do people say about exascale these days?', /no link/, []],
  ['https://bsky.app/hashtag/hpc', /without an account/, [`mastodon ${HOME} tag=hpc`, 'reddit subreddit=hpc', `${LIBERA} channel=#hpc`]],
  ['https://bsky.app/search?q=hpc', /without an account/, [`mastodon ${HOME} tag=hpc`, 'reddit subreddit=hpc', `${LIBERA} channel=#hpc`]],
  ['https://bsky.app/messages/3lab', /private/, []],
  ['https://mast.hpc.social/lists/42', /own/, []],
  ['https://www.threads.net/t/abc', /only accounts/, []],
  ['https://www.reddit.com/message/inbox', /private/, []],
  ['https://redd.it/1abcde', /short link/, []],
  ['https://www.reddit.com/', /a subreddit, an account or a multireddit/, []],
  ['irc://irc.libera.chat/ada,isnick', /person, not to a channel/, []],
  ['irc://irc.libera.chat', /names no channel/, []],
  ['https://hpcsocial.slack.com/archives/D0123456789', /direct message/, []],
  ['https://app.slack.com/client/T0123456789/D0123456789', /direct message/, []],
  ['https://slack.com/', /no workspace/, []],
  ['https://x.com/i/lists/77', /\$0\.005.*SWITCHED_ON.*For nothing/, []],
  ['https://www.linkedin.com/company/example-lab/', /that you administer.*SWITCHED_ON.*For nothing/, []],
  ['https://x.com/HPC_Guru', /without paying/, ['mastodon account=hpc_guru@mast.hpc.social']],
  ['twitter.com/hashtag/HPC', /without paying/, [`mastodon ${HOME} tag=hpc`, 'reddit subreddit=hpc', `${LIBERA} channel=#hpc`]],
  ['https://www.linkedin.com/in/ada-l', /organisations that you administer/, ['bluesky author=ada-l.bsky.social']],
  ['https://discord.gg/gKdm', /members’ own room/, ['bluesky author=gkdm.bsky.social', 'mastodon account=gkdm@mast.hpc.social']],
  ['https://www.facebook.com/groups/hpc', /no program/, []],
  ['https://www.youtube.com/watch?v=abc', /one video/, []],
  ['https://youtu.be/abc', /one video/, []],
  ['https://podcasts.apple.com/us/podcast/hpc/id123', /shop/, []],
  ['https://github.com/spack/spack/issues/1', /no feed of issues/, []],
]

describe('what somebody pasted', () => {
  test('is tried with more than a hundred and twenty real forms', () => {
    expect(new Set([...table, ...refused].map(([pasted]) => pasted)).size).toBeGreaterThan(180)
  })

  test.each(table)('“%s” is %s', (pasted, meant) => {
    const understood = understand(pasted)
    expect(understood.as === 'source' ? inShort(understood.meanings[0] ?? fail(pasted)) : understood).toBe(meant)
  })

  test.each(refused)('“%s” is no source, and why is said', (pasted, why, nearest) => {
    const understood = understand(pasted)
    if (understood.as !== 'nothing') throw new Error(`${pasted} was taken for ${JSON.stringify(understood)}`)
    expect(understood.reason).toMatch(why)
    expect(understood.nearest.map(inShort)).toEqual(nearest)
  })

  test('comes with what else it could mean, at most three in all', () => {
    const all = (pasted: string) => {
      const understood = understand(pasted)
      return understood.as === 'source' ? understood.meanings.map(inShort) : []
    }
    expect(all('glennklockwood.com')).toEqual([
      'feed url=https://glennklockwood.com/',
      'bluesky author=glennklockwood.com',
      'mastodon server=https://glennklockwood.com local=true',
    ])
    expect(all('https://bksy.app/profile/ada.example.org')).toEqual([
      'feed url=https://bksy.app/profile/ada.example.org',
      'bluesky author=ada.example.org',
    ])
    expect(all('#hpc')).toEqual([`mastodon ${HOME} tag=hpc`, 'reddit subreddit=hpc', `${LIBERA} channel=#hpc`])
  })

  test('without a server is looked for on those that are read already', () => {
    const known = [{ platform: 'mastodon', settings: { server: 'https://social.example.org', local: true } }]
    const understood = understand('#hpc', known)
    expect(understood.as === 'source' && understood.meanings.slice(0, 2).map(inShort)).toEqual([
      'mastodon server=https://social.example.org tag=hpc',
      `mastodon ${HOME} tag=hpc`,
    ])
  })

  test('is said in words that its reader knows', () => {
    const words = (pasted: string) => {
      const understood = understand(pasted)
      return understood.as === 'source' && understood.meanings.slice(0, 1).map(({ kind, name }) => `${kind}: ${name}`)[0]
    }
    expect(words('@ada.example.org')).toBe('a Bluesky account: @ada.example.org')
    expect(words('u/ada_l/m/hpc')).toBe('a multireddit: u/ada_l/m/hpc')
    expect(words('threads.net/@hpc')).toBe('a Threads account, followed through Mastodon: @hpc@threads.net')
    expect(words('https://github.com/spack/spack')).toMatch(/^the releases of a GitHub repository: /)
  })
})

describe('a list of sources', () => {
  const inLines = (text: string) =>
    listIn(text)?.map((one) => ('meaning' in one ? `${inShort(one.meaning)} “${one.meaning.name}”` : `? ${one.wrong}`))

  test('is read from OPML, folders and all, each feed once', () => {
    const opml = `<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
      <outline text="HPC"><outline type="rss" text="One" xmlUrl="https://one.example.org/feed"/>
      <outline type="rss" text="One again" xmlUrl="https://one.example.org/feed"/></outline>
      <outline type="rss" title="Two" text="2" xmlUrl="https://two.example.org/feed"/><outline text="No feed"/></body></opml>`
    expect(inLines(opml)).toEqual(['feed url=https://one.example.org/feed “One again”', 'feed url=https://two.example.org/feed “Two”'])
  })

  test('is read from the authors.yml of hpc.social', () => {
    const authors = `- name: "Ada's Blog"\n  tag: "ada"\n  feed: https://ada.example.org/feed.xml\n  url: https://ada.example.org\n- name: Other\n  feed: https://other.example.org/rss\n`
    expect(inLines(authors)).toEqual([
      "feed url=https://ada.example.org/feed.xml “Ada's Blog”",
      'feed url=https://other.example.org/rss “Other”',
    ])
  })

  test('is read from lines, and from a file of sources; what is wrong in it is named', () => {
    expect(inLines('r/hpc\n- @ada@mast.hpc.social\nwhat is this line\nblog.example.org\n')).toEqual([
      'reddit subreddit=hpc “r/hpc”',
      'mastodon account=ada@mast.hpc.social “@ada@mast.hpc.social”',
      '? what is this line',
      'feed url=https://blog.example.org/ “blog.example.org”',
    ])
    expect(
      inLines(
        '# mine\n- feed: { url: https://one.example.org/feed }\n- https://www.reddit.com/r/hpc\n- blusky: { author: ada.example.org }\n',
      ),
    ).toEqual([
      'feed url=https://one.example.org/feed “one.example.org”',
      'reddit subreddit=hpc “r/hpc”',
      '? {"blusky":{"author":"ada.example.org"}}',
    ])
    expect(listIn('Dear all,\nplease find the minutes below.\nRegards')).toBeNull()
  })

  test('is fetched from its address, from GitHub’s page about it too', () => {
    expect(understand('https://example.org/subscriptions.opml')).toEqual({ as: 'list-at', url: 'https://example.org/subscriptions.opml' })
    expect(understand('https://github.com/hpc-social/personal-blog/blob/main/_data/authors.yml')).toEqual({
      as: 'list-at',
      url: 'https://raw.githubusercontent.com/hpc-social/personal-blog/main/_data/authors.yml',
    })
  })
})

function fail(pasted: string): never {
  throw new Error(`Nothing was understood of ${pasted}`)
}
