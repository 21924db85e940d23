import { expect, test } from 'vitest'
import { type Line, parse } from '#connectors/irc/parse'
import { db } from '#db/client'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { declareSources, sourceById } from '#db/sources'
import { getTimeline } from '#db/timeline'
import { leaveOut, takeOver } from '#lib/consent/leave-out'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'

testDatabase()
const NOW = new Date('2026-11-22T18:00:00.000Z')
const owner = { role: 'owner' } as const

/** The file of sources as its owner wrote it. */
async function start(...optOut: string[]): Promise<number> {
  const { sources } = parseSourcesFile(
    `- irc: { server: irc.example.org, channel: "#hpc", nick: reader, network: example, optOut: ${JSON.stringify(optOut)} }`,
  )
  return takeOver(sources, NOW)
}

function said(
  minute: number,
  nick: string,
  text: string,
  account: string | null = null,
  place: { network?: string; channel?: string } = {},
) {
  const line: Line = { kind: 'message', nick, account, text, time: new Date(NOW.getTime() - (60 - minute) * 60_000).toISOString() }
  return parse(line, { network: 'example', channel: '#hpc', permitted: true, ...place })
}

test('who asks to be left out is so of what is here, too: by nick, by account and under its other nicks, in answers, and only there', async () => {
  await start()
  const { source, holder } = await heldSource('#hpc on example')
  const lines = [
    said(1, 'Ada', 'as ada, not logged in'),
    said(2, 'ada', 'as ada, logged in', 'adas'),
    said(3, 'ada_away', 'under another nick', 'adas'),
    said(4, 'bob', 'ada: an answer'),
    said(5, 'eve', 'by account', 'Hidden'),
    said(6, 'hidden', 'by its nick'),
    said(7, 'carol', 'nothing of theirs'),
    said(8, 'ada', 'elsewhere', null, { channel: '#other' }),
    said(9, 'ada', 'somebody else of that name', null, { network: 'elsewhere' }),
  ]
  await saveBatch(source, holder, aBatch(lines), NOW)
  const shown = async () => (await getTimeline(owner, {})).entries.flatMap((entry) => entry.posts)
  expect(await shown()).toHaveLength(9)

  expect(await start('ada', 'hidden')).toBe(5)
  const left = await shown()
  expect(left.map(({ text }) => text).toSorted()).toEqual([
    'ada: an answer',
    'elsewhere',
    'nothing of theirs',
    'somebody else of that name',
  ])
  expect(left.find(({ text }) => text === 'ada: an answer')?.replyTo).toBeNull()
  // Nothing of them is in the database either; only the place of their lines in the order is left.
  const rows = await db().select().from(posts)
  expect(rows).toHaveLength(9)
  const ours = rows.filter(({ conversation }) => conversation?.key === 'example/#hpc')
  expect(JSON.stringify(ours.map(({ author, html, replyTo }) => [author, html, replyTo]))).not.toMatch(
    /ada"|adas|hidden|eve|under another/i,
  )

  // Told again, by a log or a bouncer, it does not come back; and nobody is left out twice.
  await saveBatch(source, holder, aBatch(lines), NOW)
  expect(await shown()).toHaveLength(4)
  expect(await start('ada', 'hidden')).toBe(0)
  expect((await sourceById(source.id))?.id).toBe(source.id)
})

test('a wish holds when its source is no longer read', async () => {
  await start('carol')
  expect((await getTimeline(owner, {})).entries.flatMap((entry) => entry.posts).map(({ text }) => text)).not.toContain('nothing of theirs')
  await declareSources([], NOW)
  const { source, holder } = await heldSource('another', { platform: 'irc' })
  await saveBatch(source, holder, aBatch([said(12, 'carol', 'by another way in')]), NOW)
  expect(await leaveOut(NOW)).toBe(1)
})

test('who asks to be left out of a Slack is so of what is here, too, by name or by id; a name counts where one workspace is here', async () => {
  const { source, holder } = await heldSource('#general', { platform: 'slack' })
  const message = (team: string, user: string, account: string, text: string) =>
    aPost(`${team}/C1/${text}`, {
      text,
      kind: 'message',
      audience: 'members',
      author: { ...ada, id: `${team}/${user}`, name: account, handle: `@${account}` },
      conversation: { key: `${team}/C1/${text}`, title: '#general', silenceMinutes: 60 },
    })
  const begin = (...optOut: string[]) =>
    takeOver(
      parseSourcesFile(
        `- slack: { workspace: Example, channels: [general], permission: { by: them, on: 2026-11-22 }, optOut: ${JSON.stringify(optOut)} }`,
      ).sources,
      NOW,
    )
  await saveBatch(
    source,
    holder,
    aBatch([message('T1', 'U1', 'kim', 'by name'), message('T1', 'U2', 'lee', 'stays'), message('T1', 'U3', 'mo', 'by id')]),
    NOW,
  )
  expect(await begin('@Kim', 'U3')).toBe(2)
  const other = await heldSource('#elsewhere', { platform: 'slack' })
  await saveBatch(other.source, other.holder, aBatch([message('T2', 'U9', 'lee', 'another lee')]), NOW)
  expect(await begin('lee')).toBe(0)
  expect(await begin('U2')).toBe(1)
})
