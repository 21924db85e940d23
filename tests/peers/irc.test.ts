import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Batch, Cursor } from '#connectors/contract'
import { irc } from '#connectors/irc/irc'
import type { Post } from '#db/post'
import { ircPeers, ircPeersAreHere, TLS_PORT } from '#tests/support/irc-peers'
import { runOf } from '#tests/support/run'

/** Against InspIRCd with Atheme's services, ZNC and ngIRCd. */
describe.skipIf(!ircPeersAreHere)('IRC, on real servers', () => {
  let peers: ReturnType<typeof ircPeers>
  const cleanups: (() => unknown)[] = []
  beforeAll(async () => {
    peers = ircPeers()
    tls.setDefaultCACertificates([...tls.getCACertificates(), peers.certificate()])
    await peers.start('inspircd')
    await peers.start('atheme')
    await peers.register('loggy')
  })
  afterAll(() => peers?.close())
  afterEach(async () => {
    await peers.leave()
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  function listen(given: object, cursor: Cursor | null = null) {
    const settings = irc.settings.parse({ server: '127.0.0.1', channel: '#hpc', nick: 'logger', network: 'test', ...given })
    const { run, modes, stop } = runOf(settings, { cursor })
    const heard: { post: Post; at: number }[] = []
    const batches: Batch[] = []
    let settled = false
    run.caughtUp = () => {
      settled = true
    }
    const end = (async () => {
      for await (const batch of irc.read(run)) {
        batches.push(batch)
        heard.push(...batch.posts.map((post) => ({ post, at: Date.now() })))
      }
    })()
    end.catch(() => {})
    const stopped = async () => {
      stop()
      await end.catch(() => {})
    }
    cleanups.push(stopped)
    return {
      heard,
      batches,
      modes,
      end,
      stop: stopped,
      texts: () => heard.map(({ post }) => post.text),
      covered: () => batches.flatMap(({ covered }) => covered ?? []),
      cursor: () => batches.findLast(({ cursor: one }) => one !== null)?.cursor ?? null,
      settled: () => vi.waitFor(() => expect(settled).toBe(true), { timeout: 20_000, interval: 50 }),
    }
  }

  test('over TLS and logged in with SASL, a conversation arrives once, in order, formatted', async () => {
    // Who says it sets a topic and puts people out, for which they have to be an operator.
    const founder = await peers.speaker('founder')
    founder.on('join', ({ nick }) => founder.raw('MODE', '#hpc', '+o', nick))
    const live = listen({ port: TLS_PORT, account: 'loggy', password: 'hunter2x' })
    await live.settled()
    expect(live.modes).toEqual(['live'])
    await peers.dialog()
    await vi.waitFor(() => expect(live.texts()).toContain('last line'), { timeout: 5000 })
    expect(live.heard.map(({ post: { kind, author, text } }) => `${kind} ${author.handle} ${text.slice(0, 44)}`)).toEqual([
      'message alice_hpc morning all, anyone running Slurm 24.11?',
      'message bob|away alice_hpc: yes, see https://example.com/slur',
      'action alice_hpc nods',
      'notice bob|away a notice to the channel',
      'message alice_hpc bold italic red on black plain',
      'message alice_hpc Ünïcödé 🚀 数値計算 <script>alert(1)</script>',
      'message alice_hpc -!- looks like a status line',
      'message alice_hpc [12:34:56] <fake> looks like a log line',
      expect.stringMatching(/^topic alice_hpc High performance computing \| be nice/),
      expect.stringMatching(/^message alice_hpc x+$/),
      expect.stringMatching(/^message alice_hpc x+$/),
      'message alice_hpc last line',
    ])
    const [, answer, , , styled] = live.heard.map(({ post }) => post)
    expect(answer?.replyTo?.author?.handle).toBe('alice_hpc')
    expect(styled?.html).toBe('<p><b>bold</b> <i>italic</i> red on black plain</p>')
    expect(new Set(live.heard.map(({ post }) => post.externalId)).size).toBe(live.heard.length)
    for (const { post, at } of live.heard) expect(at - Number(post.publishedAt)).toBeLessThan(1000)
  })

  test('a wrong password is refused, and nothing is joined', async () => {
    const live = listen({ port: TLS_PORT, account: 'loggy', password: 'wrong' })
    await expect(live.end).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining('did not log in') })
    expect(live.modes).toEqual([])
  })

  test('who is logged in keeps their identity under another nick', async () => {
    const live = listen({ port: 16667, tls: false })
    await live.settled()
    const ada = await peers.speaker('ada')
    ada.say('NickServ', 'IDENTIFY loggy hunter2x')
    await new Promise<void>((resolve) => ada.on('loggedin', () => resolve()))
    ada.say('#hpc', 'as ada')
    ada.changeNick('ada_away')
    ada.say('#hpc', 'as another')
    await vi.waitFor(() => expect(live.texts()).toEqual(['as ada', 'as another']), { timeout: 5000 })
    expect(live.heard.map(({ post }) => post.author.id)).toEqual(['test/loggy', 'test/loggy'])
  })

  test('after the server was killed it is back within 30 s, and the hole shows in what is covered', { timeout: 120_000 }, async () => {
    const live = listen({ port: 16667, tls: false })
    await live.settled()
    const killedAt = Date.now()
    await peers.stop('inspircd')
    await vi.waitFor(() => expect(live.modes.at(-1)).toContain('not connected'), { timeout: 5000 })
    // Long enough for several tries in vain.
    await vi.waitFor(() => expect(live.modes.filter((mode) => mode.includes('not connected')).length).toBeGreaterThan(3), {
      timeout: 60_000,
    })
    const startedAt = Date.now()
    await peers.start('inspircd')
    await vi.waitFor(() => expect(live.modes.at(-1)).toBe('live'), { timeout: 30_000 })
    const ada = await peers.speaker('ada')
    ada.say('#hpc', 'again')
    await vi.waitFor(() => expect(live.texts()).toEqual(['again']), { timeout: 5000 })
    const spans = live.covered()
    const hole = spans.findIndex(({ from }, index) => index > 0 && Number(from) > Number(spans[index - 1]?.to))
    expect(Math.abs(Number(spans[hole - 1]?.to) - killedAt)).toBeLessThan(2000)
    expect(Number(spans[hole]?.from)).toBeGreaterThanOrEqual(startedAt)
  })

  test('what a server keeps of the channel fills the hole, where it reaches back', async () => {
    const ada = await peers.speaker('ada')
    ada.raw('MODE', '#hpc', '+H', '50:1h')
    const first = listen({ port: 16667, tls: false })
    await first.settled()
    ada.say('#hpc', 'heard')
    await vi.waitFor(() => expect(first.texts()).toContain('heard'), { timeout: 5000 })
    await first.stop()
    ada.say('#hpc', 'said meanwhile')
    const second = listen({ port: 16667, tls: false }, first.cursor())
    await second.settled()
    ada.say('#hpc', 'now')
    await vi.waitFor(() => expect(second.texts()).toEqual(['heard', 'said meanwhile', 'now']), { timeout: 5000 })
    expect(second.heard.map(({ post }) => post.recovered)).toEqual([true, true, false])
    expect(second.heard[0]?.post.externalId).toBe(first.heard.find(({ post }) => post.text === 'heard')?.post.externalId)
    expect(second.covered()[0]?.from).toEqual(first.covered().at(-1)?.to)
  })

  test('with ZNC in between nothing is lost, nothing told twice, and the hole is filled', async () => {
    await peers.start('znc')
    cleanups.push(() => peers.stop('znc'))
    const ada = await peers.speaker('ada')
    const znc = { port: 16690, tls: false, password: 'alice/inspircd:hunter2x' }
    const first = listen(znc)
    await first.settled()
    ada.say('#hpc', 'heard \x02live\x02')
    await vi.waitFor(() => expect(first.texts()).toContain('heard live'), { timeout: 5000 })
    await first.stop()
    // The server makes who speaks a lot wait; what it passes on only after the second came would be heard live.
    const bob = await peers.speaker('bob')
    const passedOn = new Promise<void>((resolve) => bob.on('action', () => resolve()))
    ada.say('#hpc', 'said meanwhile')
    ada.action('#hpc', 'does')
    await passedOn
    const second = listen(znc, first.cursor())
    await second.settled()
    ada.say('#hpc', 'now')
    await vi.waitFor(() => expect(second.texts().slice(-3)).toEqual(['said meanwhile', 'does', 'now']), { timeout: 5000 })
    expect(second.covered()[0]?.from).toEqual(first.covered().at(-1)?.to)
    expect(second.heard.find(({ post }) => post.text === 'said meanwhile')?.post).toMatchObject({ recovered: true, kind: 'message' })
    expect(second.heard.at(-1)?.post.recovered).toBe(false)
    const all = [...first.heard, ...second.heard].map(({ post }) => post)
    expect(new Set(all.map(({ externalId }) => externalId)).size).toBe(new Set(all.map(({ text }) => text)).size)
    expect(all.map(({ text }) => text).join()).not.toMatch(/Playback|\*\*\*/)
  })

  test('a server that knows nothing new is read too', async () => {
    await peers.start('ngircd')
    cleanups.push(() => peers.stop('ngircd'))
    const ada = await peers.speaker('ada', 16685)
    const live = listen({ port: 16685, tls: false })
    await live.settled()
    ada.say('#hpc', 'plain')
    await vi.waitFor(() => expect(live.texts()).toEqual(['plain']), { timeout: 5000 })
    const refused = listen({ port: 16685, tls: false, nick: 'other', account: 'loggy', password: 'hunter2x' })
    await expect(refused.end).rejects.toMatchObject({ message: expect.stringContaining('logg') })
  })
})
