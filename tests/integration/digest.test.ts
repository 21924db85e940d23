import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import type { Reader } from '#db/audience'
import { digestEntries } from '#db/digest-places'
import type { Filter } from '#db/lanes'
import type { Post } from '#db/post'
import { heartbeats } from '#db/running-schema'
import { saveBatch } from '#db/save-batch'
import { outages, sources } from '#db/sources-schema'
import { digestOf, isEmpty, keptPosts, placesOf } from '#lib/digest/digest'
import * as form from '#lib/digest/digest-html'
import { drawDigest } from '#lib/digest/digest-mail'
import { readDigestWindow } from '#lib/digest/digest-window'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { image } from '#tests/support/shapes'
import { burst } from '#tests/support/talk'

const database = testDatabase()
const at = (time: string, day = '22') => new Date(`2026-11-${day}T${time}:00.000Z`)
const zone = 'Europe/Berlin'
const origin = 'https://board.example.org'
const anonymous: Reader = { role: 'anonymous' }
const member: Reader = { role: 'member' }
const foot = [{ words: 'This goes to ada@example.org.' }, { words: 'Unsubscribe', href: `${origin}/unsubscribe?t=x` }]

type Held = Awaited<ReturnType<typeof heldSource>>
let sky: Held
let channel: Held
let room: Held
let permitted: Held

/** Posts of the source, first seen as they were said unless told otherwise. */
async function say({ source, holder }: Held, posts: Post[], seen?: Date): Promise<void> {
  for (const post of posts) await saveBatch(source, holder, aBatch([post]), seen ?? post.publishedAt ?? at('12:00'))
}

beforeAll(async () => {
  const firstReadAt = at('00:00', '01')
  sky = await heldSource('Sky', { platform: 'bluesky', firstReadAt })
  channel = await heldSource('#hpc', { platform: 'irc', firstReadAt })
  room = await heldSource('Room', { platform: 'slack', audience: 'members', firstReadAt })
  permitted = await heldSource('Lobby', {
    ...{ platform: 'slack', audience: 'members', firstReadAt },
    permission: { by: 'the owners', on: '2026-11-01', mail: true },
  })
  await say(sky, [
    aPost('evening', { publishedAt: at('20:00', '21') }),
    aPost('morning', { publishedAt: at('06:30') }),
    aPost('covered', { publishedAt: at('07:00'), contentWarning: 'spiders', title: 'Arachnids', text: 'eight legs' }),
    aPost('pictured', { publishedAt: at('08:00'), media: [image({ url: 'https://cdn.example/p.png', alt: 'A rack' })] }),
    aPost('for members', { publishedAt: at('08:30'), audience: 'members' }),
    aPost('gone', { publishedAt: at('09:00') }),
  ])
  await say(channel, burst(at('10:00')))
  await say(room, [
    aPost('secret', { publishedAt: at('11:00'), audience: 'members' }),
    aPost('secret too', { publishedAt: at('11:01'), audience: 'members' }),
  ])
  await say(permitted, [aPost('lobby', { publishedAt: at('11:10'), audience: 'members' })])
  // Said in the morning, told in the afternoon.
  await say(sky, [aPost('told late', { publishedAt: at('06:00') })], at('15:00'))
})

async function drawn(reader: Reader, { from = at('06:00'), to = at('18:00'), filter = {} as Filter, mailed = true } = {}) {
  const window = await readDigestWindow({ reader, span: { by: 'seen', from, to }, now: to, mailed })
  const digest = digestOf(window, { filter, zone, now: to })
  const mail = await drawDigest(digest, {
    read: (places) => digestEntries(reader, 'stream', places),
    origin,
    zone,
    filter,
    chosen: '',
    day: to,
    form,
  })
  return { digest, ...mail, plain: mail.text(foot), markup: mail.html(foot) }
}

test('a digest has what came in its time, oldest first, also what was said before it; the next begins where it ends', async () => {
  const early = await drawn(anonymous, { to: at('14:00') })
  expect(early.plain).not.toContain('told late')
  expect(early.plain).not.toContain('evening')
  const order = ['morning', 'spiders', 'pictured', '#hpc'].map((word) => early.plain.indexOf(word))
  expect(order).toEqual(order.toSorted((one, other) => one - other))
  expect(order.every((place) => place > 0)).toBe(true)
  const next = await drawn(anonymous, { from: at('14:00') })
  expect(placesOf(next.digest)).toHaveLength(1)
  expect(next.plain).toContain('told late')
})

test('what a source told when it was read for the first time is in no digest', async () => {
  const fresh = await heldSource('New', { platform: 'feed' })
  await say(fresh, [aPost('from the archive', { publishedAt: at('07:30') })], at('16:00'))
  await database.db.update(sources).set({ firstReadAt: at('16:00') })
  try {
    expect((await drawn(anonymous, { from: at('15:30') })).digest.posts).toBe(0)
  } finally {
    await database.db.update(sources).set({ firstReadAt: at('00:00', '01') })
  }
  expect((await drawn(anonymous, { from: at('15:30') })).plain).toContain('from the archive')
})

test('who covers a post is heard: its warning and nothing else is told, in both parts', async () => {
  const { plain, markup } = await drawn(anonymous)
  for (const part of [plain, markup]) {
    expect(part).toContain('spiders')
    expect(part).not.toMatch(/eight legs|Arachnids/)
  }
})

test('members’ posts go to members only; what a room shows to its members goes nowhere, but as a number and a link, unless mail was permitted', async () => {
  const open = await drawn(anonymous)
  expect(open.plain + open.markup).not.toMatch(/for members|secret|lobby|rooms/)
  expect(keptPosts(open.digest)).toBe(0)
  const full = await drawn(member)
  expect(full.plain).toContain('for members')
  expect(full.plain).toContain('lobby')
  expect(full.plain + full.markup).not.toContain('secret')
  expect(keptPosts(full.digest)).toBe(2)
  expect(full.plain).toContain('2 more posts stand in rooms that are read on the site only.')
  const own = await drawn({ role: 'owner' })
  expect(own.plain).toContain('secret too')
})

test('what is deleted before a mail is made is not in it', async () => {
  expect((await drawn(anonymous)).plain).toContain('Post gone')
  await saveBatch(sky.source, sky.holder, aBatch([], { deleted: ['gone'] }), at('17:00'))
  const { plain, markup } = await drawn(anonymous)
  expect(plain + markup).not.toContain('Post gone')
})

test('a filter lets the same through as in the timeline, and the way back to the timeline has it', async () => {
  const { digest, plain } = await drawn(anonymous, { filter: { platforms: ['irc'] } })
  expect(digest.platforms.map(({ id }) => id)).toEqual(['irc'])
  expect(plain).toMatch(/https:\/\/board\.example\.org\/\?platform=irc&order=oldest&at=\d+-\d+/)
  const people = await drawn(anonymous, { filter: { people: [`bluesky:${ada.id}`] } })
  expect(people.digest.platforms.map(({ id }) => id)).toEqual(['bluesky'])
  expect(isEmpty((await drawn(anonymous, { filter: { tags: ['nobody'] } })).digest)).toBe(true)
})

test('the subject says facts, and counts stand above the posts', async () => {
  const { subject, plain, digest } = await drawn(anonymous)
  expect(subject).toBe(`Backplane, Sun 22 Nov: ${digest.posts} posts`)
  expect(plain).toMatch(/Bluesky \d+ · IRC \d+/)
  const quiet = await drawn(anonymous, { from: at('17:30') })
  expect(quiet.empty).toBe(true)
  expect(quiet.subject).toBe('Backplane, Sun 22 Nov: quiet')
})

test('a gap stands where nothing was heard, a source that is late above the posts, in both parts and in the subject', async () => {
  const { source, holder } = channel
  for (const [from, to] of [
    ['09:00', '12:00'],
    ['13:00', '18:00'],
  ] as const)
    await saveBatch(source, holder, aBatch([], { covered: { from: at(from), to: at(to) } }), at(to))
  const beat = { id: crypto.randomUUID(), role: 'worker', startedAt: at('00:00'), beatAt: at('18:00') } as const
  await database.db.insert(heartbeats).values(beat)
  const reason = 'The network was split'
  await database.db.insert(outages).values({ sourceId: source.id, startedAt: at('12:00'), endedAt: at('13:00'), reason })
  await database.db.update(sources).set({ trouble: 'unavailable', error: 'no answer at all' }).where(eq(sources.id, source.id))
  try {
    const { plain, markup, subject } = await drawn(anonymous)
    expect(subject).toContain(', 1 gap')
    for (const part of [plain, markup].map((one) => one.replace(/\s+/g, ' '))) {
      const late = part.indexOf('no answer at all')
      expect(late).toBeGreaterThan(0)
      expect(part.indexOf(reason)).toBeGreaterThan(late)
      // Behind what was said before it.
      expect(part.indexOf(reason)).toBeGreaterThan(part.indexOf('spiders'))
    }
  } finally {
    await database.db.delete(outages).where(eq(outages.sourceId, source.id))
    await database.db.delete(heartbeats)
    await database.db.update(sources).set({ trouble: null, error: null, covered: '{}' }).where(eq(sources.id, source.id))
  }
})

test('copies of one thing are one item, and a copy of what was told before is no news', async () => {
  const said = 'We measured MPI collectives on the new fabric and were surprised twice by the results'
  const toots = await heldSource('Toots', { platform: 'mastodon', firstReadAt: at('00:00', '01') })
  await say(sky, [aPost('at:copy', { text: said, publishedAt: at('10:00', '24') })])
  await say(toots, [aPost('uri:copy', { text: said, publishedAt: at('10:05', '24') })])
  const whole = await drawn(anonymous, { from: at('09:00', '24'), to: at('12:00', '24') })
  expect(placesOf(whole.digest)).toHaveLength(1)
  expect(whole.plain.replace(/\s+/g, ' ').match(/surprised twice/g)).toHaveLength(1)
  const later = await drawn(anonymous, { from: at('10:02', '24'), to: at('12:00', '24') })
  expect(later.empty).toBe(true)
})

test('a long conversation is folded, and one that goes on says so', async () => {
  await say(
    channel,
    burst(at('10:00')).map((post, index) => ({
      ...post,
      externalId: `again-${index}`,
      publishedAt: new Date(at('10:08').getTime() + index * 1000),
    })),
    at('17:45'),
  )
  const { plain } = await drawn(anonymous, { from: at('17:40') })
  expect(plain).toMatch(/Goes on from \d+ messages\./)
  expect(plain).toMatch(/… \d+ more messages/)
})

test('text is wrapped at 72, but addresses are whole; HTML fetches nothing and leads nowhere but where it says', async () => {
  const { plain, markup } = await drawn(member)
  for (const line of plain.split('\n')) expect(line.length <= 72 || /https?:\/\//.test(line), line).toBe(true)
  expect(markup).not.toMatch(/<img|<script|<link|url\(|src=/)
  const hosts = [...markup.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => new URL(href).host)
  expect(new Set(hosts)).toEqual(new Set(['board.example.org', 'example.org', 'cdn.example', 'bugs.example']))
  expect(markup).toContain('A rack')
})

test('a day that fills more than Gmail shows is cut between posts, with the number of the others and the way to them', async () => {
  const long = Array.from({ length: 400 }, (_, index) =>
    aPost(`long ${index}`, { text: `Number ${index}: ${'words '.repeat(80)}`, publishedAt: at('03:00', '23') }),
  )
  await saveBatch(sky.source, sky.holder, aBatch(long), at('03:00', '23'))
  const { digest, markup, plain } = await drawn(anonymous, { from: at('02:00', '23'), to: at('04:00', '23') })
  expect(digest.posts).toBe(400)
  expect(Buffer.byteLength(markup)).toBeLessThan(102 * 1024)
  expect(Buffer.byteLength(markup)).toBeGreaterThan(90 * 1024)
  const [, more] = /(\d+) more on the site/.exec(plain) ?? []
  expect(markup).toContain(`${more} more on the site`)
  const told = plain.match(/Number \d+:/g)?.length ?? 0
  expect(told + Number(more)).toBe(400)
  expect(markup.match(/Number \d+:/g)).toHaveLength(told)
})
