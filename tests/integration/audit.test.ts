import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forgetDeeds, listDeeds, noteDeed } from '#db/audit-log'
import { sources } from '#db/sources-schema'
import { takeOver } from '#lib/consent/leave-out'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { get, startWeb, type Web } from '#tests/support/web'

const database = testDatabase()
const NOW = new Date('2026-11-22T18:00:00.000Z')
const DAY_MS = 86_400_000
let web: Web

beforeAll(async () => {
  await noteDeed({ who: 'olga@board.example', what: 'withheld', about: 'post mastodon https://spam.example/1' }, new Date())
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
}, 400_000)
afterAll(() => web?.stop())

test('owners read what owners did, and nobody else does', async () => {
  const key = readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()
  const owner = await get(web.port, '/audit', { host: 'localhost', authorization: `Bearer ${key}` })
  expect(owner.text).toMatch(/olga@board\.example withheld: post mastodon https:\/\/spam\.example\/1/)
  const anybody = await get(web.port, '/audit', { host: 'localhost' })
  expect([anybody.status, anybody.text.includes('olga')]).toEqual([200, false])
  for (const role of ['anonymous', 'member'] as const) expect(await listDeeds({ role })).toEqual([])
})

test('a deed is forgotten after a year', async () => {
  await noteDeed({ who: 'olga@board.example', what: 'made a backup', about: '' }, new Date(Date.now() - 366 * DAY_MS))
  await noteDeed({ who: 'olga@board.example', what: 'barred', about: 'ada@example.org' }, new Date(Date.now() - 364 * DAY_MS))
  await forgetDeeds(new Date())
  expect((await listDeeds({ role: 'owner' })).map(({ what }) => what)).toEqual(['withheld', 'barred'])
})

test('what changed in the file of sources, by hand or by a command, is among them from the next start', async () => {
  const start = (...entries: string[]) => takeOver(parseSourcesFile(entries.join('\n')).sources, NOW)
  const since = async () =>
    (await listDeeds({ role: 'owner' })).filter(({ who }) => who === 'the file of sources').map(({ what, about }) => `${what}: ${about}`)
  const blog = (options = '') => `- feed: { url: "https://blog.example.org/feed", name: A blog${options} }`
  const other = '- feed: { url: "https://other.example.org/feed", name: Another }'
  const room = (options = '') =>
    `- irc: { server: irc.example.org, channel: "#hpc", nick: reader, network: example, name: A room${options} }`
  await database.db.delete(sources)
  await start(blog(), room())
  expect(await since()).toEqual(['declared the first sources: 2'])
  await start(blog(), room())
  expect(await since()).toHaveLength(1)
  await start(blog(', paused: true'), room(', permission: { by: their operators, on: 2026-11-20 }'), other)
  expect((await since()).slice(0, -1).toSorted()).toEqual([
    'added a source: Another',
    'paused a source: A blog',
    'wrote down a permission: A room: their operators, 2026-11-20',
  ])
  await start(blog(), room())
  expect((await since()).slice(0, -4).toSorted()).toEqual([
    'had a source read again: A blog',
    'removed a source: Another',
    'took back a permission: A room',
  ])
})
