import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { changeReading, keepsOf, savePreferences } from '#db/account-keeps'
import { accountKeeps, accounts } from '#db/account-schema'
import { subscriptions } from '#db/digest-schema'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { type Entry, getTimeline, placeText } from '#db/timeline'
import { deliver, type Post as Posting } from '#lib/digest/digest-delivery'
import * as form from '#lib/digest/digest-html'
import { digestPress } from '#lib/digest/digest-press'
import { planDeliveries } from '#lib/digest/digest-queue'
import { defaultPreferences, type Mute } from '#lib/reading/preferences'
import { begin, emptyState, isRead, markRead, markUnread, noteTalk } from '#lib/reading/reader-state'
import { testDatabase } from '#tests/support/database'
import { origin, postOver, readable, subscribed } from '#tests/support/digest'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { headersOf, type SmtpStandIn, serveSmtp } from '#tests/support/smtp-server'
import { burst } from '#tests/support/talk'

/** What is sent to who is signed in: what they have not read on the site, without what they muted. */
const database = testDatabase()
const at = (time: string) => new Date(`2026-11-21T${time}:00.000Z`)
const clock = new Date('2026-11-22T07:02:00.000Z')
const eve = { ...ada, id: 'eve', name: 'Eve Example', handle: 'eve' }

let relay: SmtpStandIn
let posting: Posting
let entries: Map<string, Entry>

vi.mock(import('#db/digest-places'), async (original) => {
  const actual = await original()
  return { ...actual, digestPlaces: vi.fn(actual.digestPlaces), digestEntries: vi.fn(actual.digestEntries) }
})
const reads = vi.mocked(await import('#db/digest-places'))

beforeAll(async () => {
  const sky = await heldSource('Sky', { platform: 'bluesky', firstReadAt: new Date(0) })
  const channel = await heldSource('#hpc', { platform: 'irc', firstReadAt: new Date(0) })
  const said = [
    aPost('one', { publishedAt: at('10:00') }),
    aPost('two', { publishedAt: at('11:00') }),
    aPost('three', { publishedAt: at('12:00'), author: eve }),
    aPost('four', { publishedAt: at('13:00'), text: 'Exascale at last' }),
  ]
  for (const post of said) await saveBatch(sky.source, sky.holder, aBatch([post]), post.publishedAt ?? at('12:00'))
  for (const post of burst(at('14:00'))) await saveBatch(channel.source, channel.holder, aBatch([post]), post.publishedAt ?? at('14:00'))
  const page = await getTimeline({ role: 'anonymous' }, {})
  entries = new Map(page.entries.map((entry) => [entry.platform === 'irc' ? 'chat' : (entry.posts[0]?.externalId ?? ''), entry]))
  relay = await serveSmtp()
  posting = postOver(relay.url, () => clock)
  return async () => {
    posting.mails.close()
    await relay.close()
  }
})

beforeEach(async () => {
  await database.db.delete(subscriptions)
  await database.db.delete(accounts)
  relay.received.length = 0
})

function marked(name: string) {
  const entry = entries.get(name)
  if (!entry) throw new Error(`The timeline does not show ${name}`)
  return { entry: String(entry.id), place: placeText(entry), source: String(entry.posts[0]?.sourceId), platform: entry.platform }
}

/** Somebody with an account and a daily digest. */
async function reader(name: string, wish: { quiet?: boolean; word?: string } = {}): Promise<string> {
  const address = `${name}@example.org`
  await database.db.insert(accounts).values({ id: name, email: address, emailVerified: true })
  await subscribed(address, at('07:00'), { ...wish, format: 'plain', account: name })
  return name
}

async function sentTo(): Promise<Map<string, { text: string; subject: string }>> {
  for (const key of await planDeliveries(clock)) expect(await deliver(key, posting)).toBe('done')
  return new Map(
    relay.received.map(({ to, raw }) => [
      to.split('@')[0] ?? '',
      {
        subject: headersOf(raw).get('subject') ?? '',
        text: readable(raw),
      },
    ]),
  )
}

const mute = (change: Partial<Mute>): Mute => ({ what: 'word', keys: ['exascale'], name: 'exascale', until: null, hard: false, ...change })

test('who is signed in gets exactly what the site marks as unread, and a digest marks nothing as read', async () => {
  const reading = () => markRead(markRead(begin(emptyState, '0-0', 1), marked('one')), marked('four'))
  await changeReading(await reader('ada'), reading)
  await changeReading(await reader('bob'), () => markUnread(reading(), marked('one'), 5))
  await reader('new')
  const before = await keepsOf('ada')
  const sent = await sentTo()
  const told = (name: string) => ['one', 'two', 'three'].filter((post) => sent.get(name)?.text.includes(`Post ${post}`))
  expect(told('ada')).toEqual(['two', 'three'])
  expect(told('bob')).toEqual(['one', 'two', 'three'])
  expect(told('new')).toEqual(['one', 'two', 'three'])
  expect(sent.get('ada')?.text).not.toContain('Exascale')
  expect(sent.get('new')?.text).toContain('Exascale')
  const lines = entries.get('chat')?.count ?? 0
  expect(sent.get('ada')?.subject).toContain(`${lines + 2} posts`)
  expect(sent.get('ada')?.text).toContain('2 posts that you have read or muted are left out.')
  expect(await keepsOf('ada')).toEqual(before)
  expect(isRead(reading(), marked('two'))).toBe(false)
})

test('of a conversation that was read, only the lines since are told', async () => {
  const chat = entries.get('chat')
  const half = chat?.posts[Math.floor(chat.posts.length / 2) - 1]
  const seenAt = half?.firstSeenAt.getTime() ?? 0
  await changeReading(await reader('ada'), () =>
    noteTalk(markRead(begin(emptyState, '0-0', 1), marked('chat')), marked('chat').entry, { seenAt, count: 1 }),
  )
  const { text = '' } = (await sentTo()).get('ada') ?? {}
  const seen = await database.db.select({ at: posts.firstSeenAt }).from(posts).where(eq(posts.platform, 'irc'))
  const since = seen.filter((one) => one.at.getTime() > seenAt).length
  expect(since).toBeGreaterThan(0)
  expect(text).toContain(`IRC ${since}`)
  expect(text).toContain(`Goes on from ${seen.length - since} messages.`)
})

test('who has read everything is sent nothing, or that they have, if they want to be told', async () => {
  const all = () => ({ ...emptyState, upTo: marked('chat').place })
  await changeReading(await reader('ada'), all)
  await changeReading(await reader('bob', { quiet: true }), all)
  const sent = await sentTo()
  expect([...sent.keys()]).toEqual(['bob'])
  expect(sent.get('bob')?.text).toContain('You have read all that was said in this time.')
})

test('what is muted hard is left out, what is muted softly is folded with its reason; a mute that ended is none', async () => {
  const hard = mute({ what: 'person', keys: ['bluesky:eve'], name: 'Eve Example', hard: true })
  await savePreferences(await reader('ada'), { ...defaultPreferences, mutes: [mute({}), hard] })
  await savePreferences(await reader('bob'), { ...defaultPreferences, mutes: [mute({ until: at('06:00') })] })
  const sent = await sentTo()
  expect(sent.get('ada')?.text).not.toMatch(/Post three|Eve Example|at last/)
  expect(sent.get('ada')?.text).toContain('Muted: the word “exascale”')
  expect(sent.get('ada')?.text).toContain('Post two')
  expect(sent.get('bob')?.text).toMatch(/Post three[\s\S]*at last/)
})

test('who would get nothing but what they muted is sent nothing', async () => {
  const everyone = ['bluesky:eve', `bluesky:${ada.id}`]
  await savePreferences(await reader('ada', { word: 'exascale' }), {
    ...defaultPreferences,
    mutes: [mute({ what: 'person', keys: everyone })],
  })
  await savePreferences(await reader('bob', { word: 'exascale' }), defaultPreferences)
  expect([...(await sentTo()).keys()]).toEqual(['bob'])
})

test('however many readers a view has, what came is asked of the database once: each more costs what its own mail costs', async () => {
  const asked = vi.spyOn(database.db.$client, 'unsafe')
  const questionsOf = async (readers: number): Promise<Map<string, number>> => {
    await database.db.delete(subscriptions)
    await database.db.delete(accounts)
    relay.received.length = 0
    for (let index = 0; index < readers; index++) await reader(`${index}`)
    posting = { ...posting, press: digestPress(origin, form) }
    const due = await planDeliveries(clock)
    asked.mockClear()
    for (const key of due) expect(await deliver(key, posting)).toBe('done')
    const byText = Map.groupBy(asked.mock.calls, ([text]) => text)
    return new Map([...byText].map(([text, calls]) => [text, calls.length]))
  }
  const [two, twelve] = [await questionsOf(2), await questionsOf(12)]
  expect([...twelve.keys()].toSorted()).toEqual([...two.keys()].toSorted())
  // Taken, looked up, checked for what was withdrawn, counted against the relay's pace, ended: once a mail; all else once.
  const perMail = [...twelve.values()].filter((times) => times > 1)
  expect(perMail).toEqual([12, 12, 12, 12, 12])
  expect([...two.values()].filter((times) => times > 1)).toEqual([2, 2, 2, 2, 2])
})

test('however many readers have read and muted different things, what came is read once', async () => {
  for (const name of ['ada', 'bob', 'eve', 'dan']) {
    await changeReading(await reader(name), () => markRead(begin(emptyState, '0-0', 1), marked(name === 'ada' ? 'one' : 'two')))
    await database.db
      .update(accountKeeps)
      .set({ preferences: { ...defaultPreferences, mutes: [mute({})] } })
      .where(eq(accountKeeps.accountId, name))
  }
  posting = { ...posting, press: digestPress(origin, form) }
  vi.clearAllMocks()
  expect((await sentTo()).size).toBe(4)
  expect(reads.digestPlaces).toHaveBeenCalledTimes(1)
  const asked = reads.digestEntries.mock.calls.flatMap(([, , places]) => places.map(({ id }) => id))
  expect(asked.length).toBe(new Set(asked).size)
})
