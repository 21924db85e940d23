import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { listDeeds } from '#db/audit-log'
import { db } from '#db/client'
import { tombstones } from '#db/consent-schema'
import { indexPosts } from '#db/index-posts'
import type { Post } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { indexedPosts, posts } from '#db/schema'
import { unreadableItems } from '#db/sources-schema'
import { getTimeline } from '#db/timeline'
import { letBackIn, listWithholdings, withhold } from '#db/withholdings'
import { journalFile } from '#lib/postgres/deletions-journal'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { quoted } from '#tests/support/shapes'

testDatabase()
const NOW = new Date('2026-11-22T18:00:00.000Z')
const owner = { role: 'owner' } as const

const eve = { ...ada, id: 'eve@loud.example', name: 'Eve Loud', handle: '@eve@loud.example', url: 'https://loud.example/@eve' }
const bob = { ...ada, id: 'bob@social.example', name: 'Bob', handle: '@bob@social.example', url: 'https://social.example/@bob' }
const said = (externalId: string, author = eve, change: Partial<Post> = {}) =>
  aPost(externalId, { author, url: `${author.url}/${externalId}`, text: `lautes wort ${externalId}`, ...change })

async function texts(): Promise<string[]> {
  const { entries } = await getTimeline(owner, { limit: 200 })
  return entries.flatMap((entry) => entry.posts.map(({ text }) => text)).toSorted()
}
/** Everything that is kept of posts, as one text. */
async function everything(): Promise<string> {
  const [rows, words, kept] = await Promise.all([
    db().select().from(posts),
    db().select().from(indexedPosts),
    db().select().from(unreadableItems),
  ])
  return JSON.stringify([rows, words, kept])
}

test('an author who is left out is so of what is here and what comes, in quotes, answers, boosts, copies of bridges, search and what was not understood', async () => {
  const { source, holder } = await heldSource('the fediverse', { platform: 'mastodon' })
  const sky = await heldSource('the sky', { platform: 'bluesky' })
  const share = { externalId: 'boost', by: eve, at: NOW.toISOString() }
  const replyTo = { state: 'shown' as const, externalId: 'e:1', url: null, author: eve, text: 'lautes wort e:1', rootExternalId: null }
  const batch = aBatch(
    [
      said('e:1'),
      said('e:2'),
      aPost('b:1', { author: bob, text: 'of bob', quote: { ...quoted, author: eve, text: 'lautes wort' } }),
      aPost('b:2', { author: bob, text: 'an answer of bob', replyTo }),
      aPost('b:3', { author: bob, text: 'passed on', share }),
    ],
    { unreadable: [{ reason: 'odd', payload: '{"uri":"e:2","text":"lautes wort"}' }] },
  )
  const copy = aPost('at://copy', { text: 'lautes wort', author: { ...ada, id: 'did:copy', name: 'Eve' }, copyOf: `${eve.url}/e:1` })
  await saveBatch(source, holder, batch, NOW)
  await saveBatch(sky.source, sky.holder, aBatch([copy]), NOW)
  while ((await indexPosts()) > 0);
  expect(await everything()).toMatch(/laut/)

  const what = { kind: 'author' as const, platform: 'mastodon', key: eve.id, address: eve.url }
  expect(await withhold(what, 'asked', NOW)).toBe(3)
  while ((await indexPosts()) > 0);
  expect(await everything()).not.toMatch(/laut|Eve|loud\.example/)
  expect(await texts()).toEqual(['an answer of bob', 'of bob', 'passed on'])

  // What comes again, by a replay, another source or an import, and what comes new.
  const late = await heldSource('another way in', { platform: 'mastodon' })
  await saveBatch(late.source, late.holder, aBatch([...batch.admitted.map(({ post }) => post), said('e:3')]), NOW)
  await saveBatch(sky.source, sky.holder, aBatch([copy, { ...copy, externalId: 'at://copy2', copyOf: `${eve.url}/e:3` }]), NOW)
  expect(await everything()).not.toMatch(/laut|Eve|loud\.example/)
  expect(await texts()).toEqual(['an answer of bob', 'of bob', 'passed on'])
  expect(await withhold(what, 'asked', NOW)).toBe(0)

  // A tombstone is an id and a time, and whose decision it was: nothing of what was said.
  const [stone] = await db().select().from(tombstones).where(eq(tombstones.externalId, 'e:1'))
  const [row] = await listWithholdings()
  expect(stone).toEqual({ platform: 'mastodon', externalId: 'e:1', deletedAt: NOW, withholdingId: row?.id })

  // Let back in, they are here again once their platform tells it.
  expect(await letBackIn(what)).toBe(3)
  expect(await letBackIn(what)).toBeNull()
  expect(await texts()).not.toContain('lautes wort e:1')
  await saveBatch(source, holder, batch, NOW)
  expect(await texts()).toContain('lautes wort e:1')
})

test('a server that is left out is so whoever speaks there, and nobody else is', async () => {
  const { source, holder } = await heldSource('the fediverse', { platform: 'mastodon' })
  const feed = await heldSource('blogs')
  const other = { ...bob, id: 'bob@notspam.example', url: 'https://notspam.example/@bob' }
  const spammer = { ...bob, id: 'x@spam.example', name: 'Spammer', url: 'https://spam.example/@x' }
  const below = { ...bob, id: 'y@a.spam.example', url: 'https://a.spam.example/@y' }
  const batch = aBatch([said('s:1', spammer), said('s:2', below), said('s:3', other)])
  const blogs = aBatch([
    aPost('f:1', { url: 'https://www.blogs.example/~one/post', text: 'one', author: { ...ada, url: null } }),
    aPost('f:2', { url: 'https://blogs.example/~onemore/post', text: 'one more', author: { ...ada, url: null } }),
  ])
  await saveBatch(source, holder, batch, NOW)
  await saveBatch(feed.source, feed.holder, blogs, NOW)
  const server = (key: string) => ({ kind: 'server' as const, platform: '', key, address: null })
  expect(await withhold(server('spam.example'), 'decided', NOW)).toBe(2)
  expect(await withhold(server('blogs.example/~one'), 'decided', NOW)).toBe(1)
  await saveBatch(source, holder, aBatch([...batch.admitted.map(({ post }) => post), said('s:4', spammer)]), NOW)
  await saveBatch(feed.source, feed.holder, aBatch([aPost('f:3', { url: 'https://blogs.example/~one/other', text: 'one, again' })]), NOW)
  const left = await texts()
  expect(left).toEqual(expect.arrayContaining(['lautes wort s:3', 'one more']))
  expect(left.filter((text) => /s:[124]|^one(?! more)/.test(text))).toEqual([])
})

test('a bridge’s copy goes with its original, whoever deletes it', async () => {
  const { source, holder } = await heldSource('the sky', { platform: 'bluesky' })
  const fediverse = await heldSource('the fediverse', { platform: 'mastodon' })
  await saveBatch(source, holder, aBatch([aPost('at://o', { url: 'https://bsky.app/profile/did:o/post/1', text: 'an original' })]), NOW)
  const bridged = aPost('https://bsky.example/copy', { text: 'an original', author: bob, copyOf: 'https://bsky.app/profile/did:o/post/1' })
  await saveBatch(fediverse.source, fediverse.holder, aBatch([bridged]), NOW)
  expect(await texts()).toEqual(expect.arrayContaining(['an original']))
  expect(await saveBatch(source, holder, aBatch([], { deleted: ['at://o'] }), NOW)).toMatchObject({ removed: 2 })
  await saveBatch(fediverse.source, fediverse.holder, aBatch([bridged]), NOW)
  expect(await texts()).not.toContain('an original')
})

/** `npm run withhold -- …` as a person runs it. */
async function command(...words: string[]): Promise<{ code: number; said: string; written: string }> {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'test' as const,
    DATABASE_URL: process.env.DATABASE_URL,
    DATA_DIR: mkdtempSync(join(tmpdir(), 'backplane-withhold-')),
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../lib/commands/withhold.ts'), 'withhold', ...words], { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk))
  const [code] = await once(child, 'close')
  const journal = journalFile(env.DATA_DIR)
  const written = existsSync(journal) ? readFileSync(journal, 'utf8') : ''
  rmSync(env.DATA_DIR, { recursive: true })
  return { code: Number(code), said, written }
}

test('an owner leaves out and lets back in by a command, which says what it did and what cannot come back; it is written down', async () => {
  const { source, holder } = await heldSource('for the command', { platform: 'mastodon' })
  const spam = { ...bob, id: 'buy@cheap.example', name: 'Buy', handle: '@buy@cheap.example', url: 'https://cheap.example/@buy' }
  await saveBatch(source, holder, aBatch([said('c:1', spam), said('c:2', spam)]), NOW)
  const done = await command('@buy@cheap.example')
  expect(done).toMatchObject({ code: 0, said: expect.stringMatching(/Left out: Buy @buy@cheap\.example .*2 posts are blanked here/) })
  expect(await texts()).not.toContain('lautes wort c:1')
  // Nobody runs a worker here: it is in the journal before the command says that it is done.
  expect(done.written).toContain('"key":"buy@cheap.example"')
  expect((await command('--list')).said).toMatch(/author mastodon buy@cheap\.example {2}\(decided\)/)
  expect((await command('--undo', '@buy@cheap.example')).said).toMatch(
    /\(2 posts\) is gone here; it comes back only where its platform tells it/,
  )
  expect(await command('--undo', 'nobody.example')).toMatchObject({ code: 1, said: expect.stringContaining('is left out') })
  expect(await command('--wrong')).toMatchObject({ code: 1, said: expect.stringContaining('npm run withhold -- <what>') })
  expect((await listDeeds(owner)).map(({ what, about }) => `${what} ${about}`)).toEqual([
    'let back in author mastodon buy@cheap.example',
    'withheld author mastodon buy@cheap.example',
  ])
}, 120_000)
