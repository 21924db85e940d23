import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forgetDeeds, listDeeds, noteDeed } from '#db/audit-log'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { get, startWeb, type Web } from '#tests/support/web'

const database = testDatabase()
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
