import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { slack } from '#connectors/slack/slack'

/** What no post of a workspace may ever show; how messages look is in `connectors/slack/fixtures`. */

const team = { id: 'T0EXAMPLE', name: 'HPC Example', domain: 'hpc-example' }
const channel = { id: 'C0GENERAL', name: 'general' }
const context = { users: {}, channels: {}, emojis: {} }
const parse = (message: object) =>
  slack.parse({ message: { type: 'message', user: 'UADA', ts: '1795100000.000100', ...message }, channel, team }, context)

test('addresses that want a token, and names of who reacted, reach no post', () => {
  const folder = join(import.meta.dirname, '../../connectors/slack/fixtures')
  const given = readdirSync(folder)
    .filter((file) => !file.includes('.expected.'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  const posts = readdirSync(folder)
    .filter((file) => file.includes('.expected.'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  expect(given.join()).toContain('files.slack.com')
  expect(posts.join()).not.toContain('files.slack.com')
  expect(posts.join()).not.toContain('secret words')
  for (const post of posts.flatMap((file) => JSON.parse(file))) expect(post.audience).toBe('members')
})

test.each([
  ['joins', { subtype: 'channel_join' }],
  ['topics', { subtype: 'channel_topic' }],
  ['what only one person saw', { is_ephemeral: true }],
  ['what is hidden', { hidden: true }],
  ['what was deleted', { subtype: 'tombstone' }],
  ['what a company’s key withholds', { subtype: 'ekm_access_denied', user: 'UREVOKEDU' }],
  ['what is of a kind that is not known', { subtype: 'from_the_future' }],
])('%s: not made a post', (_what, message) => {
  expect(() => parse({ text: 'x', ...message })).toThrow(/not shown/)
})

test('a time stays a string: two messages of one microsecond’s difference are two', () => {
  const [a, b] = ['1795100000.123456', '1795100000.123457'].map((ts) => parse({ ts, text: 'x' }))
  expect(a?.externalId).toBe('T0EXAMPLE/C0GENERAL/1795100000.123456')
  expect(b?.externalId).not.toBe(a?.externalId)
  expect(a?.publishedAt?.toISOString()).toBe('2026-11-19T14:53:20.123Z')
})

test('a message that nobody answered and its first reply are one conversation', () => {
  const root = parse({ text: 'anybody?' })
  const reply = parse({ ts: '1795100060.000100', thread_ts: '1795100000.000100', text: 'yes' })
  expect(reply.conversation).toEqual(root.conversation)
  expect(reply.url).toBe('https://hpc-example.slack.com/archives/C0GENERAL/p1795100060000100?thread_ts=1795100000.000100&cid=C0GENERAL')
})

test('markup in names and text cannot leave its place', () => {
  const post = parse({ text: '<@UX|"><img src=x onerror=alert(1)>|> <https://example.org/"onmouseover="x|a> &lt;b&gt;' })
  expect(post.html).not.toMatch(/<img|<b>|" ?onmouseover/)
})
