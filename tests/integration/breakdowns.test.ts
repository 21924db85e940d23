import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { breakdownsBetween, noticeBreakdowns } from '#db/breakdowns'
import { endOutage, noteOutage } from '#db/gaps'
import { saveBatch } from '#db/save-batch'
import { breakdowns, outages, sources } from '#db/sources-schema'
import { readConfig } from '#lib/config'
import { mailer } from '#lib/digest/mail'
import { mailNews } from '#lib/sources/breakdowns'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { type SmtpStandIn, serveSmtp } from '#tests/support/smtp-server'
import { get, startWeb } from '#tests/support/web'

const database = testDatabase()
const owner = { role: 'owner' } as const
const anonymous = { role: 'anonymous' } as const
const HOUR = 3_600_000
const start = new Date(Date.now() - 100 * HOUR)
const after = (hours: number) => new Date(start.getTime() + hours * HOUR)
const always = { from: new Date(0), to: new Date(Date.now() + HOUR) }

let relay: SmtpStandIn
beforeAll(async () => {
  await builtPages()
  relay = await serveSmtp()
}, 300_000)
afterAll(() => relay.close())
beforeEach(async () => {
  await database.db.delete(breakdowns)
  await database.db.delete(outages)
  await database.db.update(sources).set({ trouble: null, error: null, pausedAt: null })
  relay.received.length = 0
})

async function fails(name: string, from: Date, change = {}): Promise<number> {
  const { source } = await heldSource(name, { firstReadAt: start, ...change })
  const error = `${name} answered 503`
  await database.db.update(sources).set({ trouble: 'unavailable', error, lastSuccessAt: from }).where(eq(sources.id, source.id))
  await noteOutage(source.id, error, from)
  return source.id
}

async function succeeds(id: number, at: Date): Promise<void> {
  await database.db.update(sources).set({ trouble: null, error: null, lastSuccessAt: at }).where(eq(sources.id, id))
  await endOutage(id, at)
}

const config = (env = {}) => readConfig({ NODE_ENV: 'test', SMTP_URL: relay.url, DIGEST_TO: 'owner@example.org', PORT: '4321', ...env })
const mail = async (env = {}) => {
  const post = mailer(config(env))
  await mailNews(post, config(env), after(30)).finally(() => post?.close())
}

test('a source that could not be read for a day is told of once, and once when it can be again', async () => {
  const id = await fails('failing blog', after(0))
  await noticeBreakdowns(after(23))
  expect(await breakdownsBetween(owner, always)).toEqual([])
  for (const hours of [24, 25, 40]) await noticeBreakdowns(after(hours))
  const broken = {
    at: after(24),
    kind: 'broken',
    source: { id, name: 'failing blog' },
    since: after(0),
    reason: 'failing blog answered 503',
  }
  expect(await breakdownsBetween(owner, always)).toEqual([broken])
  await succeeds(id, after(48))
  for (const hours of [49, 50]) await noticeBreakdowns(after(hours))
  expect(await breakdownsBetween(owner, always)).toEqual([{ ...broken, at: after(48), kind: 'mended' }, broken])
  // The next time is another.
  await fails('failing blog', after(50))
  await noticeBreakdowns(after(74))
  expect((await breakdownsBetween(owner, always)).map(({ kind }) => kind)).toEqual(['broken', 'mended', 'broken'])
})

test('what fails now and then is no breakdown, nor is what is paused meanwhile', async () => {
  const id = await fails('now and then', after(0))
  await succeeds(id, after(12))
  await fails('now and then', after(13))
  await noticeBreakdowns(after(30))
  expect(await breakdownsBetween(owner, always)).toEqual([])
  await noticeBreakdowns(after(40))
  await database.db.update(sources).set({ pausedAt: after(41) })
  await noticeBreakdowns(after(42))
  expect(await breakdownsBetween(owner, always)).toEqual([])
})

test('the owner gets one mail, of all that broke down at a time, and one when they are read again', async () => {
  const ids = [await fails('failing blog', after(0)), await fails('failing list', after(1))]
  await noticeBreakdowns(after(26))
  await mail()
  await mail()
  expect(relay.received).toHaveLength(1)
  expect(relay.received[0]).toMatchObject({ to: 'owner@example.org' })
  const [first = { raw: '' }] = relay.received
  expect(first.raw).toContain('Subject: 2 sources have not been read for a day')
  expect(first.raw).toContain('failing blog answered 503.')
  expect(first.raw).toContain(`http://localhost:4321/sources/${ids[1]}`)
  for (const id of ids) await succeeds(id, after(30))
  await noticeBreakdowns(after(31))
  await mail()
  await mail()
  expect(relay.received).toHaveLength(2)
  expect(relay.received[1]?.raw).toContain('Subject: 2 sources are read again')
})

test('a relay that is away is asked again; without one, or without an address, there is only the row', async () => {
  await fails('failing blog', after(0))
  await noticeBreakdowns(after(26))
  relay.relay.data = () => ({ code: 451, message: 'later' })
  await mail()
  expect(relay.received).toHaveLength(0)
  relay.relay.data = () => 'take'
  await mailNews(null, config(), after(30))
  await mail({ DIGEST_TO: '', MAIL_FROM: 'Backplane <backplane@example.org>' })
  expect(relay.received).toHaveLength(0)
  expect(await breakdownsBetween(owner, always)).toHaveLength(1)
  await mail()
  expect(relay.received).toHaveLength(1)
})

test('the row stands in the timeline at its place, and not for who may not know of the source', async () => {
  const { source, holder } = await heldSource('a talkative place', { firstReadAt: start })
  const said = [99, 47, 20, 1].map((hours) =>
    aPost(`said:${hours}`, { text: `said ${hours} h ago`, publishedAt: new Date(Date.now() - hours * HOUR) }),
  )
  await saveBatch(source, holder, aBatch(said), new Date())
  await fails('failing blog', after(0))
  await fails('geheim room', after(0), { audience: 'members' })
  await noticeBreakdowns(after(24))
  const web = await startWeb({ DATABASE_URL: database.url, TIME_ZONE: 'UTC' })
  try {
    const { text } = await get(web.port, '/')
    expect(text).toMatch(/said 20 h ago.*failing blog could not be read for a day, since.*said 99 h ago/s)
    expect(text).toContain('failing blog answered 503.')
    expect(text.replace(/<script\b.*?<\/script>/gs, '').match(/could not be read for a day/g)).toHaveLength(1)
    for (const path of ['/', '/status', '/status.json', '/status.atom', '/sources'])
      expect((await get(web.port, path)).text, path).not.toContain('geheim')
    const atom = await get(web.port, '/status.atom')
    expect(atom.headers['content-type']).toContain('application/atom+xml')
    expect(atom.text).toMatch(/<title>failing blog could not be read for a day, since .*<\/title>/)
    expect(JSON.parse((await get(web.port, '/status.json')).text)).toMatchObject({
      worker: false,
      history: [{ kind: 'broken', source: { name: 'failing blog' } }],
    })
    expect(await breakdownsBetween(anonymous, always)).toHaveLength(1)
    expect(await breakdownsBetween(owner, always)).toHaveLength(2)
  } finally {
    await web.stop()
  }
}, 60_000)
