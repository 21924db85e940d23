import { expect, test } from 'vitest'
import { parse as parseBluesky } from '../../connectors/bluesky/parse.ts'
import { parse as parseMastodon } from '../../connectors/mastodon/parse.ts'

const STATUS = {
  id: '1',
  uri: 'https://bsky.brid.gy/convert/ap/at://did:plc:adaexample/app.bsky.feed.post/3kabc',
  url: 'https://bsky.brid.gy/r/https://bsky.app/profile/ada.example.net/post/3kabc',
  visibility: 'public',
  createdAt: '2026-11-22T10:00:00Z',
  content: '<p>Queues are people</p>',
  account: { id: '2', acct: 'ada.example.net@bsky.brid.gy', displayName: 'Ada Example' },
}

test('a status of a bridge is its author’s, by the name of the other network, and says what it is a copy of', () => {
  const post = parseMastodon(STATUS, { server: 'https://mastodon.example' })
  expect(post.copyOf).toBe('https://bsky.app/profile/did:plc:adaexample/post/3kabc')
  expect(post.author).toMatchObject({ name: 'Ada Example', handle: '@ada.example.net', badges: ['via Bridgy Fed'] })
  const site = {
    ...STATUS,
    uri: 'https://web.brid.gy/convert/ap/https://ada.example/why',
    url: 'https://web.brid.gy/r/https://ada.example/why',
  }
  expect(parseMastodon(site, { server: 'https://mastodon.example' }).copyOf).toBe('https://ada.example/why')
})

test('a status that is nobody’s copy says so, whatever its address imitates', () => {
  const own = {
    ...STATUS,
    uri: 'https://evil.example/bsky.brid.gy/convert/ap/at://did:plc:x/app.bsky.feed.post/1',
    url: 'https://evil.example/r/https://bsky.app/',
  }
  expect(parseMastodon({ ...own, account: { ...STATUS.account, acct: 'ada' } }, { server: 'https://mastodon.example' }).copyOf).toBeNull()
})

test('a record of a bridge is its author’s, by the name of the other network, and says what it is a copy of', () => {
  const record = { $type: 'app.bsky.feed.post', text: 'Queues are people', createdAt: '2026-11-22T10:00:00Z' }
  const item = (more: object) => ({
    post: {
      uri: 'at://did:plc:bridged/app.bsky.feed.post/3kabc',
      cid: 'bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      author: { did: 'did:plc:bridged', handle: 'ada.mastodon.example.ap.brid.gy', displayName: 'Ada Example' },
      indexedAt: '2026-11-22T10:00:01Z',
      record: { ...record, ...more },
    },
  })
  const copy = parseBluesky(item({ bridgyOriginalUrl: 'https://mastodon.example/@ada/1' }))
  expect(copy.copyOf).toBe('https://mastodon.example/@ada/1')
  expect(copy.author).toMatchObject({ handle: '@ada@mastodon.example', badges: ['via Bridgy Fed'] })
  expect(parseBluesky(item({ bridgyOriginalUrl: 'javascript:alert(1)' })).copyOf).toBeNull()
})
