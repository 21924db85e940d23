import { describe, expect, test } from 'vitest'
import { fromHtml } from '#connectors/html'
import type { Media, Post } from '#db/post'
import type { TimelinePost } from '#db/timeline'
import { feedItemOf } from '#lib/reading/feed-item'
import { ada, aPost } from '#tests/support/post'

const picture: Media = {
  kind: 'image',
  url: 'https://media.example/full.png',
  preview: 'https://media.example/small.png',
  alt: 'A "rack" & its cables',
  width: 10,
  height: 10,
  mimeType: 'image/png',
  durationSeconds: null,
  bytes: null,
  title: null,
  captions: [],
}
const bob = { ...ada, id: 'id:bob', name: 'Bob Example', handle: '@bob@social.example', url: 'https://social.example/@bob' }

function item(change: Partial<Post>) {
  const at = new Date('2026-11-22T10:00:00Z')
  const post: TimelinePost = {
    ...aPost('one', change),
    id: 1,
    entryId: 1,
    platform: 'feed',
    sourceId: 1,
    firstSeenAt: at,
    sortAt: at,
    late: false,
    revision: '',
    deletedAt: null,
    authorHidden: false,
    copyKeys: null,
    warningHtml: null,
    sightings: [],
  }
  return feedItemOf(post)
}

describe('the title of a post in a feed', () => {
  test.each<[string, Partial<Post>, string]>([
    ['its own', { title: ' A  title\n' }, 'A title'],
    ['who says it and how it begins', { text: 'One line.\nAnother.' }, 'Ada Example: One line. Another.'],
    ['cut between words', { text: `${'word '.repeat(30)}` }, `Ada Example: ${'word '.repeat(16).trim()}…`],
    ['cut within a word that is too long', { text: 'x'.repeat(100) }, `Ada Example: ${'x'.repeat(80)}…`],
    ['what is covered stays covered', { text: 'The ending', contentWarning: 'Spoiler' }, 'Ada Example: CW: Spoiler'],
    ['a picture by its description', { text: '', media: [picture] }, 'Ada Example: A "rack" & its cables'],
    ['a picture that nobody described', { text: '', media: [{ ...picture, alt: null }] }, 'Ada Example: image'],
    [
      'who passed it on',
      { text: 'Hello', share: { externalId: 's', by: bob, at: '2026-11-22T10:00:00Z' } },
      'Bob Example reposted Ada Example: Hello',
    ],
    ['the handle of who has no name', { text: 'Hello', author: { ...ada, name: '' } }, '@ada.example.org: Hello'],
  ])('%s', (_what, change, title) => {
    expect(item(change).title).toBe(title)
  })
})

describe('the content of a post in a feed', () => {
  test('pictures are drawn with their description, escaped', () => {
    expect(item({ media: [picture] }).html).toContain('<img src="https://media.example/full.png" alt="A &#34;rack&#34; &#38; its cables">')
  })

  test('sensitive pictures are links', () => {
    const { html } = item({ media: [picture], sensitive: true })
    expect(html).not.toContain('<img')
    expect(html).toContain('<a href="https://media.example/full.png">Sensitive image')
  })

  test('what a warning covers can be opened', () => {
    expect(item({ html: fromHtml('<p>The ending</p>'), contentWarning: '<Spoiler>' }).html).toBe(
      '<details><summary>&#60;Spoiler&#62;</summary><p>The ending</p></details>',
    )
  })

  test('reply, poll, card and quote are told, and no link leads elsewhere than http', () => {
    const { html } = item({
      replyTo: { state: 'shown', externalId: 'p', url: 'javascript:alert(1)', author: bob, text: 'Why?', rootExternalId: null },
      poll: { options: [{ text: 'Yes & no', html: null, votes: 3 }], multiple: false, voters: 3, closesAt: null },
      card: {
        kind: 'link',
        url: 'https://example.org/a',
        title: 'A page',
        description: 'About it',
        image: null,
        site: 'example.org',
        authors: [],
        readingMinutes: null,
      },
      quote: { state: 'not-found', url: null },
    })
    expect(html).toContain('<p>Replying to @bob@social.example: Why?</p>')
    expect(html).toContain('<li>Yes &#38; no (3)</li>')
    expect(html).toContain('<a href="https://example.org/a">A page</a> · example.org<br>About it')
    expect(html).toContain('<blockquote><p>Quoted post: not found</p></blockquote>')
    expect(html).not.toContain('javascript:')
  })
})

test('an item keeps its id when the database is made anew, and it is an IRI', () => {
  const { id } = item({ externalId: 'tag:example.org,2026:a b' })
  expect(id).toBe('urn:backplane:feed:tag%3Aexample.org%2C2026%3Aa%20b')
})
