import { expect, test, vi } from 'vitest'
// It tells how the networks write their addresses.
import '#connectors/registry'
import { linkKey } from '#db/link-key'

const same: [string, string][] = [
  ['https://www.example.org/post?utm_source=x&id=3#part', 'http://example.org/post?id=3'],
  ['https://blog.example.org/mpi/', 'https://blog.example.org/mpi?utm_medium=social&fbclid=1'],
  ['https://example.org/story/amp/', 'https://example.org/story'],
  ['https://example.org/story?amp=1', 'https://example.org/story'],
  ['https://example.org/amp/story', 'https://example.org/story'],
  ['https://example.org/job/8812?src=mastodon', 'https://example.org/job/8812'],
  ['https://example.org/job?id=8812&from=bluesky&page=2', 'https://example.org/job?id=8812&page=2'],
  ['https://www.google.com/amp/s/www.example.org/story', 'https://example.org/story'],
  ['https://example-org.cdn.ampproject.org/c/s/example.org/story', 'https://example.org/story'],
  ['https://m.example.org/story', 'https://example.org/story'],
  ['https://m.youtube.com/watch?v=abc-1&si=zz', 'https://youtu.be/abc-1?t=4'],
  ['https://www.youtube.com/shorts/abc-1', 'https://youtube.com/watch?feature=share&v=abc-1'],
  ['https://old.reddit.com/r/hpc/comments/1abc/a_title/?share_id=5', 'https://www.reddit.com/r/hpc/comments/1abc/'],
  ['https://en.m.wikipedia.org/wiki/Message_Passing_Interface', 'https://en.wikipedia.org/wiki/Message_Passing_Interface'],
  ['https://arxiv.org/pdf/2401.01234v2.pdf', 'https://arxiv.org/abs/2401.01234'],
  ['https://www.linkedin.com/safety/go?url=https%3A%2F%2Fexample.org%2Fa%2Fb', 'https://example.org/a/b'],
  ['https://mobile.twitter.com/ada/status/1?s=20', 'https://x.com/ada/status/1'],
  ['https://www.threads.com/@ada/post/D1', 'https://threads.net/@ada/post/D1'],
  ['https://out.reddit.com/t3_1?url=https%3A%2F%2Fexample.org%2Fa%2Fb&token=x', 'https://example.org/a/b'],
  ['https://slack-redir.net/link?url=https%3A%2F%2Fexample.org%2Fa%2Fb', 'https://example.org/a/b'],
  ['https://example.org/a?from=slack', 'https://example.org/a?via=reddit'],
  ['https://dx.doi.org/10.1000/182', 'https://doi.org/10.1000/182'],
  ['https://example.org/docs/index.html', 'https://example.org/docs/'],
]

test.each(same)('%s and %s lead to one page', (one, other) => {
  expect(linkKey(one)).toBe(linkKey(other))
  expect(linkKey(one)).not.toBeNull()
})

const different: [string, string][] = [
  ['https://example.org/?p=12', 'https://example.org/?p=13'],
  ['https://example.org/a', 'https://example.org/b'],
  ['https://example.org/a?page=1', 'https://example.org/a?page=2'],
  ['https://one.example.org/a', 'https://two.example.org/a'],
  ['https://arxiv.org/abs/2401.01234', 'https://arxiv.org/abs/2401.01235'],
  ['https://youtu.be/abc', 'https://youtu.be/abd'],
  ['https://example.org/amplify', 'https://example.org/lify'],
  ['https://example.org/view?src=a.c', 'https://example.org/view?src=b.c'],
]

test.each(different)('%s and %s are two pages', (one, other) => {
  expect(linkKey(one)).not.toBe(linkKey(other))
})

test.each([
  'https://example.org/',
  'https://example.org',
  'https://www.example.org/index.html',
  'ftp://example.org/a',
  'nonsense',
  'https://',
  'mailto:a@example.org',
])('%s identifies no page', (url) => {
  expect(linkKey(url)).toBeNull()
})

test('no address that is looked at is told to the log', () => {
  const told = vi.spyOn(console, 'log')
  linkKey('https://example.org/a?utm_source=b&c=d')
  expect(told).not.toHaveBeenCalled()
})
