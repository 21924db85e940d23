import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { fromHtml } from '#connectors/html'
import { connectors } from '#connectors/registry'
import type { Post } from '#db/post'
import type { Sighting, TimelinePost } from '#db/timeline'
import { copiesIn } from '#lib/reading/copies'
import { aPost } from '#tests/support/post'
import { bob, image, quoted, shapes } from '#tests/support/shapes'
import { PostItem } from '../../app/post-item.tsx'

const said = new Date('2026-11-22T17:42:08.000Z')
const now = new Date('2026-11-22T20:00:00.000Z')
const zone = 'Europe/Berlin'
const sighting: Sighting = { source: 'HPC feed', sourceId: 1, permission: null, rule: '#hpc', fetchedAt: said, share: null }

type Row = Partial<Post & Pick<TimelinePost, 'platform' | 'sightings' | 'late' | 'firstSeenAt'>>

const ROW = {
  firstSeenAt: said,
  sortAt: said,
  late: false,
  revision: '',
  deletedAt: null,
  authorHidden: false,
  copyKeys: null,
  warningHtml: null,
}

/** A post as the page draws it: its HTML. */
function drawn(change: Row = {}): string {
  const post: TimelinePost = {
    ...aPost('p', { publishedAt: said, ...change }),
    id: 7,
    entryId: 7,
    sourceId: 1,
    platform: 'somewhere',
    ...ROW,
    sightings: [sighting],
    ...change,
  }
  return renderToStaticMarkup(createElement(PostItem, { post, zone, now }))
}

/** What of it one reads, shapes by name. */
function words(html: string): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replace(/\s+/g, ' ')
}
const shape = (name: string, change: Row = {}) => drawn({ ...shapes[name], ...change })

describe('a post as a reader sees it', () => {
  test.each(Object.keys(shapes))('every shape can be drawn, light in elements and without a script: %s', (name) => {
    const html = shape(name)
    expect(html).toMatch(/^<article/)
    expect(html).not.toMatch(/<script|javascript:|undefined|\[object|NaN|Invalid Date/)
    // The policy of every answer forbids styles in the HTML.
    expect(html).not.toMatch(/ style="| autoplay/i)
    expect(html.match(/<\w+/g)?.length).toBeLessThan(40)
  })

  test('whose network wants it so has the author’s picture and handle lead to them, and stands for no copy elsewhere', () => {
    const author = { ...bob, url: 'https://x.com/bob', handle: '@bob', avatar: 'https://pbs.example.org/bob.jpg' }
    const html = drawn({ platform: 'x', author, url: 'https://x.com/bob/status/1' })
    expect(html).toMatch(
      /<a class="name"[^>]* href="https:\/\/x\.com\/bob"[^>]*><img class="avatar" src="https:\/\/pbs\.example\.org\/bob\.jpg"/,
    )
    expect(html).toContain('<a href="https://x.com/bob" rel="noreferrer">@bob</a>')
    expect(html).toMatch(/<a class="when" href="https:\/\/x\.com\/bob\/status\/1"/)
    expect(drawn({ platform: 'somewhere', author })).not.toContain('class="avatar"')
    const copy = (platform: string, id: number): TimelinePost => ({
      ...aPost(platform),
      ...{ id, entryId: 1, sourceId: 1, platform, sightings: [sighting] },
      ...ROW,
    })
    const [mine, theirs] = [copy('x', 1), copy('mastodon', 2)]
    expect(copiesIn([mine, theirs])).toMatchObject({ main: { platform: 'mastodon' }, others: [{ platform: 'x' }] })
    expect(copiesIn([mine, theirs], ({ platform }) => platform === 'x')?.main.platform).toBe('x')
  })

  test('where people look for the number of answers it leads to them, and one that is not told is a dash and not none', () => {
    const foot = (change: Row) => drawn({ platform: 'reddit', url: 'https://forum.example/1', ...change })
    expect(foot({ replyCount: 12 })).toContain('<a href="https://forum.example/1" rel="noreferrer">12 comments there</a>')
    expect(foot({ replyCount: null })).toMatch(/<a href="https:\/\/forum\.example\/1"[^>]*>– comments<\/a>/)
    expect(words(foot({ replyCount: 0 }))).not.toContain('comments')
    expect(words(drawn({ platform: 'feed', replyCount: null }))).not.toMatch(/–|replies/)
  })

  test('who, what, when and where, and the way to the original', () => {
    const html = drawn()
    expect(html.match(/<\w+/g)?.length, 'elements of a plain post').toBeLessThanOrEqual(12)
    expect(words(html)).toContain('Ada Example')
    expect(words(html)).toContain('@ada.example.org')
    expect(words(html)).toContain('Post p')
    expect(html).toContain('<time dateTime="2026-11-22T17:42:08.000Z">18:42</time>')
    expect(html).toContain('published 2026-11-22T18:42:08+01:00')
    expect(html).toContain('href="https://example.org/p"')
  })

  test('is heard in the order author, text, time, handle, who passed it on', () => {
    const html = drawn({ share: { externalId: 's', by: { ...bob, name: 'Dora Draft' }, at: said.toISOString() } })
    const places = ['Ada Example', 'Post p', '18:42', '@ada.example.org', 'Dora Draft'].map((word) => html.indexOf(`>${word}`))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((one, other) => one - other))
  })

  test('says which source showed it, and by which rule', () => {
    expect(drawn()).toContain('HPC feed (#hpc)')
  })

  test('an unknown number of replies is left out rather than none', () => {
    expect(words(shape('with replies there'))).toContain('12 replies there')
    expect(words(shape('with one reply there'))).toContain('1 reply there')
    expect(words(drawn())).not.toMatch(/repl(y|ies) there/)
    expect(words(shape('without replies there'))).not.toContain('there')
  })

  test('a description stands under its picture, and is missed where there is none', () => {
    const html = shape('with a picture')
    expect(html).toContain('alt="Two bars, the right one higher"')
    expect(words(html)).toContain('Two bars, the right one higher')
    expect(words(shape('with a picture of unknown size and no description'))).toContain('no description')
  })

  test('every picture keeps its place before it is there', () => {
    const pictures = Object.keys(shapes).flatMap((name) => shape(name).match(/<img[^>]* decoding[^>]*>/g) ?? [])
    expect(pictures.length).toBeGreaterThan(10)
    for (const picture of pictures) expect(picture).toMatch(/width="\d+" height="\d+"/)
  })

  test('nothing plays or loads by itself', () => {
    expect(shape('with sound')).toMatch(/<audio controls="" preload="none"/)
    // A poster would be fetched before the film comes into sight, and under a cover, too: a picture is not.
    for (const name of ['with a film', 'with a silent loop', 'with a film in HLS']) {
      expect(shape(name)).not.toMatch(/<video|poster/)
      expect(shape(name)).toMatch(/<a class="film" [^>]*><img [^>]*loading="lazy"/)
    }
  })

  test('a content warning covers text and media; sensitive media are covered of themselves', () => {
    const warned = shape('under a content warning')
    expect(warned).toMatch(
      /<details class="cover"><summary dir="auto">Outage at a data centre<\/summary>.*cooling.*<img.*<\/details><\/div>/,
    )
    const [before = '', , after = ''] = warned.split(/<details class="cover"><summary dir="auto">|<\/details><\/div>/)
    expect(before + after).not.toMatch(/cooling|<img/)
    expect(shape('with sensitive pictures')).toMatch(
      /<details class="cover"><summary>2 sensitive pictures or films<\/summary><div class="media/,
    )
  })

  test.each([
    ['pending', 'not agreed to the quote yet'],
    ['rejected', 'did not agree'],
    ['revoked', 'withdrawn'],
    ['deleted', 'was deleted'],
    ['unauthorized', 'may not be shown'],
    ['blocked', 'blocks'],
    ['not-found', 'was not found'],
    ['detached', 'removed it'],
    ['muted', 'muted'],
    ['nested', 'quotes another'],
  ])('a quote that is %s is a sentence, not a hole', (state, sentence) => {
    expect(words(shape(`with a quote that is ${state}`))).toContain(sentence)
  })

  test('a quote is shown with its author and time, and covered where its author covered it', () => {
    expect(words(shape('with a quote'))).toMatch(/Bob Sample @bob@fosstodon\.example 20 Nov 10:15 Thank you/)
    expect(shape('with a quote under a warning')).toMatch(/<summary dir="auto">Benchmarks<\/summary>.*Thank you.*<\/blockquote>/)
  })

  test('a reply says to whom, with a line of it, or that it is gone', () => {
    expect(words(shape('in reply'))).toContain('Replying to @bob@fosstodon.example : Which scheduler?')
    expect(words(shape('in reply to what is gone'))).toContain('Replying to a post that is unavailable')
    expect(words(shape('in reply to what is unknown'))).toContain('Replying to an earlier post')
    expect(words(shape('in reply to oneself'))).toContain('Continuing their own post: And then it worked')
  })

  test('who passed it on, and when it was first said', () => {
    expect(words(shape('shared'))).toMatch(/Reposted by Dora Draft · first said 21 Nov 09:05/)
  })

  test('who passed it on did so in the word of their platform', () => {
    for (const { id, shareLabel } of connectors)
      expect(words(shape('shared', { platform: id }))).toContain(`${shareLabel ?? 'Reposted by'} Dora Draft`)
    expect(new Set(connectors.map(({ shareLabel }) => shareLabel)).size).toBeGreaterThan(2)
  })

  test('many who passed it on are counted, each once', () => {
    const by = (id: string): Sighting => ({ ...sighting, share: { externalId: id, by: { ...bob, id, name: id }, at: said.toISOString() } })
    expect(words(drawn({ sightings: [by('Ann'), by('Ben'), by('Ann')] }))).toMatch(/Reposted by Ann and Ben /)
    expect(words(drawn({ sightings: [by('Ann'), by('Ben'), by('Cem'), by('Dan')] }))).toContain('Reposted by Ann and 3 others')
  })

  test('a poll shows its votes, or that they are not shown', () => {
    const poll = words(shape('with a poll'))
    expect(poll).toContain('Slurm 84%')
    expect(poll).toContain('73 votes · open until Tuesday 24 November, 19:00')
    expect(words(shape('with a poll whose votes are not shown'))).toContain('votes not shown')
  })

  test('tags that the text does not have stand after it', () => {
    expect(words(shape('with code'))).toMatch(/#packaging/)
    expect(words(shape('with code'))).not.toMatch(/#hpc /)
  })

  test('a hashtag in the text leads to what is here of it; another link, and what only looks like one, where it led', () => {
    const html = fromHtml(
      '<p><a href="https://social.example/tags/HPC" class="mention hashtag">#<span>HPC</span></a> <a href="https://social.example/tags/other">#other</a> <a href="https://blog.example/">hpc</a></p>',
    )
    const links = [...drawn({ html, text: '#HPC #other hpc', tags: ['hpc'] }).matchAll(/<a [^>]*href="([^"]*(?:tag|blog)[^"]*)"/g)]
    expect(links.map(([, href]) => href)).toEqual(['/?tag=hpc', 'https://social.example/tags/other', 'https://blog.example/'])
  })

  test('a card says when its page was published, and changed since', () => {
    const { card } = shapes['with a card'] ?? {}
    if (!card) throw new Error('There is a shape with a card')
    const dated = (change: object) => words(drawn({ card: { ...card, ...change } }))
    expect(dated({ publishedAt: '2026-11-12T08:00:00Z' })).toContain('published 12 Nov')
    expect(dated({ publishedAt: '2026-11-12T08:00:00Z', updatedAt: '2026-11-14T08:00:00Z' })).toContain('published 12 Nov · updated 14 Nov')
    expect(dated({ publishedAt: 'soon' })).not.toContain('published soon')
  })

  test('edited, late, undated, for members: each says so', () => {
    expect(words(shape('edited'))).toContain('edited 19:50')
    expect(words(drawn({ late: true, firstSeenAt: new Date('2026-11-22T19:20:00Z') }))).toContain('late, first seen 20:20')
    expect(words(drawn({ late: true, firstSeenAt: new Date('2026-11-24T19:20:00Z') }))).toContain(
      'archived or imported, first seen 24 Nov 20:20',
    )
    expect(words(drawn({ publishedAt: null }))).toContain('undated, first seen 18:42')
    expect(words(shape('for members'))).toContain('members only')
  })

  test('what cannot be drawn is named', () => {
    expect(words(shape('unsupported'))).toContain('Unsupported audio space — Open the original')
  })

  test('language and direction go with the text', () => {
    expect(shape('in another script')).toContain('<div class="text" lang="ar" dir="auto">')
  })

  test('a name without letters is not a hole', () => {
    expect(words(shape('by nobody named'))).toContain('A planet of blogs')
    expect(shape('by a name with an emoji')).toMatch(/<span dir="auto">Bob <img class="emoji"/)
  })

  test('a date that is none does not break the page', () => {
    expect(words(drawn({ quote: { ...quoted, publishedAt: 'soon' } }))).toContain('Thank you')
    expect(words(drawn({ media: [image({ width: 0, height: 0 })] }))).toContain('Two bars')
  })
})
