import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tsOf } from '#connectors/slack/message'
import type { Settings } from '#connectors/slack/settings'
import { slack } from '#connectors/slack/slack'
import { follow, runOf } from '#tests/support/run'
import { greet, type RawMessage, serveSlack, tell } from '#tests/support/slack-server'

/** Following a workspace live: a stand-in with a real WebSocket, that wants each envelope acknowledged. */

let server: Awaited<ReturnType<typeof serveSlack>>
let stop = () => {}
const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
beforeEach(async () => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
  server = await serveSlack({ users: [{ id: 'UADA', name: 'ada', profile: { display_name: 'Ada Example' } }] })
})
afterEach(async () => {
  stop()
  await server.close()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

const ago = (seconds: number) => tsOf(new Date((Math.floor(Date.now() / 1000) - seconds) * 1000))
const said = (ts: string, text: string, more: object = {}): RawMessage => ({ type: 'message', user: 'UADA', ts, text, ...more })
const event = (message: RawMessage, channel = 'C0GENERAL', more: object = {}) => ({
  ...message,
  channel,
  channel_type: 'channel',
  event_ts: message.ts,
  ...more,
})

/** Follows #general; resolves once the stream is live and history was read. */
async function start() {
  const settings: Settings = { token: 'xoxb-right', appToken: 'xapp-right', channels: ['general'], api: server.api }
  const { run, modes, stop: end } = runOf(settings)
  stop = end
  const reading = follow(slack.read(run))
  const first = reading.next(({ covered }) => covered !== null)
  const peer = await greet(server.sockets)
  await first
  return { reading, peer, modes }
}

describe('live', () => {
  test('what is said comes at once, acknowledged before it is asked for', async () => {
    server.channel('general')
    const { reading, peer, modes } = await start()
    // Nobody takes the batch yet, and still Slack is answered.
    await tell(peer, event(said(ago(1), 'hello <@UADA>')))
    const batch = await reading.next(({ posts }) => posts.length > 0)
    expect(batch.posts.map(({ text, audience }) => [text, audience])).toEqual([['hello @Ada Example', 'members']])
    expect(batch.covered).not.toBeNull()
    expect(modes).toEqual(['live'])
  })

  test('edits, deletions and reactions are told by events that lack the rest, which is asked for', async () => {
    const channel = server.channel('general')
    const [a, b] = [said(ago(20), 'first'), said(ago(10), 'second')]
    channel.messages.push(a, b)
    const { reading, peer } = await start()
    Object.assign(a, {
      text: 'first, edited',
      edited: { user: 'UADA', ts: ago(0) },
      reactions: [{ name: 'tada', count: 1, users: ['UBOB'] }],
    })
    const changed = {
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      ts: ago(0),
      message: { ...a, reactions: undefined },
      previous_message: {},
    }
    await tell(peer, event(changed as unknown as RawMessage))
    const edited = await reading.next(({ posts }) => posts.length > 0)
    expect(edited.posts.map(({ text, reactions }) => [text, reactions])).toEqual([
      ['first, edited', [{ emoji: '🎉', image: null, count: 1 }]],
    ])
    expect(edited.posts[0]?.editedAt).not.toBeNull()

    Object.assign(b, { reactions: [{ name: 'white_check_mark', count: 12, users: [] }] })
    await tell(peer, {
      type: 'reaction_added',
      user: 'UBOB',
      reaction: 'white_check_mark',
      item: { type: 'message', channel: 'C0GENERAL', ts: b.ts },
      event_ts: ago(0),
    })
    const reacted = await reading.next(({ posts }) => posts.length > 0)
    expect(reacted.posts.map(({ text, reactions }) => [text, reactions])).toEqual([['second', [{ emoji: '✅', image: null, count: 12 }]]])

    const gone = { type: 'message', subtype: 'message_deleted', hidden: true, ts: ago(0), deleted_ts: b.ts, previous_message: b }
    await tell(peer, event(gone as unknown as RawMessage))
    const deleted = await reading.next((batch) => batch.deleted.length > 0)
    expect(deleted.deleted).toEqual([`T0EXAMPLE/C0GENERAL/${b.ts}`])
  })

  test('a page that Slack found for a link is no edit', async () => {
    const message = said(ago(20), 'see <https://example.org/>')
    server.channel('general').messages.push(message)
    const { reading, peer } = await start()
    Object.assign(message, { attachments: [{ title: 'Example', title_link: 'https://example.org/', from_url: 'https://example.org/' }] })
    const changed = { type: 'message', subtype: 'message_changed', hidden: true, ts: ago(0), message, previous_message: {} }
    await tell(peer, event(changed as unknown as RawMessage))
    const { posts } = await reading.next((batch) => batch.posts.length > 0)
    expect(posts.map(({ card, editedAt }) => [card?.title, editedAt])).toEqual([['Example', null]])
  })

  test('a reply is told with what it answers, though the event does not say', async () => {
    const root = said(ago(300), 'which scheduler?')
    const channel = server.channel('general')
    channel.messages.push(root)
    const { reading, peer } = await start()
    const reply = said(ago(1), 'Slurm', { thread_ts: root.ts, parent_user_id: 'UADA' })
    channel.messages.push(reply)
    await tell(peer, event(reply))
    const { posts } = await reading.next((batch) => batch.posts.some(({ text }) => text === 'Slurm'))
    expect(posts[0]?.replyTo).toMatchObject({ state: 'shown', text: 'which scheduler?' })
    expect(posts[0]?.conversation?.key).toBe(`T0EXAMPLE/C0GENERAL/${root.ts}`)
  })

  test('direct messages, private channels and channels that are not named stay outside', async () => {
    server.channel('general')
    server.channel('random')
    const { reading, peer } = await start()
    await tell(peer, event(said(ago(4), 'not named'), 'C0RANDOM'))
    await tell(peer, event(said(ago(3), 'direct'), 'D0DIRECT', { channel_type: 'im' }))
    await tell(peer, event(said(ago(2), 'private'), 'C0GENERAL', { channel_type: 'group' }))
    await tell(peer, event(said(ago(1), 'fine')))
    const texts: string[] = []
    await reading.next(({ posts }) => {
      texts.push(...posts.map(({ text }) => text))
      return texts.includes('fine')
    })
    expect(texts).toEqual(['fine'])
  })
})

describe('a lost connection', () => {
  test('is made anew, and what was said meanwhile is read from history', async () => {
    const channel = server.channel('general')
    const { reading, peer, modes } = await start()
    channel.messages.push(said(ago(1), 'said while away'))
    // As Slack recycles connections.
    peer.send({ type: 'disconnect', reason: 'refresh_requested' })
    const again = greet(server.sockets)
    const { posts } = await reading.next((batch) => batch.posts.length > 0)
    expect(posts.map(({ text }) => text)).toEqual(['said while away'])
    await again
    await reading.next()
    expect(modes[0]).toBe('live')
    expect(modes[1]).toMatch(/^polled: Slack’s live connection was closed/)
  })

  test('a reconnect that fails ends nothing: the source is polled, with the reason', async () => {
    const channel = server.channel('general')
    const { reading, peer, modes } = await start()
    server.behaviour.appToken = 'xapp-another'
    channel.messages.push(said(ago(1), 'said while away'))
    peer.cut()
    // The stream is tried again and refused; history is read when its turn comes, which for this run is in 2 minutes.
    const ended = reading.next((batch) => batch.posts.length > 0).catch(() => {})
    await expect.poll(() => modes.at(-1), { timeout: 8000 }).toMatch(/^polled: Slack does not accept the app-level token/)
    stop()
    await ended
  }, 15_000)

  test('a frame that is no event costs the connection and not the process', async () => {
    server.channel('general')
    const { reading, peer, modes } = await start()
    peer.send({ type: 'events_api', envelope_id: 'broken' })
    const pending = reading.next().catch(() => {})
    await expect.poll(() => modes.at(-1)).toMatch(/^polled: Slack’s live connection said what is no event/)
    stop()
    await pending
  })

  test('a token that is revoked meanwhile ends the reading, as its owner’s to mend', async () => {
    server.channel('general')
    const { reading, peer } = await start()
    server.state.failing = 'token_revoked'
    const ended = reading.next((batch) => batch.posts.length > 0)
    // An edit is looked up.
    peer.send({
      type: 'events_api',
      envelope_id: 'e1',
      payload: { event: event(said(ago(1), ''), 'C0GENERAL', { subtype: 'message_changed', message: said(ago(2), 'edited') }) },
    })
    await expect(ended).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining('token_revoked') })
  })

  test('an address for events that is not Slack’s is not gone to', async () => {
    server.channel('general')
    server.server.routes['/api/apps.connections.open'] = { body: { ok: true, url: 'wss://elsewhere.example/link' } }
    const settings: Settings = { token: 'xoxb-right', appToken: 'xapp-right', channels: ['general'], api: server.api }
    const { run, modes, stop: end } = runOf(settings)
    stop = end
    const reading = follow(slack.read(run))
    await reading.next()
    expect(modes[0]).toMatch(/^polled: .* sends us for its events to where no Slack is/)
  })
})
