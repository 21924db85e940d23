import { expect, test } from 'vitest'
import { withWebAddresses } from '#db/web-addresses'
import { ada, aPost } from '#tests/support/post'
import { image, quoted } from '#tests/support/shapes'

const script = 'javascript:alert(1)'
const author = { ...ada, url: script, avatar: script }

test('no address that is a script is kept, wherever a post can have one', () => {
  const post = aPost('one', {
    ...{ url: script, author, copyOf: script, share: { externalId: 's', by: author, at: '2026-11-22T10:00:00Z' } },
    media: [image({ url: script, preview: 'data:text/html,x', captions: [{ language: 'en', url: script }] })],
    card: { kind: 'link', url: script, title: '', description: '', image: null, site: '', authors: [], readingMinutes: null },
    quote: { ...quoted, url: 'vbscript:x', author, media: [image({ url: script })] },
    replyTo: { state: 'shown', externalId: null, url: 'file:///etc/passwd', author, text: null, rootExternalId: null },
    reactions: [{ emoji: ':x:', image: script, count: 1 }],
  })
  expect(JSON.stringify(withWebAddresses(post))).not.toMatch(/javascript:|vbscript:|file:|data:text/)
})

test('addresses of the web and pictures that carry themselves are kept as they are', () => {
  const post = aPost('one', {
    media: [image({ url: 'https://x.example/a.png' })],
    quote: quoted,
    author: { ...ada, avatar: 'http://x.example/a.png' },
  })
  expect(withWebAddresses(post)).toEqual(post)
})
