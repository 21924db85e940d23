import { describe, expect, test } from 'vitest'
import { mayBeKept } from '#connectors/irc/consent'
import { irc } from '#connectors/irc/irc'
import { fold } from '#connectors/irc/names'
import { type Line, parse } from '#connectors/irc/parse'
import { mayLeave } from '#connectors/irc/transport'
import { parseSourcesFile } from '#lib/sources/sources-file'

/** What an IRC source is, and what becomes of a line. */

const context = { network: 'libera', channel: '#HPC', permitted: false }
const said = (text: string, change: Partial<Line> = {}): Line => ({
  kind: 'message',
  nick: 'Ada',
  text,
  time: '2026-11-22T19:42:15.123Z',
  ...change,
})
const html = (text: string) => parse(said(text), context).html

describe('a line', () => {
  test('keeps emphasis, code and links, and loses colours and controls', () => {
    expect(html('\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estruck\x1e \x11mono\x11 \x16back\x16 plain')).toBe(
      '<p><b>bold</b> <i>italic</i> <u>under</u> <s>struck</s> <code>mono</code> <mark>back</mark> plain</p>',
    )
    expect(html('\x0304,01red on black\x03 plain \x03,1 \x033,text \x04ff0000,000000hex\x0f\x07\x00')).toBe(
      '<p>red on black plain ,1 ,text hex</p>',
    )
    expect(html('\x02bold to the end')).toBe('<p><b>bold to the end</b></p>')
    expect(html('try `srun --pty`, or \x02not\x0f')).toBe('<p>try <code>srun --pty</code>, or <b>not</b></p>')
    expect(html('<script>alert(1)</script> & "quotes"')).not.toMatch(/<script/)
    expect(html('see https://example.com/a?x=1&y=2.')).toBe(
      '<p>see <a href="https://example.com/a?x=1&#38;y=2" rel="nofollow noopener noreferrer">https://example.com/a?x=1&#38;y=2</a>.</p>',
    )
    expect(html('https://exa\x02mple.com/b\x02')).toBe(
      '<p><a href="https://example.com/b" rel="nofollow noopener noreferrer">https://exa</a><b><a href="https://example.com/b" rel="nofollow noopener noreferrer">mple.com/b</a></b></p>',
    )
    expect(html('javascript:alert(1) irc://irc.libera.chat/x')).not.toMatch(/<a/)
    expect(parse(said('\x02bold\x02 `code` '), context).text).toBe('bold `code`')
  })

  test('is known by its msgid, else by who said what when, and how often', () => {
    expect(parse(said('hi', { msgid: 'abc' }), context).externalId).toBe('libera/#hpc/abc')
    const own = parse(said('hi'), context).externalId
    expect(own).toMatch(/^libera\/#hpc\/[\w-]{43}$/)
    expect(parse(said('\x02hi\x02', { nick: 'ADA' }), { ...context, channel: '#hpc' }).externalId).toBe(own)
    const others = [said('ho'), said('hi', { copy: 1 }), said('hi', { nick: 'bob' }), said('hi', { time: '2026-11-22T19:42:15.124Z' })]
    for (const other of others) expect(parse(other, context).externalId).not.toBe(own)
  })

  test('is its account’s, where the nick has one, so that a new nick is no new person', () => {
    expect(parse(said('hi', { nick: 'Ada|away', account: 'Ada' }), context).author).toMatchObject({ id: 'libera/=ada', handle: 'Ada|away' })
    expect(parse(said('hi', { nick: 'Bob[1]' }), context).author.id).toBe('libera/bob{1}')
    expect(fold('NICK[]\\~Ä')).toBe('nick{}|^Ä')
  })

  test('that begins with the nick of somebody who is there answers them, and goes on with their conversation', () => {
    const people = { bob: 'Robert', ada: null }
    const answers = (text: string) => parse(said(text), { ...context, people }).replyTo
    expect(answers('Bob: yes')).toMatchObject({ state: 'unknown', externalId: null, author: { id: 'libera/=robert', name: 'Bob' } })
    expect(answers('bob, yes')).toMatchObject({ author: { id: 'libera/=robert' } })
    for (const text of ['note: this', 'bob:x', 'well, bob', 'https://example.org', 'constructor: x']) expect(answers(text)).toBeNull()
    expect(parse(said('bob: yes'), { ...context, people, optedOut: ['robert'] }).replyTo).toBeNull()
    expect(parse(said('bob: yes'), context)).toMatchObject({
      conversation: { key: 'libera/#hpc', title: '#HPC', silenceMinutes: 20 },
      place: 'Libera.Chat',
      url: null,
      precisionSeconds: 0,
    })
  })

  test('that names the line which it answers answers that, whoever is named in it', () => {
    const answers = (text: string, change = {}) => parse(said(text, { answers: 'abc', ...change }), context).replyTo
    expect(answers('yes')).toMatchObject({ state: 'unknown', externalId: 'libera/#hpc/abc', author: null })
    expect(answers('bob: yes')).toMatchObject({ externalId: 'libera/#hpc/abc', author: { name: 'bob' } })
    expect(answers('yes', { answers: null })).toBeNull()
  })

  test('is for members, until somebody has permitted a public log', () => {
    expect(parse(said('hi'), context).audience).toBe('members')
    expect(parse(said('hi'), { ...context, permitted: true }).audience).toBe('public')
  })

  test('that its author keeps out of logs, or whose author asked to be left out, may not be kept', () => {
    const optedOut = new Set(['eve', 'mallory{}'])
    const kept = (text: string, nick = 'ada', account: string | null = null) => mayBeKept({ nick, account, text }, optedOut, [])
    for (const text of ['[off] x', '[OFF]x', ' [nolog] x', '\x02[off]\x02 x', '\x0304[off] x', 'bob: [off] x', 'bob, [nolog] x'])
      expect(kept(text), text).toBe(false)
    for (const text of ['x [off]', 'is [off] kept?', '[offtopic] x']) expect(kept(text), text).toBe(true)
    expect(kept('hi', 'EVE')).toBe(false)
    expect(kept('hi', 'other', 'Eve')).toBe(false)
    expect(kept('hi', 'Mallory[]')).toBe(false)
  })
})

describe('a source', () => {
  test('is found by the links that people share', () => {
    const at = (input: string) => irc.locate(input)
    const libera = { server: 'irc.libera.chat', port: 6697, channel: '#hpc', network: 'libera', tls: true }
    for (const link of [
      'irc://irc.libera.chat/#hpc',
      'irc://irc.libera.chat/hpc',
      'ircs://irc.libera.chat:6697/#hpc',
      'irc://irc.libera.chat:6667/%23hpc',
      'https://web.libera.chat/#hpc',
      'https://web.libera.chat/?channels=#hpc',
      'https://web.libera.chat/gamja/?channels=%23hpc,%23other',
      'https://kiwiirc.com/nextclient/irc.libera.chat/#hpc',
    ])
      expect(at(link), link).toMatchObject(libera)
    expect(at('ircs://irc.example.org:7000/##x')).toMatchObject({ port: 7000, channel: '##x', network: 'example' })
    for (const other of ['#hpc', 'https://example.org/#hpc', 'irc://', 'hpc', 'https://web.libera.chat/'])
      expect(at(other), other).toBeNull()
  })

  test('is off without a nick, and says what to do; an empty file never needs one', () => {
    const { sources, problems } = parseSourcesFile(`
- irc://irc.libera.chat/#hpc
- irc: { server: irc.libera.chat, port: 6697, channel: '#hpc', nick: hpc-log, account: hpc-log, password: env:IRC_PASSWORD, permission: { by: ops, on: 2026-11-22 } }
- irc: { logs: /srv/logs/hpc/, format: weechat, channel: '#hpc', network: libera, zone: Europe/Berlin }`)
    expect(problems).toEqual([])
    expect(sources.map(({ name, off }) => [name, off === null])).toEqual([
      ['#hpc on Libera.Chat', false],
      ['#hpc on Libera.Chat', true],
      ['#hpc on Libera.Chat (logs)', true],
    ])
    expect(sources[0]?.off).toContain('nick')
    expect(sources.map(({ settings }) => irc.live?.(irc.settings.parse(settings)))).toEqual([true, true, false])
    expect(sources.map(({ settings }) => irc.settings.parse(irc.settings.parse(settings)))).toEqual(
      sources.map(({ settings }) => irc.settings.parse(settings)),
    )
  })

  test.for([
    ["{ channel: '#hpc' }", 'needs server'],
    ["{ server: irc.libera.chat, logs: /x, channel: '#hpc' }", 'needs server'],
    ['{ server: irc.libera.chat, channel: hpc, nick: x }', 'a channel with its sign'],
    ["{ server: irc.libera.chat, channel: '#a b', nick: x }", 'a channel with its sign'],
    ["{ server: irc.libera.chat, channel: '#hpc', nick: '9 x' }", 'a nick'],
    ["{ server: irc.libera.chat, channel: '#hpc', nick: x, account: x }", 'password'],
    ["{ server: irc.libera.chat, channel: '#hpc', nick: x, zone: UTC }", 'zone goes with logs'],
    ["{ logs: /x, channel: '#hpc' }", 'network is missing'],
    ["{ logs: /x, channel: '#hpc', network: libera, zone: Mars/Phobos }", 'an IANA time zone'],
    ["{ logs: /x, channel: '#hpc', network: libera, format: mirc }", 'one of irssi'],
    ["{ server: irc.libera.chat, channel: '#hpc', nick: x, account: x, password: clear }", 'in clear'],
  ])('written %s is a problem that says: %s', ([entry, reason]) => {
    expect(parseSourcesFile(`- irc: ${entry}`).problems).toMatchObject([{ reason: expect.stringContaining(reason ?? '') }])
  })
})

test('nothing that others would read can leave, however it is wrapped', () => {
  const leaves = (line: string) => mayLeave(line, '#hpc')
  for (const line of ['CAP LS 302', 'NICK x', 'USER x 0 * :y', 'PING 1', 'PONG x', 'JOIN #hpc', 'QUIT :x', 'AUTHENTICATE PLAIN', 'PASS x'])
    expect(leaves(line), line).toBe(true)
  for (const line of [
    'PRIVMSG #hpc :x',
    'privmsg #hpc :x',
    'NOTICE #hpc :x',
    'TOPIC #hpc :x',
    'TAGMSG #hpc',
    'MODE #hpc +m',
    'KICK #hpc x',
    'INVITE x #hpc',
    'JOIN #other',
    'JOIN #hpc,#other',
    'JOIN #hpc key',
    'JOIN 0',
    'PART #hpc :said in passing',
    'AWAY :said in passing',
    '@+typing=active TAGMSG #hpc',
    ':x PRIVMSG #hpc :x',
    ' PRIVMSG #hpc :x',
    'PONG x\rPRIVMSG #hpc :x',
    'PING x\nPRIVMSG #hpc :x',
    'PING x\0',
    'NS IDENTIFY x',
    '',
  ])
    expect(leaves(line), JSON.stringify(line)).toBe(false)
})

test('the letter asks to read and, apart from that, to show a log, and says what is kept, how one is left out and how it ends', () => {
  const letter = irc.letter?.(irc.settings.parse({ server: 'irc.example.org', channel: '#hpc', nick: 'backplane' })) ?? ''
  for (const said of [
    '#hpc',
    'to read along',
    'show the log in public',
    '[off] or [nolog]',
    'say anything there',
    'left out',
    'at any time',
  ])
    expect(letter).toContain(said)
  expect(letter).not.toMatch(/undefined|null|\[object/)
})
