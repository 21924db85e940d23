import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Archive, Connector } from '#connectors/contract'
import { reddit } from '#connectors/reddit/reddit'
import type { Settings as RedditSettings } from '#connectors/reddit/settings'
import { tsOf } from '#connectors/slack/message'
import type { Settings as SlackSettings } from '#connectors/slack/settings'
import { slack } from '#connectors/slack/slack'
import { saveBatch } from '#db/save-batch'
import { sourceById } from '#db/sources'
import { getTimeline } from '#db/timeline'
import { testDatabase } from '#tests/support/database'
import { aBatch, heldSource } from '#tests/support/post'
import { rawSubmission, serveReddit } from '#tests/support/reddit-server'
import { runOf } from '#tests/support/run'
import { type RawMessage, serveSlack } from '#tests/support/slack-server'
import { packed, zipOf } from '#tests/support/zip'

/** One thing, told by two ways into its platform: one row, and the better telling of it. */

const database = testDatabase()
const HOUR = 3_600_000
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backplane-told-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Reads a source to its end into the database, as a worker does. Returns how many posts were added and changed. */
async function poll<Settings>(name: string, connector: Connector<Settings>, settings: Settings) {
  const { source, holder } = await heldSource(name, { platform: connector.id })
  const { run } = runOf(settings, { cursor: source.cursor, backfill: { since: new Date('2026-01-01T00:00:00Z'), posts: 500 } })
  return save(source.id, holder, connector.read(run))
}

async function save(sourceId: number, holder: string, batches: ReturnType<Connector['read']>) {
  const counts = { added: 0, changed: 0, removed: 0 }
  for await (const batch of batches) {
    const source = await sourceById(sourceId)
    if (!source) throw new Error('The source is there')
    const saved = await saveBatch(source, holder, { ...aBatch(batch.posts), ...batch, admitted: aBatch(batch.posts).admitted }, new Date())
    for (const key of ['added', 'changed', 'removed'] as const) counts[key] += saved[key]
  }
  return counts
}

test('a post that a feed told first is told in full by the API, where it stood, and never less again', async () => {
  const server = await serveReddit()
  try {
    server.add(
      rawSubmission(1, {
        link_flair_text: 'Question',
        is_self: false,
        selftext: '',
        selftext_html: null,
        url: 'https://i.redd.it/rack.png',
        domain: 'i.redd.it',
        post_hint: 'image',
        preview: { images: [{ source: { url: 'https://preview.redd.it/rack.png?s=1', width: 800, height: 600 }, resolutions: [] }] },
        num_comments: 12,
      }),
    )
    const anonymous: RedditSettings = { subreddit: 'hpc', api: server.origin }
    const app = { ...anonymous, clientId: 'the-app', clientSecret: 'the-secret', username: 'ada_example' }
    const row = async () => {
      const [post] = await database.db.execute(sql`
        select id, entry_id, sort_at, first_seen_at, edited_at, reply_count, badges, media, (select name from sources where id = source_id) as source
        from posts where platform = 'reddit'`)
      return post
    }
    expect(await poll('by feed', reddit, anonymous)).toMatchObject({ added: 1 })
    const poor = await row()
    expect(poor).toMatchObject({ reply_count: null, badges: [], source: 'by feed' })

    expect(await poll('by app', reddit, app)).toMatchObject({ added: 0, changed: 1 })
    const full = await row()
    expect(full).toMatchObject({ reply_count: 12, badges: ['Question'], source: 'by app', edited_at: null })
    expect(full?.media).toMatchObject([{ width: 800, height: 600 }])
    const place = ({ id, entry_id, sort_at, first_seen_at }: NonNullable<typeof full>) => ({ id, entry_id, sort_at, first_seen_at })
    expect(poor && full && place(full)).toEqual(poor && place(poor))

    // Its feed says the same again after its cursor was lost, and even in other words.
    server.change(rawSubmission(1).name, { title: 'Submission 1, in other words' })
    await database.db.execute(sql`update sources set cursor = null where name = 'by feed'`)
    expect(await poll('by feed', reddit, anonymous)).toMatchObject({ added: 0, changed: 0 })
    expect(await row()).toEqual(full)

    // The API goes on telling what becomes of it.
    server.change(rawSubmission(1).name, { num_comments: 13 })
    expect(await poll('by app', reddit, app)).toMatchObject({ changed: 1 })
    expect(await row()).toMatchObject({ reply_count: 13 })
  } finally {
    await server.close()
  }
})

test('an export of Slack brings what is older, and of what was polled live one row each, threads whole, edits right', async () => {
  const server = await serveSlack({ users: [{ id: 'UADA', name: 'ada', profile: { display_name: 'Ada Example' } }] })
  try {
    const began = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR
    const ts = (minutes: number) => tsOf(new Date(began + minutes * 60_000))
    const said = (at: number, text: string, more: object = {}): RawMessage => ({ type: 'message', user: 'UADA', ts: ts(at), text, ...more })
    const inThread = { thread_ts: ts(0) }
    const root = said(0, 'who knows slurm?', { ...inThread, reply_count: 3 })
    const replies = [said(5, 'I do', inThread), said(9, 'so do I', inThread)]
    const older = said(-60 * 24 * 30, 'a month before')
    const channel = server.channel('general')
    channel.messages.push(root, ...replies, said(20, 'edited since', { edited: { user: 'UADA', ts: ts(30) } }))
    const settings: SlackSettings = { token: 'xoxb-right', channels: ['general'], api: server.api }
    expect(await poll('polled', slack, settings)).toMatchObject({ added: 4 })

    // The export was made a while ago, but holds an edit that no poll saw, and a reply that was too late for it.
    const day = (message: RawMessage) => new Date(Number(message.ts) * 1000).toISOString().slice(0, 10)
    const exported = [
      ...[older, root, { ...replies[0], text: 'I do, ask me', edited: { user: 'UADA', ts: ts(8) } } as RawMessage, ...replies.slice(1)],
      ...[said(11, 'me too', inThread), said(20, 'before the edit')],
    ]
    const days = Object.groupBy(exported, (message) => `general/${day(message)}.json`)
    const path = join(folder, 'export.zip')
    writeFileSync(
      path,
      zipOf(
        packed({
          'channels.json': [{ id: channel.id, name: 'general' }],
          'users.json': [{ id: 'UADA', team_id: 'T0EXAMPLE', name: 'ada', profile: { display_name: 'Ada Example' } }],
          ...days,
        }),
      ),
    )
    const archive = slack.archive as Archive<SlackSettings>
    const bringIn = async () => {
      const { source, holder } = await heldSource('export', { platform: 'slack' })
      const rest = { permission: null, cursor: null, signal: new AbortController().signal, progress: () => {} }
      return save(source.id, holder, archive.read({ paths: [path], settings: archive.settings({ workspace: 'hpc-example' }), ...rest }))
    }
    expect(await bringIn()).toEqual({ added: 2, changed: 1, removed: 0 })
    const { entries } = await getTimeline({ role: 'owner' }, { limit: 50, platforms: ['slack'] })
    expect(entries.map(({ posts }) => posts.map(({ text }) => text))).toEqual([
      ['edited since'],
      ['who knows slurm?', 'I do, ask me', 'so do I', 'me too'],
      ['a month before'],
    ])
    const rows = () => database.db.execute(sql`select * from posts where platform = 'slack' order by id`)
    const before = await rows()
    expect(before).toHaveLength(6)
    expect(await bringIn()).toEqual({ added: 0, changed: 0, removed: 0 })
    expect(await rows()).toEqual(before)
    // The next poll that looks so far back tells them in its own way again, each where it stands.
    Object.assign(channel.messages[1] ?? {}, { text: 'I do, ask me', edited: { user: 'UADA', ts: ts(8) } })
    await database.db.execute(sql`update sources set cursor = null where name = 'polled'`)
    expect(await poll('polled', slack, settings)).toMatchObject({ added: 0, removed: 0 })
    const told = (posts: typeof before) => posts.map(({ id, entry_id, sort_at, text }) => ({ id, entry_id, sort_at, text }))
    expect(told(await rows())).toEqual(told(before))
  } finally {
    await server.close()
  }
})
