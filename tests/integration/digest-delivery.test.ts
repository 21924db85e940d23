import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { deliveries, subscriptions } from '#db/digest-schema'
import { mailFigures } from '#db/mail-figures'
import { saveBatch } from '#db/save-batch'
import type { Subscription, Wish } from '#db/subscriptions'
import { deliver, noteReturn, type Post } from '#lib/digest/digest-delivery'
import { planDeliveries } from '#lib/digest/digest-queue'
import { testDatabase } from '#tests/support/database'
import { origin, postOver, readable, sendDue, subscribed } from '#tests/support/digest'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { headersOf, type SmtpStandIn, serveSmtp } from '#tests/support/smtp-server'

const database = testDatabase()
const at = (day: number, time: string) => new Date(`2026-11-${day}T${time}:00.000Z`)

let relay: SmtpStandIn
let post: Post
let clock = at(22, '07:02')
let source: Awaited<ReturnType<typeof heldSource>>

beforeAll(async () => {
  source = await heldSource('Sky', { platform: 'bluesky', firstReadAt: at(10, '00:00') })
  await say('saturday', at(21, '18:00'))
  await say('sunday', at(22, '18:00'))
  relay = await serveSmtp()
  post = postOver(relay.url, () => clock)
  return async () => {
    post.mails.close()
    await relay.close()
  }
})

beforeEach(async () => {
  await database.db.delete(subscriptions)
  relay.received.length = 0
  relay.seen.length = 0
  relay.relay.data = () => 'take'
  relay.relay.recipient = () => 'take'
  clock = at(22, '07:02')
})

async function say(externalId: string, when: Date): Promise<void> {
  await saveBatch(source.source, source.holder, aBatch([aPost(externalId, { publishedAt: when })]), when)
}

const joined = (change: Partial<Wish> = {}, address = 'ada@example.org') => subscribed(address, at(21, '07:00'), change)
const run = () => sendDue(post)
const again = (subscription: Subscription, slot = '2026-11-22') => deliver({ subscriptionId: subscription.id, slot }, post)
const stateOf = async ({ id }: Subscription, slot = '2026-11-22') =>
  (await database.db.select().from(deliveries).where(eq(deliveries.subscriptionId, id))).find((one) => one.slot === slot)?.state

test('a mail has all headers of a list, one-click unsubscribing included, and a return path that names its subscription', async () => {
  const { id, token } = await joined()
  expect(await run()).toEqual(['done'])
  const [mail] = relay.received
  const headers = headersOf(mail?.raw ?? '')
  expect(mail?.from).toBe(`bounces+${id}@example.org`)
  expect(headers.get('message-id')).toBe(`<digest.2026-11-22.${id}@example.org>`)
  expect(`\r\n${mail?.raw}`).toContain(
    `\r\nList-Unsubscribe: <${origin}/unsubscribe?t=${token}>, <mailto:bounces+unsubscribe-${token}@example.org>\r\n`,
  )
  expect(headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
  expect(headers.get('list-id')).toBe('Backplane digest <digest.board.example.org>')
  expect(headers.get('auto-submitted')).toBe('auto-generated')
  expect(headers.get('date')).toBe('Sun, 22 Nov 2026 07:00:00 +0000')
  expect(headers.get('subject')).toBe('Backplane, Sun 22 Nov: 1 post')
  expect(headers.get('content-type')).toMatch(/^multipart\/alternative/)
  expect(mail?.raw).toContain('Post saturday')
})

test('each is sent once, however often it is planned, by however many workers', async () => {
  const one = await joined()
  const keys = [await planDeliveries(clock), await planDeliveries(clock)].flat()
  expect(keys).toHaveLength(1)
  await Promise.all([again(one), again(one), again(one)])
  await again(one)
  expect(relay.seen).toHaveLength(1)
  clock = at(21, '23:00')
  expect(await planDeliveries(clock)).toEqual([])
  clock = at(23, '07:02')
  expect(await run()).toEqual(['done'])
  expect(relay.received[1]?.raw).toContain('Post sunday')
  expect(relay.received[1]?.raw).not.toContain('Post saturday')
})

test('a relay that asks to wait gets it later, once; one that takes it and hangs up gets the same mail again', async () => {
  const one = await joined()
  relay.relay.data = () => ({ code: 451 })
  expect(await run()).toEqual(['later'])
  expect(await stateOf(one)).toBe('due')
  relay.relay.data = () => 'take'
  expect(await again(one)).toBe('done')
  expect(relay.received).toHaveLength(1)

  clock = at(23, '07:02')
  relay.relay.data = () => 'drop'
  expect(await run()).toEqual(['later'])
  relay.relay.data = () => 'take'
  clock = at(23, '07:20')
  expect(await again(one, '2026-11-23')).toBe('done')
  const ids = relay.seen.filter(({ raw }) => raw.includes('2026-11-23.')).map(({ raw }) => headersOf(raw).get('message-id'))
  expect(ids.length).toBeGreaterThan(1)
  expect(new Set(ids).size).toBe(1)
})

test('a worker that died while it sent is waited for, and then another sends', async () => {
  const one = await joined()
  await planDeliveries(clock)
  await database.db.update(deliveries).set({ state: 'sending', claimedAt: clock })
  expect(await again(one)).toBe('later')
  clock = at(22, '07:10')
  expect(await again(one)).toBe('done')
  expect(relay.received).toHaveLength(1)
})

test('after twelve hours a mail is skipped, and the next says so and has what it had', async () => {
  const one = await joined()
  relay.relay.data = () => ({ code: 451 })
  await run()
  clock = at(22, '19:30')
  expect(await again(one)).toBe('done')
  expect(await stateOf(one)).toBe('skipped')
  relay.relay.data = () => 'take'
  clock = at(23, '07:02')
  await run()
  const raw = readable(relay.received[0]?.raw ?? '')
  expect(raw).toContain('The digest of Sun 22 Nov could not be sent in time')
  expect(raw).toContain('Post saturday')
  expect(raw).toContain('Post sunday')
})

test('a computer that slept through its hour sends within twelve, and later skips', async () => {
  const one = await joined()
  clock = at(22, '18:00')
  expect(await run()).toEqual(['done'])
  clock = at(23, '20:00')
  expect(await run()).toEqual([])
  expect(await stateOf(one, '2026-11-23')).toBe('skipped')
})

test('who has no mailbox any more gets nothing more; three mails in a row that come back for now, and a complaint, end it as well', async () => {
  const one = await joined()
  relay.relay.recipient = () => ({ code: 550 })
  expect(await run()).toEqual(['dead'])
  const ended = async ({ id }: Subscription) =>
    (await database.db.select().from(subscriptions).where(eq(subscriptions.id, id)))[0]?.endedWhy
  expect(await ended(one)).toBe('bounced')
  relay.relay.recipient = () => 'take'
  clock = at(23, '07:02')
  expect(await run()).toEqual([])

  const two = await joined({ quiet: true }, 'bob@example.org')
  for (const day of [24, 25, 26]) {
    expect(await ended(two)).toBe(null)
    clock = at(day, '07:02')
    await run()
    await noteReturn(two.id, 'soft', clock)
  }
  expect(await ended(two)).toBe('bounced')
  const three = await joined({}, 'eve@example.org')
  await noteReturn(three.id, 'complaint', clock)
  expect(await ended(three)).toBe('complained')
})

test('when nothing was said nothing is sent, but to who wants to be told; and a word, plain text and what was deleted meanwhile are respected', async () => {
  const [quiet, told, word, plain, other] = await Promise.all([
    joined({ filter: { tags: ['nobody'] } }, 'quiet@example.org'),
    joined({ filter: { tags: ['nobody'] }, quiet: true }, 'told@example.org'),
    joined({ word: 'sunday' }, 'word@example.org'),
    joined({ format: 'plain' }, 'plain@example.org'),
    joined({}, 'other@example.org'),
  ])
  await run()
  const to = (address: string) => relay.received.find((mail) => mail.to === address)?.raw
  expect(to(quiet.address)).toBe(undefined)
  expect(to(told.address)).toContain('Nothing was said in this time.')
  expect(to(word.address)).toBe(undefined)
  expect(to(plain.address)).toContain('Post saturday')
  expect(to(plain.address)).not.toContain('text/html')
  await say('regretted', at(22, '19:00'))
  // What other tests had drawn of this day is too old by now.
  clock = at(23, '07:06')
  const due = await planDeliveries(clock)
  const fromNow = relay.received.length
  await again(plain, '2026-11-23')
  expect(relay.received.slice(fromNow).map(({ raw }) => readable(raw).includes('Post regretted'))).toEqual([true])
  // What was drawn of it for the first is not what the others get.
  await saveBatch(source.source, source.holder, aBatch([], { deleted: ['regretted'] }), clock)
  await Promise.all(due.map((key) => deliver(key, post)))
  const later = relay.received.slice(fromNow + 1)
  expect(later.map(({ to: reader }) => reader).toSorted()).toEqual([other.address, told.address, word.address].toSorted())
  expect(later.some(({ raw }) => readable(raw).includes('Post regretted'))).toBe(false)
  expect(relay.received.filter((mail) => mail.to === word.address)).toHaveLength(1)
  expect(await mailFigures(new Date())).toMatchObject({ running: 5, open: 0, failed: 0 })
})
