import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parse as parseYaml } from 'yaml'
import type { Batch, Cursor, Run } from '#connectors/contract'
import { tsOf } from '#connectors/slack/message'
import type { Settings } from '#connectors/slack/settings'
import { slack } from '#connectors/slack/slack'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { runOf } from '#tests/support/run'
import { METHODS, type RawMessage, serveSlack } from '#tests/support/slack-server'

/** Polling a workspace, against a stand-in that is as strict as Slack. */

let server: Awaited<ReturnType<typeof serveSlack>>
beforeEach(async () => {
  server = await serveSlack({
    users: [
      { id: 'UADA', name: 'ada', profile: { display_name: 'Ada Example', real_name: 'Ada E.' } },
      { id: 'UBOB', name: 'bob', profile: { display_name: '', real_name: 'Bob Example' } },
      { id: 'UGONE', name: 'gone', deleted: true, profile: { display_name: 'Gil Gone' } },
    ],
    emoji: { hpc: 'https://emoji.example/hpc.png', cluster: 'alias:hpc' },
  })
})
afterEach(() => server.close())

const HOUR = 3_600_000
const ago = (ms: number) => tsOf(new Date(Math.floor((Date.now() - ms) / 1000) * 1000))
const said = (ts: string, text: string, more: object = {}): RawMessage => ({ type: 'message', user: 'UADA', ts, text, ...more })

const settings = (more: Partial<Settings> = {}): Settings => ({ token: 'xoxb-right', channels: ['general'], api: server.api, ...more })

/** Polls like the runner: what is saved, and where the source stands; the next poll goes on from there. */
function source(more: Partial<Settings> = {}, given: Partial<Run<Settings>> = {}) {
  const texts = new Map<string, string>()
  const posts = new Map<string, Batch['posts'][number]>()
  let cursor: Cursor | null = null
  return {
    texts: () => [...texts.values()].sort(),
    posts,
    cursor: () => cursor,
    async poll() {
      const batches: Batch[] = []
      let error: unknown = null
      try {
        for await (const batch of slack.read(runOf(settings(more), { ...given, cursor }).run)) {
          batches.push(batch)
          // As the database would give it back.
          cursor = JSON.parse(JSON.stringify(batch.cursor))
          for (const post of batch.posts) {
            texts.set(post.externalId, post.text)
            posts.set(post.externalId, post)
          }
          for (const id of batch.deleted) texts.delete(id)
        }
      } catch (thrown) {
        error = thrown
      }
      return { batches, error }
    },
  }
}

/** The wide pass is due again. */
const laterToday = (cursor: Cursor | null) => {
  const channels = (cursor?.channels ?? {}) as { [id: string]: { wideAt: string } }
  for (const channel of Object.values(channels)) channel.wideAt = new Date(Date.now() - HOUR).toISOString()
}

describe('a poll', () => {
  test('brings the messages of the named public channels and of no others', async () => {
    server.channel('general').messages.push(said(ago(HOUR), 'hello'))
    server.channel('random').messages.push(said(ago(HOUR), 'not named'))
    server.channel('board', { is_private: true }).messages.push(said(ago(HOUR), 'private'))
    const it = source({ channels: ['general', 'board'] })
    const { batches, error } = await it.poll()
    expect(error).toBeNull()
    expect(it.texts()).toEqual(['hello'])
    expect(batches.every(({ notice }) => notice === '#board is not a public channel of this workspace: private ones are not read')).toBe(
      true,
    )
    expect(server.asked.filter(({ args }) => args.get('channel')).map(({ args }) => args.get('channel'))).not.toContain('C0BOARD')
    expect([...it.posts.values()].map(({ audience, externalId }) => [audience, externalId.split('/').slice(0, 2).join('/')])).toEqual([
      ['members', 'T0EXAMPLE/C0GENERAL'],
    ])
  })

  test.each([-10, 10])('goes by the shared clock: on a machine whose own is wrong by %i min the newest comes at once', async (minutes) => {
    const trueNow = () => performance.timeOrigin + performance.now()
    vi.useFakeTimers({ toFake: ['Date'], now: trueNow() + minutes * 60_000 })
    try {
      const it = source({}, { now: () => new Date(trueNow()) })
      server.channel('general').messages.push(said(tsOf(new Date(trueNow() - 30_000)), 'just said'))
      const { batches } = await it.poll()
      expect(it.texts()).toEqual(['just said'])
      const to = Math.max(...batches.flatMap(({ covered }) => covered?.to.getTime() ?? []))
      expect(Math.abs(to - trueNow())).toBeLessThan(30_000)
    } finally {
      vi.useRealTimers()
    }
  })

  test('says which channel the app was not invited to, and reads the others', async () => {
    server.channel('general').messages.push(said(ago(HOUR), 'hello'))
    server.channel('storage', { is_member: false })
    const it = source({ channels: ['storage', 'general'] })
    const { batches } = await it.poll()
    expect(it.texts()).toEqual(['hello'])
    expect(batches.at(-1)?.notice).toBe('The app is not in #storage: write /invite and its name there')
  })

  test('names people as the workspace does, once asked; who left says so, whom nobody knows is a former member', async () => {
    const [a, b, c, d] = [ago(4 * HOUR), ago(3 * HOUR), ago(2 * HOUR), ago(HOUR)]
    server
      .channel('general')
      .messages.push(
        said(a, 'one <@UBOB>'),
        said(b, 'two', { user: 'UBOB' }),
        said(c, 'three', { user: 'UGONE' }),
        said(d, 'four', { user: 'UNKNOWN' }),
      )
    const it = source()
    await it.poll()
    await it.poll()
    const byText = [...it.posts.values()].map(({ author, text }) => [text, author.name, author.badges.join()])
    expect(byText.sort()).toEqual([
      ['four', 'former member', ''],
      ['one @Bob Example', 'Ada Example', ''],
      ['three', 'Gil Gone', 'former member'],
      ['two', 'Bob Example', ''],
    ])
    expect(server.count('users.info')).toBe(4)
  })

  test('draws the workspace’s own emoji, through aliases too', async () => {
    server.channel('general').messages.push(
      said(ago(HOUR), 'yes :cluster:', {
        reactions: [
          { name: 'hpc', count: 2, users: ['UBOB'] },
          { name: '+1::skin-tone-3', count: 12, users: [] },
        ],
      }),
    )
    const it = source()
    await it.poll()
    const [post] = it.posts.values()
    expect(post?.html).toContain('<img class="emoji" src="https://emoji.example/hpc.png"')
    expect(post?.reactions).toEqual([
      { emoji: ':hpc:', image: 'https://emoji.example/hpc.png', count: 2 },
      { emoji: '👍🏼', image: null, count: 12 },
    ])
  })

  test('skips nothing where one page is not all, newest page first', async () => {
    const channel = server.channel('general')
    for (let n = 0; n < 450; n++) channel.messages.push(said(ago(HOUR + n * 1000), `m${n}`))
    const it = source()
    const { batches } = await it.poll()
    expect(it.texts()).toHaveLength(450)
    expect(batches.at(-1)?.covered).not.toBeNull()
    // Pages are asked for with both ends: with `oldest` alone Slack would begin at the other end.
    expect(
      server.asked.filter(({ method }) => method === 'conversations.history').every(({ args }) => args.has('latest') && args.has('oldest')),
    ).toBe(true)
  })

  test('a first read goes back as far as it should, and says from when on it is whole', async () => {
    const channel = server.channel('general')
    for (let n = 0; n < 300; n++) channel.messages.push(said(ago(HOUR + n * 1000), `m${n}`))
    channel.messages.push(said(ago(8 * 24 * HOUR), 'before the backfill'))
    const all = source({}, { backfill: { since: new Date(Date.now() - 7 * 24 * HOUR), posts: 500 } })
    await all.poll()
    expect(all.texts()).toHaveLength(300)
    const few = source({}, { backfill: { since: new Date(Date.now() - 7 * 24 * HOUR), posts: 100 } })
    const { batches } = await few.poll()
    expect(few.texts()).toHaveLength(200)
    expect(batches.at(-1)?.covered?.from.getTime()).toBe(
      Math.min(...[...few.posts.values()].map(({ publishedAt }) => publishedAt?.getTime() ?? 0)),
    )
  })

  test('sees edits, reactions and deletions of the last hour, and does not take an odd answer for deletions', async () => {
    const channel = server.channel('general')
    channel.messages.push(...[50, 40, 30, 20].map((minutes) => said(ago(minutes * 60_000), `${minutes} min`)))
    const it = source()
    await it.poll()
    const edited = channel.messages[3]
    if (edited) Object.assign(edited, { text: 'edited', edited: { user: 'UADA', ts: ago(0) } })
    channel.messages.splice(0, 1)
    await it.poll()
    expect(it.texts()).toEqual(['30 min', '40 min', 'edited'])
    expect([...it.posts.values()].find(({ text }) => text === 'edited')?.editedAt).not.toBeNull()
    channel.messages.splice(0)
    await it.poll()
    expect(it.texts()).toHaveLength(3)
  })

  test('keeps no message that is about the channel, ephemeral, deleted or withheld', async () => {
    const shown = said(ago(HOUR), 'shown')
    server
      .channel('general')
      .messages.push(
        shown,
        said(ago(HOUR + 1000), 'joined', { subtype: 'channel_join' }),
        said(ago(HOUR + 2000), 'topic', { subtype: 'channel_topic' }),
        said(ago(HOUR + 3000), 'only for you', { is_ephemeral: true }),
        said(ago(HOUR + 4000), 'This message was deleted.', { subtype: 'tombstone', hidden: true, user: 'USLACKBOT' }),
        said(ago(HOUR + 5000), '', { subtype: 'ekm_access_denied', user: 'UREVOKEDU' }),
      )
    const it = source()
    await it.poll()
    expect(it.texts()).toEqual(['shown'])
  })

  test('keeps nothing of who asked to be left out, not over what answers them either, and takes away what was kept', async () => {
    const root = ago(2 * HOUR)
    server
      .channel('general')
      .messages.push(
        said(root, 'words of Bob', { user: 'UBOB' }),
        said(ago(HOUR / 2), 'an answer', { thread_ts: root, parent_user_id: 'UBOB' }),
      )
    const before = source()
    await before.poll()
    expect(before.texts()).toEqual(['an answer', 'words of Bob'])
    for (const optOut of [['UBOB'], ['@Bob']]) {
      const it = source({ optOut })
      const { batches } = await it.poll()
      expect(it.texts()).toEqual(['an answer'])
      expect(JSON.stringify(batches.flatMap(({ posts }) => posts))).not.toContain('words of Bob')
      expect(batches.flatMap(({ deleted }) => deleted)).toContain(`T0EXAMPLE/C0GENERAL/${root}`)
    }
  })

  test('counts what is no message without keeping what it says', async () => {
    server.channel('general').messages.push(said(ago(HOUR), 'fine'), { ts: `${ago(HOUR)}?`, text: 'secret words' })
    const it = source()
    const { batches } = await it.poll()
    const unreadable = batches.flatMap((batch) => batch.unreadable)
    expect(it.texts()).toEqual(['fine'])
    expect(unreadable).not.toHaveLength(0)
    expect(JSON.stringify(unreadable)).not.toContain('secret words')
  })
})

describe('threads', () => {
  test('replies come with what they answer; one sent to the channel as well is one post', async () => {
    const [root, first, second] = [ago(5 * HOUR), ago(4 * HOUR), ago(3 * HOUR)]
    server
      .channel('general')
      .messages.push(
        said(root, 'which file system?'),
        said(first, 'Lustre', { user: 'UBOB', thread_ts: root, parent_user_id: 'UADA' }),
        said(second, 'or BeeGFS', { thread_ts: root, subtype: 'thread_broadcast' }),
      )
    const it = source()
    await it.poll()
    const reply = [...it.posts.values()].find(({ text }) => text === 'Lustre')
    expect(reply?.replyTo).toMatchObject({ state: 'shown', text: 'which file system?', author: { name: 'Ada Example' } })
    expect(reply?.conversation).toEqual({ key: `T0EXAMPLE/C0GENERAL/${root}`, title: '#general', silenceMinutes: 60 })
    expect(new Set([...it.posts.values()].map(({ conversation }) => conversation?.key)).size).toBe(1)
    expect([...it.posts.values()].filter(({ text }) => text === 'or BeeGFS').map(({ badges }) => badges)).toEqual([
      ['also sent to channel'],
    ])
  })

  test('a late reply to an old thread is found, and a thread that did not change is not asked for again', async () => {
    const root = ago(10 * 24 * HOUR)
    const channel = server.channel('general')
    channel.messages.push(said(root, 'before the first read'), said(ago(9 * 24 * HOUR), 'old reply', { thread_ts: root }))
    const it = source()
    await it.poll()
    expect(it.texts()).toEqual([])
    channel.messages.push(said(ago(60_000), 'solved at last', { thread_ts: root }))
    laterToday(it.cursor())
    await it.poll()
    expect(it.texts()).toEqual(['solved at last'])
    const replies = server.count('conversations.replies')
    await it.poll()
    expect(server.count('conversations.replies')).toBe(replies)
  })

  test('a deleted reply goes; a thread whose root was deleted keeps its replies', async () => {
    const root = ago(30 * 60_000)
    const channel = server.channel('general')
    channel.messages.push(
      said(root, 'root'),
      said(ago(20 * 60_000), 'stays', { thread_ts: root }),
      said(ago(10 * 60_000), 'goes', { thread_ts: root }),
    )
    const it = source()
    await it.poll()
    expect(it.texts()).toEqual(['goes', 'root', 'stays'])
    channel.messages.pop()
    await it.poll()
    expect(it.texts()).toEqual(['root', 'stays'])
    const [first] = channel.messages
    if (first) Object.assign(first, { subtype: 'tombstone', text: 'This message was deleted.', hidden: true, user: 'USLACKBOT' })
    await it.poll()
    expect(it.texts()).toEqual(['stays'])
  })
})

describe('Slack’s limits', () => {
  test('one request a minute and 15 messages: found out, planned for, and nothing is skipped', async () => {
    server.behaviour.limits = 'narrow'
    const channel = server.channel('general')
    const root = ago(2 * HOUR)
    channel.messages.push(said(root, 'root'), said(ago(HOUR - 5000), 'reply', { thread_ts: root }))
    for (let n = 0; n < 40; n++) channel.messages.push(said(ago(HOUR + n * 60_000), `m${n}`))
    const it = source()
    let refused = 0
    for (let runs = 0; runs < 8; runs++) {
      const { batches, error } = await it.poll()
      if (error) refused++
      expect(batches.at(-1)?.everySeconds).toBeGreaterThanOrEqual(60)
      server.state.now += 61_000
    }
    expect(refused).toBeLessThanOrEqual(1)
    expect(it.texts()).toHaveLength(42)
    const limits = server.asked.filter(({ method }) => method === 'conversations.history').map(({ args }) => args.get('limit'))
    expect(limits.slice(2).every((limit) => limit === '15')).toBe(true)
  })

  test('what a first 429 reveals is kept with it, so that there is no second', async () => {
    server.behaviour.limits = 'narrow'
    server.channel('general').messages.push(said(ago(HOUR), 'hello'))
    const it = source()
    const first = await it.poll()
    expect(first.error).toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: 60 })
    expect(first.batches.at(-1)?.everySeconds).toBeGreaterThanOrEqual(60)
    for (let runs = 0; runs < 5; runs++) {
      server.state.now += 61_000
      expect((await it.poll()).error).toBeNull()
    }
    expect(it.texts()).toEqual(['hello'])
  })

  test('a 429 is told with its seconds, is not slept through, and what was read before it is kept', async () => {
    const channel = server.channel('general')
    for (let n = 0; n < 450; n++) channel.messages.push(said(ago(HOUR + n * 1000), `m${n}`))
    // Somebody else with this app's token has used up all but one request of this minute.
    const client = source()
    for (let n = 0; n < 49; n++) await fetch(`${server.api}conversations.history`, asForm({ channel: 'C0GENERAL', limit: '1' }))
    const { batches, error } = await client.poll()
    expect(error).toMatchObject({ trouble: 'rate-limited', retryAfterSeconds: 60 })
    expect(batches.flatMap(({ posts }) => posts)).toHaveLength(200)
    server.state.now += 61_000
    for (let runs = 0; runs < 20; runs++) {
      await client.poll()
      server.state.now += 61_000
    }
    expect(client.texts()).toHaveLength(450)
  })
})

describe('what the owner must do', () => {
  test.each(['invalid_auth', 'token_revoked', 'account_inactive'])(
    '%s: refused, with what to do and without the token',
    async (failing) => {
      server.channel('general').messages.push(said(ago(HOUR), 'hello'))
      const it = source()
      await it.poll()
      server.state.failing = failing
      const { error } = await it.poll()
      expect(error).toMatchObject({ trouble: 'refused', message: expect.stringContaining(`(${failing}): ask the workspace’s owners`) })
      expect(String(error)).not.toContain('xoxb')
    },
  )

  test('a missing scope is named', async () => {
    server.behaviour.scopes = ['channels:read']
    server.channel('general')
    expect((await source().poll()).error).toMatchObject({ trouble: 'refused', message: expect.stringContaining('channels:history') })
  })

  test('Slack in trouble is Slack’s to mend; a page instead of data is ours', async () => {
    server.state.failing = 'internal_error'
    expect((await source().poll()).error).toMatchObject({ trouble: 'unavailable' })
    server.state.failing = '<html>sign in</html>'
    expect((await source().poll()).error).toMatchObject({ trouble: 'malformed' })
  })

  test('without permission, token or channels a source is off, and says what to do', () => {
    const permission = { by: 'the owners', on: '2026-11-22' }
    expect(slack.off?.({ token: 'env:T', channels: ['general'] }, null)).toMatch(/owners must permit .* letter with this source/)
    expect(slack.off?.({ channels: ['general'] }, permission)).toMatch(/token: env:SLACK_BOT_TOKEN/)
    expect(slack.off?.({ token: 'env:T', channels: [] }, permission)).toMatch(/channels: \[general, storage\]/)
    expect(slack.off?.({ token: 'env:T', channels: ['general'] }, permission)).toBeNull()
  })

  test('the app that the manifest makes may do all that is asked of Slack, and nothing but read public channels', () => {
    const { oauth_config, settings } = parseYaml(readFileSync(join(import.meta.dirname, '../../deploy/slack-manifest.yaml'), 'utf8'))
    const scopes: string[] = oauth_config.scopes.bot
    for (const { scope } of Object.values(METHODS)) if (scope) expect(scopes).toContain(scope)
    for (const scope of scopes) expect(scope).toMatch(/^(channels|users|emoji|reactions):(read|history)$/)
    expect(oauth_config.scopes.user).toBeUndefined()
    expect(settings.event_subscriptions.bot_events).toEqual(['message.channels', 'reaction_added', 'reaction_removed'])
    expect(settings.socket_mode_enabled).toBe(true)
  })

  test('what a workspace says is for its members, and kept for 90 days unless its source says otherwise', () => {
    const declared = (more = '') =>
      parseSourcesFile(`- slack: { token: env:T, channels: [general], permission: { by: them, on: 2026-11-22 }${more} }`).sources[0]
    expect(declared()).toMatchObject({ audience: 'members', keepDays: 90, off: null })
    expect(declared(', keep: 365d')).toMatchObject({ audience: 'members', keepDays: 365 })
  })

  test('no channel can be named that is a direct message', () => {
    expect(slack.settings.safeParse({ channels: ['D01234567'] }).success).toBe(false)
    expect(slack.settings.safeParse({ channels: ['G01234567'] }).success).toBe(false)
    expect(slack.settings.parse({ channels: ['#general'] })).toEqual({ channels: ['general'] })
  })

  test('a pasted link names its workspace and channel', () => {
    expect(slack.locate('https://hpcsocial.slack.com/archives/C0123ABCD/p1700000000000100')).toEqual({
      workspace: 'hpcsocial',
      channels: ['C0123ABCD'],
    })
    expect(slack.locate('https://join.slack.com/t/hpcsocial/shared_invite/zt-1-2')).toEqual({ workspace: 'hpcsocial', channels: [] })
    expect(slack.locate('https://api.slack.com/apps')).toBeNull()
    expect(slack.locate('https://example.org/')).toBeNull()
  })
})

function asForm(fields: Record<string, string>): RequestInit {
  return {
    method: 'POST',
    headers: { authorization: 'Bearer xoxb-right', 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'another' },
    body: new URLSearchParams(fields).toString(),
  }
}
