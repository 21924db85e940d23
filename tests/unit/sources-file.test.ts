import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseSourcesFile } from '#lib/sources/sources-file'

const reasonsOf = (text: string) => parseSourcesFile(text).problems.map(({ line, reason }) => `${line}: ${reason}`)

describe('the file of sources', () => {
  test('that ships with the program has no mistake, and nothing in it needs a secret or a permission', () => {
    const { sources, problems } = parseSourcesFile(readFileSync(join(import.meta.dirname, '../../sources.yaml'), 'utf8'))
    expect(problems).toEqual([])
    expect(sources.length).toBeGreaterThan(20)
    const read = sources.filter(({ off }) => off === null)
    expect(new Set(read.map(({ platform }) => platform))).toEqual(new Set(['bluesky', 'mastodon', 'reddit', 'feed']))
    // What must be asked for stands in it, off, and tells what turns it on.
    expect(new Set(sources.filter(({ off }) => off !== null).map(({ platform }) => platform))).toEqual(new Set(['irc', 'slack']))
    expect(JSON.stringify(sources)).not.toContain('env:')
  })

  test('takes links as pasted, and maps with options', () => {
    const { sources, problems } = parseSourcesFile(`
- https://blog.example.org/
- feed: { url: http://127.0.0.1:8081/feed.xml, every: 10s, name: Example's blog, include: slurm, languages: [en] }
- bluesky: { feed: at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.generator/hpc, service: http://localhost:2584 }
- bluesky: { author: alice.test, service: http://localhost:2584, jetstream: ws://127.0.0.1:2590/subscribe }
- bluesky: { feedsBy: did:plc:aaaaaaaaaaaaaaaaaaaaaaaa, named: HPC }
- mastodon: { server: http://127.0.0.1:4301, tag: hpc, token: env:TOKEN, replies: self, reposts: none }
- https://social.example/tags/hpc
- "@ada@social.example"
- https://bsky.app/profile/ada.example.org
`)
    expect(problems).toEqual([])
    expect(sources.map(({ platform }) => platform)).toEqual([
      'feed',
      'feed',
      'bluesky',
      'bluesky',
      'bluesky',
      'mastodon',
      'mastodon',
      'mastodon',
      'bluesky',
    ])
    expect(sources[1]).toMatchObject({ name: "Example's blog", everySeconds: 10, rules: { include: ['slurm'], languages: ['en'] } })
    expect(sources[5]).toMatchObject({ settings: { token: 'env:TOKEN' }, rules: { replies: 'self', reposts: 'none' } })
  })

  test('names each bad entry with its line and the reason, and reads the others', () => {
    const text = `- https://one.example.org/
- #hpc
- blusky: { author: ada.example.org }
- feed: { every: 10s }
- feed: { url: https://two.example.org/feed, every: soon }
- mastodon: { server: https://social.example, tag: hpc, token: s3cret-in-clear }
- 42
- https://one.example.org/
- { feed: { url: https://a.example }, mastodon: {} }
- https://three.example.org/
`
    const { sources, problems } = parseSourcesFile(text)
    expect(sources.map(({ settings }) => settings.url)).toEqual(['https://one.example.org/', 'https://three.example.org/'])
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
    expect(problems[0]?.reason).toContain('"#hpc"')
    expect(problems[1]?.reason).toContain('there are bluesky, mastodon, ')
    expect(problems[3]?.reason).toContain('90s')
    expect(problems[4]?.reason).toContain('env:')
    expect(JSON.stringify(problems)).not.toContain('s3cret-in-clear')
    expect(problems[6]?.reason).toContain('line 1')
  })

  test('says that an unquoted @ wants quotes, and reads what stands on the other lines', () => {
    const { sources, problems } = parseSourcesFile('- https://one.example.org/\n- @ada@social.example\n- https://two.example.org/\n')
    expect(problems[0]).toMatchObject({ line: 2, reason: expect.stringContaining('quotes') })
    expect(sources).toHaveLength(2)
  })

  test('that is empty declares nothing; that is no list is said to be none', () => {
    expect(parseSourcesFile('')).toEqual({ sources: [], problems: [] })
    expect(parseSourcesFile('# only a comment\n')).toEqual({ sources: [], problems: [] })
    expect(reasonsOf('feed: https://one.example.org/')).toEqual([expect.stringContaining('list')])
  })

  test('knows a source again when only a name, a rule or a secret’s name changed', () => {
    const key = (entry: string) => parseSourcesFile(entry).sources[0]?.key
    const one = key('- mastodon: { server: https://social.example, tag: hpc, token: env:OLD, name: One }')
    expect(key('- mastodon: { tag: hpc, server: https://social.example, token: env:NEW, every: 1h, include: slurm }')).toBe(one)
    expect(key('- mastodon: { server: https://social.example, tag: slurm }')).not.toBe(one)
    const channel = (more: string) => key(`- irc: { server: irc.example.org, channel: "#hpc", nick: reader${more} }`)
    expect(channel(', optOut: [ada]')).toBe(channel(''))
  })
})
