import { describe, expect, test } from 'vitest'
import { leftOut, mayBeKept } from '#connectors/irc/consent'
import { type Line, parse } from '#connectors/irc/parse'
import { archiveSettings, Settings } from '#connectors/irc/settings'
import { canonical } from '#lib/secrets'

/** Programs that carry another place's chat into a channel: what they say is said by people. */

const context = { network: 'libera', channel: '#hpc', permitted: true, relays: ['Pigeon', 'PigeonAccount'] }
const line = (nick: string, text: string, change: Partial<Line> = {}): Line => ({
  kind: 'message',
  nick,
  text,
  time: '2026-11-22T19:42:15.123Z',
  ...change,
})
const heard = (nick: string, text: string, change?: Partial<Line>) => parse(line(nick, text, change), context)

describe('what a relay says', () => {
  test.each([
    ['slackbot', '<alice> the queue is full', 'alice', 'via slackbot'],
    ['slackbot1', '[slack] <alice> the queue is full', 'alice', 'via slack'],
    ['matterbridge', '[discord] <\x0304Ada L.\x0f> the queue is full', 'Ada L.', 'via discord'],
    ['Matterbridge', '<\x02al\u200bice\x02> the queue is full', 'alice', 'via Matterbridge'],
    ['pigeon', '<@alice> the queue is full', 'alice', 'via pigeon'],
  ])('of %s is the person’s: %j', (nick, text, name, badge) => {
    const post = heard(nick, text, { bot: true })
    expect(post.author).toMatchObject({ name, handle: name, badges: [badge] })
    expect(post.author.id).toMatch(new RegExp(`^libera/${nick.toLowerCase()}/`))
    expect(post.text).toBe('the queue is full')
    expect(post.html).toBe('<p>the queue is full</p>')
  })

  test('is two people’s where it speaks for two, and one’s under any spelling that servers hold for the same', () => {
    const [one, same, other] = [heard('slackbot', '<Alice> a'), heard('slackbot', '<alice> b'), heard('slackbot', '<bob> c')]
    expect(one.author.id).toBe(same.author.id)
    expect(one.author.id).not.toBe(other.author.id)
  })

  test('is known as a relay’s by its account, too, and under the key that the line always had', () => {
    const post = heard('bird', '<alice> hello', { account: 'PigeonAccount' })
    expect(post.author).toMatchObject({ id: 'libera/pigeonaccount/alice', name: 'alice' })
    expect(post.externalId).toBe(parse(line('bird', '<alice> hello'), { ...context, relays: [] }).externalId)
  })

  test('answers whom its person answers', () => {
    const people = { bob: null }
    const post = parse(line('slackbot', '<alice> bob: try again'), { ...context, people })
    expect(post.replyTo?.author).toMatchObject({ name: 'bob' })
  })

  test('of itself is its own', () => {
    for (const text of ['I carry #hpc to and fro', 'alice joined', '<alice>', '<alice> ', '1 < 2 and 3 > 2'])
      expect(heard('slackbot', text).author).toMatchObject({ name: 'slackbot', badges: [] })
  })
})

test('a person who writes <bob> hi quotes Bob, also where they say to be a program', () => {
  for (const nick of ['carol', 'slackbotanist', 'myslackbot', 'relay'])
    expect(heard(nick, '<bob> I am an idiot', { bot: true })).toMatchObject({ author: { name: nick }, text: '<bob> I am an idiot' })
})

test('who asked to be left out is so through a relay as well, and so is what they keep out of logs', () => {
  const kept = (nick: string, text: string) => mayBeKept({ nick, text }, new Set(['alice']), ['pigeon'])
  expect(kept('slackbot', '<alice> hi')).toBe(false)
  expect(kept('pigeon', '[slack] <Alice> hi')).toBe(false)
  expect(kept('pigeon', '<bob> [off] hi')).toBe(false)
  expect(kept('pigeon', '<bob> hi')).toBe(true)
  expect(kept('carol', '<alice> hi')).toBe(true)
  const settings = Settings.parse({ server: 'irc.libera.chat', channel: '#hpc', optOut: ['alice'], relays: ['pigeon'] })
  const { author, conversation } = heard('pigeon', '<alice> hi')
  const gone = leftOut(settings, [])
  expect(gone?.({ id: author.id, handle: author.handle, conversation: conversation?.key ?? null })).toBe(true)
})

test('to name a relay makes no other source of a channel', () => {
  const settings = Settings.parse({ server: 'irc.libera.chat', channel: '#hpc' })
  expect(canonical({ ...settings, relays: ['pigeon'] })).toBe(canonical(settings))
  expect(archiveSettings({ channel: '#hpc', network: 'libera', relays: ['pigeon'] })).toMatchObject({ relays: ['pigeon'] })
})
