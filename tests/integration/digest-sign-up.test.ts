import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { subscriptions } from '#db/digest-schema'
import { saveBatch } from '#db/save-batch'
import { encodePreferences, setCookies } from '#lib/reading/preference-cookies'
import { defaultPreferences } from '#lib/reading/preferences'
import { builtPages } from '#tests/support/build'
import { HOST, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { readable, subscribed } from '#tests/support/digest'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { type SmtpStandIn, serveSmtp } from '#tests/support/smtp-server'
import { get, startWeb, type Web } from '#tests/support/web'

/** Asking for a digest, beginning, changing and ending it, with forms alone, as any browser and any mail program does. */
const database = testDatabase()
const DIGEST_RETURNS_TOKEN = 'a-token-for-the-mailbox'
let smtp: SmtpStandIn
let web: Web

beforeAll(async () => {
  await builtPages()
  smtp = await serveSmtp()
  const env = { DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test' }
  await runOwner(['olga@board.example'], env)
  const { source, holder } = await heldSource('Sky', { platform: 'bluesky', firstReadAt: new Date(0) })
  const said = new Date('2026-11-20T12:00:00Z')
  await saveBatch(
    source,
    holder,
    aBatch([aPost('one', { publishedAt: said }), aPost('covered', { publishedAt: said, contentWarning: 'spiders', text: 'legs' })]),
    said,
  )
  web = await startCommunity({ ...env, SMTP_URL: smtp.url, DIGEST_RETURNS_TOKEN })
}, 400_000)

afterAll(async () => {
  await web?.stop()
  await smtp?.close()
})

const ask = (path: string) => get(web.port, path, { host: HOST })
const send = (path: string, form: Record<string, string>, more: Record<string, string> = {}) => {
  const body = new URLSearchParams(form).toString()
  return get(
    web.port,
    path,
    { host: HOST, 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length), ...more },
    'POST',
    body,
  )
}
/** The first that was asked for: an address may ask more often. */
const rowOf = async (address: string) =>
  (await database.db.select().from(subscriptions).where(eq(subscriptions.address, address)).orderBy(subscriptions.createdAt))[0]

async function mailTo(address: string): Promise<string> {
  const mail = await eventually(() => {
    const found = smtp.received.findLast(({ to }) => to === address)
    if (!found) throw new Error(`no mail has come to ${address}`)
    return found
  })
  return readable(mail.raw)
}

test('a digest begins when whoever reads the mailbox presses the button behind the link, and not before', async () => {
  const answer = await send('/digest/ask', {
    address: 'Ada@Example.org',
    every: 'weekdays',
    hour: '6',
    zone: 'Asia/Kathmandu',
    platform: 'bluesky',
    format: 'plain',
    quiet: '1',
  })
  expect([answer.status, answer.headers.location]).toEqual([303, '/digest/mail?asked=1'])
  const [link = ''] = /\/digest\/subscription\?t=[\w-]+/.exec(await mailTo('ada@example.org')) ?? []
  expect((await ask(link)).text).toContain('Yes, send it')
  expect((await rowOf('ada@example.org'))?.confirmedAt).toBe(null)
  await send('/digest/change', { t: link.split('=')[1] ?? '', do: 'confirm' })
  expect(await rowOf('ada@example.org')).toMatchObject({
    every: 'weekdays',
    hour: 6,
    zone: 'Asia/Kathmandu',
    format: 'plain',
    quiet: true,
    name: 'Bluesky',
  })
  expect((await rowOf('ada@example.org'))?.confirmedAt).not.toBe(null)
  expect((await ask(link)).text).toMatch(/It is sent to ada@example\.org, the next/)
})

test('who asks is told the same of an address that gets one already', async () => {
  const known = await send('/digest/ask', { address: 'ada@example.org' })
  const unknown = await send('/digest/ask', { address: 'nobody@example.org' })
  expect([known.status, known.headers.location]).toEqual([unknown.status, unknown.headers.location])
})

test('nonsense is answered with a sentence, and an alert for everything is not taken', async () => {
  expect((await send('/digest/ask', { address: 'no address' })).headers.location).toBe('/digest/mail?problem=address')
  expect((await send('/digest/ask', { address: 'eve@example.org', every: 'at-once' })).headers.location).toBe('/digest/mail?problem=much')
  expect((await ask('/digest/mail?problem=much')).text).toContain('An alert is for a word, a source or a person')
})

test('to look at the link that ends it ends nothing; what a mail program posts does, at once, without a cookie or a redirect', async () => {
  const row = await rowOf('ada@example.org')
  const path = `/unsubscribe?t=${row?.token}`
  const looked = await ask(path)
  expect([looked.status, looked.headers.location]).toEqual([303, `/digest/subscription?t=${row?.token}`])
  expect((await ask(looked.headers.location ?? '')).text).toContain('Unsubscribe')
  expect((await rowOf('ada@example.org'))?.endedAt).toBe(null)
  const pressed = await send(path, { 'List-Unsubscribe': 'One-Click' })
  expect([pressed.status, pressed.headers.location, pressed.headers['set-cookie']]).toEqual([200, undefined, undefined])
  expect(await rowOf('ada@example.org')).toMatchObject({ endedWhy: 'asked' })
  expect((await send('/unsubscribe?t=none', { 'List-Unsubscribe': 'One-Click' })).status).toBe(200)
})

/** A report of a mail that nobody will ever get. */
const bounceOf = (id: string) =>
  `To: bounces+${id}@example.org\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n`

test('a mail that came back is taken from who shows the token, as it is or as JSON, and ends that digest', async () => {
  const handIn = (body: string, headers: Record<string, string>) =>
    get(web.port, '/digest/returned', { host: HOST, 'content-length': String(Buffer.byteLength(body)), ...headers }, 'POST', body)
  const begun = async (address: string) => {
    const { id } = await subscribed(address, new Date())
    return bounceOf(id)
  }
  const [one, two] = [await begun('gone@example.org'), await begun('left@example.org')]
  const mail = { 'content-type': 'message/rfc822' }
  const bearer = { authorization: `Bearer ${DIGEST_RETURNS_TOKEN}` }
  const basic = { authorization: `Basic ${Buffer.from(`hook:${DIGEST_RETURNS_TOKEN}`).toString('base64')}` }
  const json = { 'content-type': 'application/json' }
  for (const headers of [mail, { ...mail, authorization: 'Bearer guess-guess-guess-guess' }])
    expect((await handIn(one, headers)).status).toBe(401)
  expect((await rowOf('gone@example.org'))?.endedAt).toBe(null)
  expect(await handIn(one, { ...mail, ...bearer })).toMatchObject({ status: 200, text: 'A digest ended: its mails come back.\n' })
  expect(await rowOf('gone@example.org')).toMatchObject({ endedWhy: 'bounced' })
  expect((await handIn(JSON.stringify({ message: two }), { ...json, ...basic })).status).toBe(200)
  expect(await rowOf('left@example.org')).toMatchObject({ endedWhy: 'bounced' })
  expect((await handIn('{', { ...json, ...bearer })).status).toBe(400)
  expect((await handIn('Hello', { ...mail, ...bearer })).text).toBe('It says nothing about a digest.\n')
  // More on a bad day than anybody may change.
  for (let time = 0; time < 12; time++) expect((await handIn(one, { ...mail, ...bearer })).status).toBe(200)
})

test('an alert is of a person that its reader starred, and of nobody else', async () => {
  const star = { what: 'person' as const, key: 'bluesky:id:ada', name: 'Ada Example' }
  const values = encodePreferences({ ...defaultPreferences, stars: [star] }) ?? []
  const cookie = setCookies(`https://${HOST}`, values)
    .map((one) => one.split(';')[0])
    .join('; ')
  expect((await ask('/digest/mail')).text).not.toContain('name="person"')
  const page = await get(web.port, '/digest/mail', { host: HOST, cookie })
  expect(page.text).toContain('<option value="bluesky:id:ada">Ada Example</option>')
  const alert = { every: 'at-once', person: star.key }
  expect((await send('/digest/ask', { ...alert, address: 'fan@example.org' }, { cookie })).headers.location).toBe('/digest/mail?asked=1')
  expect(await rowOf('fan@example.org')).toMatchObject({ every: 'at-once', filter: { people: [star.key] }, name: 'Ada Example' })
  const other = await send('/digest/ask', { ...alert, person: 'bluesky:id:bob', address: 'fan@example.org' }, { cookie })
  expect(other.headers.location).toBe('/digest/mail?problem=much')
})

test('without a relay the sign-up says so, and every day’s digest is there as a page, as text and as a feed', async () => {
  const personal = await startWeb({ DATABASE_URL: database.url })
  const look = (path: string) => get(personal.port, path, { host: 'localhost' })
  try {
    expect((await look('/digest/mail')).text).toContain('This instance sends no mail')
    const page = await look('/digest/2026-11-20')
    expect(page.status).toBe(200)
    expect(page.text).toContain('Post one')
    const text = await look('/digest/2026-11-20.txt')
    expect(text.headers['content-type']).toContain('text/plain')
    expect(text.text).toContain('Backplane, Fri 20 Nov: 2 posts')
    expect(text.text).toContain('Covered by its author: spiders')
    expect(text.text).not.toContain('legs')
    expect((await look('/digest.txt')).status).toBe(200)
    const feed = await look('/digest.xml')
    expect(feed.headers['content-type']).toContain('application/rss+xml')
    expect((await look('/digest')).status).toBe(200)
    expect((await look('/digest/2026-02-30')).status).toBe(404)
    expect((await look('/digest/2026-02-30.txt')).status).toBe(404)
  } finally {
    await personal.stop()
  }
})

test('of a personal instance nobody but its owner has anything sent: its mail has what the owner reads', async () => {
  const personal = await startWeb({ DATABASE_URL: database.url, SMTP_URL: smtp.url, MAIL_FROM: 'digest@example.org' })
  try {
    const body = 'address=mallory%40example.org'
    const headers = { host: 'localhost', 'content-length': String(body.length) }
    const { headers: answer } = await get(personal.port, '/digest/ask', headers, 'POST', body)
    expect(answer.location).toBe('/digest/mail?problem=no-mail')
    expect(await rowOf('mallory@example.org')).toBe(undefined)
  } finally {
    await personal.stop()
  }
})
