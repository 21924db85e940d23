import Irc from 'irc-framework'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Batch, Cursor, Run } from '#connectors/contract'
import { createHttp } from '#connectors/http'
import { irc } from '#connectors/irc/irc'
import type { Live, Settings } from '#connectors/irc/settings'
import { openTransport } from '#connectors/irc/transport'
import { ConnectorError } from '#connectors/trouble'
import type { Post } from '#db/post'
import { eventually } from '#tests/support/eventually'
import { serveIrc } from '#tests/support/irc-server'
import { runOf } from '#tests/support/run'

/** Listening to a channel, on a real server that is small enough to be told what to do. */

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function started(options: Parameters<typeof serveIrc>[0] = {}) {
  const server = await serveIrc(options)
  cleanups.push(() => server.close())
  return server
}

/** Listens until the test ends: what was saved, what was covered, what the source says of itself, and how it ended. */
function listen(port: number, change: Partial<Live> = {}, given: Partial<Run<Settings>> = {}) {
  const settings = irc.settings.parse({
    server: '127.0.0.1',
    port,
    tls: false,
    channel: '#hpc',
    nick: 'logger',
    network: 'test',
    ...change,
  })
  const { run, modes, stop } = runOf(settings, given)
  const posts: Post[] = []
  const batches: Batch[] = []
  let caughtUp = 0
  run.caughtUp = () => {
    caughtUp++
  }
  const end = (async () => {
    for await (const batch of irc.read(run)) {
      batches.push(batch)
      posts.push(...batch.posts)
    }
  })()
  end.catch(() => {})
  cleanups.push(async () => {
    stop()
    await end.catch(() => {})
  })
  return {
    posts,
    batches,
    modes,
    end,
    stop,
    texts: () => posts.map(({ text }) => text),
    covered: () => batches.flatMap(({ covered }) => covered ?? []),
    settled: () => vi.waitFor(() => expect(caughtUp).toBeGreaterThan(0), { timeout: 5000 }),
  }
}

describe('what is said', () => {
  test('arrives once, in order, by whom and how it was said', async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    expect(live.modes).toEqual(['live'])
    server.say('ada', 'morning, \x02anyone\x02?', { tags: 'msgid=m1;account=Ada' })
    server.say('bob', '\x01ACTION nods\x01', { tags: 'msgid=m2' })
    server.say('bob', 'a notice', { command: 'NOTICE' })
    server.say('ada', 'High performance | be nice', { command: 'TOPIC' })
    server.say('bob', 'ada: yes', { tags: '+draft/reply=m1' })
    await eventually(() => expect(live.posts).toHaveLength(5))
    expect(live.posts.map(({ kind, text }) => [kind, text])).toEqual([
      ['message', 'morning, anyone?'],
      ['action', 'nods'],
      ['notice', 'a notice'],
      ['topic', 'High performance | be nice'],
      ['message', 'ada: yes'],
    ])
    expect(live.posts[0]).toMatchObject({
      externalId: 'test/#hpc/m1',
      author: { id: 'test/=ada' },
      recovered: false,
      precisionSeconds: 0,
      audience: 'members',
    })
    expect(live.posts[0]?.html).toBe('<p>morning, <b>anyone</b>?</p>')
    expect(live.posts[4]?.replyTo).toMatchObject({ externalId: 'test/#hpc/m1', author: { id: 'test/=ada' } })
  })

  test('is an account’s under any nick where the network says so, and never another’s who takes the nick', async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    server.tell(':ada!u@h JOIN #hpc Ada :Ada')
    server.say('ada', 'High performance', { command: 'TOPIC' })
    server.say('ada', 'mine', { tags: 'account=Ada' })
    server.tell(':ada!u@h NICK ada|away')
    server.say('ada|away', 'mine too', { tags: 'account=Ada' })
    server.tell(':eve!u@h JOIN #hpc * :Eve')
    server.tell(':eve!u@h NICK ada')
    server.say('ada', 'not mine')
    server.say('ada', 'Not my topic', { command: 'TOPIC' })
    await eventually(() => expect(live.posts).toHaveLength(5))
    expect(live.posts.map(({ text, author }) => [text, author.id])).toEqual([
      ['High performance', 'test/=ada'],
      ['mine', 'test/=ada'],
      ['mine too', 'test/=ada'],
      ['not mine', 'test/ada'],
      ['Not my topic', 'test/ada'],
    ])
  })

  test('is nothing but talk of this channel: no joins, no server’s words, nothing private, nothing to operators', async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    server.say('eve', 'psst', { to: 'logger' })
    server.say('eve', 'for operators', { to: '@#hpc' })
    server.say('eve', 'elsewhere', { to: '#other' })
    server.tell(':irc.test NOTICE #hpc :the server speaks')
    server.tell(':***!znc@znc.in PRIVMSG #hpc :Buffer Playback...')
    server.tell(':eve!u@h JOIN #hpc * :x')
    server.tell(':eve!u@h PART #hpc :bye')
    server.say('eve', '\x01VERSION\x01')
    server.tell(':eve!u@h MODE #hpc +m')
    server.say('ada', '')
    server.say('ada', '#hpc is also #HPC', { to: '#HPC' })
    await eventually(() => expect(live.texts()).toEqual(['#hpc is also #HPC']))
    expect(JSON.stringify(live.batches)).not.toMatch(/psst|operators|elsewhere|speaks|Playback|bye|VERSION/)
  })

  test('by who asked to be left out is not stored, under their next nick and in answers to them neither', async () => {
    const server = await started()
    const live = listen(server.port, { optOut: ['Mallory', 'Hidden'] })
    await live.settled()
    server.say('mallory', 'left out')
    server.tell(':mallory!u@h NICK malice')
    server.say('malice', 'left out too')
    server.say('someone', 'left out by account', { tags: 'account=hidden' })
    server.say('eve', '[off] not this')
    server.say('ada', 'malice: I see')
    await eventually(() => expect(live.posts).toHaveLength(1))
    expect(live.posts[0]).toMatchObject({ text: 'malice: I see', replyTo: null })
    expect(JSON.stringify(live.batches)).not.toMatch(/left out|not this/)
  })

  test('by who asked to be left out is not stored after a restart either, though their nick is another by then', async () => {
    const server = await started()
    const first = listen(server.port, { optOut: ['mallory'] })
    await first.settled()
    server.tell(':mallory!u@h NICK malice')
    server.say('ada', 'one')
    await eventually(() => expect(first.texts()).toEqual(['one']))
    first.stop()
    await first.end
    const second = listen(server.port, { optOut: ['mallory'] }, { cursor: first.batches.at(-1)?.cursor ?? null })
    await second.settled()
    server.say('malice', 'left out')
    server.tell(':malice!u@h NICK mallory')
    server.say('malice', 'by who is called so now')
    await eventually(() => expect(second.texts()).toEqual(['by who is called so now']))
  })

  test('by who is left out by their nick is not stored under the account that it belongs to', async () => {
    const server = await started()
    const live = listen(server.port, { optOut: ['mallory'] })
    await live.settled()
    server.say('mallory', 'left out', { tags: 'account=mal' })
    server.say('other', 'left out too', { tags: 'account=mal' })
    server.say('ada', 'kept')
    await eventually(() => expect(live.texts()).toEqual(['kept']))
  })

  test('200 times in a second is there 200 times, with a netsplit in the middle', async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    for (let n = 0; n < 100; n++) server.say('ada', `line ${n}`)
    server.tell(':irc.test BATCH +n netsplit a.test b.test')
    for (let n = 0; n < 50; n++) server.tell(`@batch=n :user${n}!u@h QUIT :a.test b.test`)
    server.tell(':irc.test BATCH -n')
    for (let n = 0; n < 100; n++) server.say('bob', 'the same')
    await eventually(() => expect(live.posts).toHaveLength(200))
    expect(new Set(live.posts.map(({ externalId }) => externalId)).size).toBe(200)
    expect(live.texts().slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n}`))
  })

  test('in an old encoding is read in it, and half a character breaks nothing', async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    server.tell(Buffer.from(':ada!u@h PRIVMSG #hpc :caf\xe9 na\xefve', 'latin1'))
    server.tell(Buffer.from(':ada!u@h PRIVMSG #hpc :数値', 'utf8'))
    await eventually(() => expect(live.texts()).toEqual(['café naïve', '数値']))
  })

  test.for([5, -5])('is dated by our clock when the server’s is %i minutes off', async (minutes) => {
    const server = await started({ skewMs: minutes * 60_000 })
    const live = listen(server.port)
    await live.settled()
    server.say('ada', 'now')
    await eventually(() => expect(live.posts).toHaveLength(1))
    expect(Math.abs(Number(live.posts[0]?.publishedAt) - Date.now())).toBeLessThan(2000)
    expect(live.posts[0]?.recovered).toBe(false)
  })

  test('is heard again after a line that is no IRC, which ends that connection and nothing else', { timeout: 20_000 }, async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    server.tell('BATCH')
    await vi.waitFor(() => expect(live.modes).toContainEqual(expect.stringMatching(/^away: not connected/)), { timeout: 5000 })
    await vi.waitFor(() => expect(live.modes.at(-1)).toBe('live'), { timeout: 15_000 })
    server.say('ada', 'still here')
    await eventually(() => expect(live.texts()).toEqual(['still here']))
  })

  test('is read from servers that know nothing new: no tags, no times, no capabilities', async () => {
    const server = await started({ caps: null })
    const live = listen(server.port)
    await live.settled()
    server.tell(':ada!u@h PRIVMSG #hpc :plain')
    await eventually(() => expect(live.texts()).toEqual(['plain']))
    expect(live.posts[0]).toMatchObject({ recovered: false, author: { id: 'test/ada' } })
  })
})

describe('what was missed', () => {
  const HOUR = 3_600_000
  const at = (msAgo: number) => new Date(Date.now() - msAgo).toISOString()

  test('is played back by a bouncer, marked as recovered, and fills the hole as far as it reaches', async () => {
    const until = at(HOUR)
    const server = await started({
      playback: [
        `@time=${at(HOUR + 60_000)} :ada!u@h PRIVMSG #hpc :known already`,
        `@time=${at(HOUR / 2)} :ada!u@h PRIVMSG #hpc :said meanwhile`,
      ],
    })
    const live = listen(server.port, {}, { cursor: { until } })
    await live.settled()
    server.say('bob', 'now')
    await eventually(() => expect(live.texts()).toEqual(['known already', 'said meanwhile', 'now']))
    expect(live.posts.map(({ recovered }) => recovered)).toEqual([true, true, false])
    expect(live.covered()[0]?.from.toISOString()).toBe(until)
  })

  test.for([5, -5])('is dated by our clock where the server’s is %i minutes off', async (minutes) => {
    const said = new Date(Date.now() - HOUR / 2)
    const told = new Date(said.getTime() + minutes * 60_000).toISOString()
    const server = await started({ skewMs: minutes * 60_000, playback: [`@time=${told} :ada!u@h PRIVMSG #hpc :said meanwhile`] })
    const live = listen(server.port, {}, { cursor: { until: at(HOUR) } })
    await live.settled()
    server.say('bob', 'now')
    await eventually(() =>
      expect(live.posts.map(({ text, recovered }) => [text, recovered])).toEqual([
        ['said meanwhile', true],
        ['now', false],
      ]),
    )
    expect(Math.abs(Number(live.posts[0]?.publishedAt) - said.getTime())).toBeLessThan(1000)
  })

  test('leaves a hole where the playback does not reach back to what is known', async () => {
    const server = await started({ playback: [`@time=${at(60_000)} :ada!u@h PRIVMSG #hpc :the last minute`] })
    const live = listen(server.port, {}, { cursor: { until: at(HOUR) } })
    await live.settled()
    server.say('bob', 'now')
    await eventually(() => expect(live.texts()).toEqual(['the last minute', 'now']))
    expect(Date.now() - Number(live.covered()[0]?.from)).toBeLessThan(5000)
  })

  const bouncers = {
    ZNC: {
      caps: ['message-tags', 'server-time', 'batch', 'znc.in/batch'],
      lost: ':*status!znc@znc.in PRIVMSG logger :Disconnected from IRC. Reconnecting...',
    },
    soju: {
      caps: ['message-tags', 'server-time', 'batch', 'soju.im/bouncer-networks', 'soju.im/bouncer-networks-notify'],
      lost: ':soju BOUNCER NETWORK 7 state=disconnected;error=gone',
    },
  }

  test.for(Object.keys(bouncers) as (keyof typeof bouncers)[])(
    'is a hole, too, while %s is there but its network is not, also over a restart of ours',
    async (name) => {
      const { caps, lost } = bouncers[name]
      const server = await started({ caps, supported: 'BOUNCER_NETID=7' })
      const live = listen(server.port)
      await live.settled()
      server.tell(':soju BOUNCER NETWORK 8 state=disconnected')
      server.say('ada', 'before')
      server.tell(lost)
      const lostAt = Date.now()
      await eventually(() => expect(live.modes.at(-1)).toMatch(/^away: .*bouncer/))
      const [gone] = live.batches.slice(-1)
      expect(Math.abs(Number(gone?.covered?.to) - lostAt)).toBeLessThan(1000)
      server.tell(':logger!u@h JOIN #hpc')
      await eventually(() => expect(live.modes.at(-1)).toBe('live'))
      const backAt = Date.now()
      server.say('ada', 'after')
      await eventually(() => expect(live.texts()).toEqual(['before', 'after']))
      live.stop()
      await live.end
      const next = live.covered().find(({ from }) => Number(from) >= lostAt)
      expect(Math.abs(Number(next?.from) - backAt)).toBeLessThan(1000)
      // Who comes back after it was cut off does not take its silence for the channel's.
      const later = listen(server.port, {}, { cursor: { ...gone?.cursor, until: at(HOUR) } })
      await later.settled()
      server.say('ada', 'later')
      await eventually(() => expect(later.texts()).toEqual(['later']))
      expect(Date.now() - Number(later.covered()[0]?.from)).toBeLessThan(5000)
    },
  )

  test('is asked of a server that keeps history, page by page', async () => {
    const history = Array.from({ length: 250 }, (_, n) => ({
      time: at(HOUR / 2 - n * 1000),
      line: `msgid=h${n} :ada!u@h PRIVMSG #hpc :line ${n}`,
    }))
    const server = await started({ caps: ['message-tags', 'server-time', 'batch', 'draft/chathistory'], history })
    const until = at(HOUR)
    const live = listen(server.port, {}, { cursor: { until } })
    await live.settled()
    expect(live.texts()).toEqual(history.map((_, n) => `line ${n}`))
    expect(live.posts.every(({ recovered }) => recovered)).toBe(true)
    expect(live.covered()[0]?.from.toISOString()).toBe(until)
    expect(server.received.filter((line) => line.startsWith('CHATHISTORY'))).toHaveLength(3)
  })

  test('is a hole in what is covered, and the connection is back soon', { timeout: 30_000 }, async () => {
    const first = await serveIrc()
    const live = listen(first.port)
    await live.settled()
    first.say('ada', 'before')
    await eventually(() => expect(live.texts()).toEqual(['before']))
    await first.close()
    await eventually(() => expect(live.modes.at(-1)).toContain('not connected'))
    const closedAt = Date.now()
    const second = await started({ port: first.port })
    await second.got(/^JOIN/)
    await vi.waitFor(() => expect(live.modes.at(-1)).toBe('live'), { timeout: 20_000 })
    second.say('ada', 'after')
    await vi.waitFor(() => expect(live.texts()).toEqual(['before', 'after']), { timeout: 5000 })
    const spans = live.covered()
    const hole = spans.findIndex(({ from }, index) => index > 0 && Number(from) > Number(spans[index - 1]?.to))
    expect(hole).toBeGreaterThan(0)
    expect(Math.abs(Number(spans[hole - 1]?.to) - closedAt)).toBeLessThan(2000)
    expect(Number(spans[hole]?.from)).toBeGreaterThanOrEqual(closedAt)
  })

  test('does not move the cursor before it is saved', async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    for (const { posts, covered, cursor } of live.batches) {
      if (covered === null) expect(cursor).toBeNull()
      else expect(cursor).toEqual({ until: covered.to.toISOString() })
      expect(posts).toEqual([])
    }
  })
})

describe('logging in', () => {
  const accounts = { loggy: 'hunter2x' }
  const withAccount = { account: 'loggy', password: 'hunter2x' }

  test('comes before joining', async () => {
    const server = await started({ accounts })
    const live = listen(server.port, withAccount)
    await live.settled()
    const order = ['AUTHENTICATE PLAIN', 'CAP END', 'JOIN #hpc'].map((line) => server.received.indexOf(line))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).not.toContain(-1)
  })

  test('with a wrong password is refused, in words without it, and nothing is joined', async () => {
    const server = await started({ accounts })
    const live = listen(server.port, { ...withAccount, password: 'wrong-secret' })
    await expect(live.end).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining('did not log in') })
    await expect(live.end).rejects.not.toMatchObject({ message: expect.stringContaining('wrong-secret') })
    expect(server.received.join()).not.toContain('JOIN')
    expect(live.modes).toEqual([])
  })

  const liars: [string, Parameters<typeof serveIrc>[0]][] = [
    ['offers none', { caps: ['server-time', 'message-tags'] }],
    ['knows no capabilities', { caps: null }],
    ['says yes and logs nobody in', { accounts, forgetsLogin: true }],
  ]
  test.for(liars)('is never taken for done where a server %s', { timeout: 20_000 }, async ([, options]) => {
    const server = await started(options)
    const live = listen(server.port, withAccount)
    await expect(live.end).rejects.toMatchObject({ trouble: 'unavailable', message: expect.stringContaining('logg') })
    expect(server.received.join()).not.toContain('JOIN')
    expect(live.modes).not.toContain('live')
  })

  test('to a bouncer is its password, and no SASL', async () => {
    const server = await started()
    const live = listen(server.port, { password: 'user/network:secret' })
    await live.settled()
    expect(server.received).toContain('PASS user/network:secret')
    expect(server.received.join()).not.toContain('AUTHENTICATE')
  })
})

describe('manners', () => {
  test('whatever the library is told to say, nobody hears it, and CTCP gets no answer', async () => {
    const server = await started()
    const { run } = runOf(null)
    const { transport } = openTransport({ server: '127.0.0.1', port: server.port, tls: false, channel: '#hpc', guard: run.http.guard })
    function ours() {
      return transport
    }
    const client = new Irc.Client()
    client.connect({
      ...{ host: '127.0.0.1', port: server.port, tls: false, nick: 'x', username: 'x', gecos: 'x', account: {}, enable_chghost: true },
      ...{ sasl_disconnect_on_fail: true, version: false, auto_reconnect: false, ping_interval: 30, ping_timeout: 120 },
      transport: ours as unknown as new () => typeof transport,
    })
    await server.got(/^PING/)
    client.join('#hpc')
    await server.got(/^JOIN/)
    server.say('eve', '\x01VERSION\x01', { to: 'x' })
    server.say('eve', '\x01PING 1\x01', { to: 'x' })
    client.say('#hpc', 'said')
    client.say('eve', 'said')
    client.notice('#hpc', 'said')
    client.action('#hpc', 'said')
    client.setTopic('#hpc', 'said')
    client.raw('PRIVMSG', '#hpc', 'said')
    client.raw('PONG', 'x\r\nPRIVMSG #hpc :said')
    client.raw('MODE', '#hpc', '+m')
    client.ping('the-end')
    await server.got(/^PING the-end/)
    expect(server.received.filter((line) => !/^(CAP|NICK|USER|PING|JOIN #hpc$)/.test(line))).toEqual([])
    client.quit('')
    await server.got(/^QUIT/)
  })

  test('who is put out says so and comes back less and less, until only a person can mend it', async () => {
    const server = await started()
    let cursor: Cursor | null = null
    const waits: unknown[] = []
    for (let times = 1; times <= 5; times++) {
      // A nick of its own each time: the last one may still be taken.
      const live = listen(server.port, { nick: `reader${times}` }, { cursor })
      await live.settled()
      server.tell(`:op!u@h KICK #hpc reader${times} :no bots here`)
      const error = await live.end.catch((thrown: unknown) => thrown)
      if (!(error instanceof ConnectorError)) throw error
      expect(error.message).toContain('op put us out of #hpc (no bots here)')
      waits.push(error.retryAfterSeconds ?? error.trouble)
      // It left after the one time.
      expect(server.received.filter((line) => line.startsWith('JOIN'))).toHaveLength(times)
      cursor = live.batches.at(-1)?.cursor ?? null
    }
    expect(waits).toEqual([60, 300, 900, 'refused', 'refused'])
    const longAgo = { ...cursor, putOut: { times: 5, at: new Date(Date.now() - 25 * 3_600_000).toISOString() } }
    const live = listen(server.port, {}, { cursor: longAgo })
    await live.settled()
    server.tell(':op!u@h KICK #hpc logger :again')
    await expect(live.end).rejects.toMatchObject({ trouble: 'unavailable', retryAfterSeconds: 60 })
  })

  test('a taken nick is no reason to stay away', async () => {
    const server = await started()
    const first = listen(server.port)
    await first.settled()
    const second = listen(server.port)
    await second.settled()
    expect(server.received).toContain('NICK logger_')
  })

  test('what is private is not spoken to, and what is not trusted not in clear', async () => {
    const server = await started()
    const http = createHttp({ userAgent: 'x', trustedHosts: [] })
    await expect(listen(server.port, { tls: true }, { http }).end).rejects.toMatchObject({ message: expect.stringContaining('private') })
    await expect(listen(server.port, {}, { http }).end).rejects.toMatchObject({ message: expect.stringContaining('in clear') })
    expect(server.received).toEqual([])
  })

  test('it says who it is, leaves when asked to, and ends', async () => {
    const server = await started()
    const live = listen(server.port)
    await live.settled()
    expect(await server.got(/^USER/)).toContain('Backplane')
    live.stop()
    await live.end
    await server.got(/^QUIT/)
  })
})
