import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createHttp } from '#connectors/http'
import { type AccountClaim, claimsOf } from '#db/account-claims'
import { linkAccounts, unlinkAccount } from '#db/account-links'
import { accounts } from '#db/account-schema'
import { deleteAccount, inviteAccount } from '#db/accounts'
import { deleteAgain } from '#db/deletions'
import { accountClaims, accountLinks, keptApart, people, personAccounts } from '#db/people-schema'
import { personCalled } from '#db/person-accounts'
import { saveBatch } from '#db/save-batch'
import { accountExport } from '#lib/accounts/account-export'
import { beginClaim, checkClaim, recheckClaims, takeBackClaim, whereToClaim } from '#lib/accounts/own-claims'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { type Answer, type Asked, serve } from '#tests/support/server'

/** Members prove which accounts elsewhere are theirs, against a stand-in for a server of the fediverse and lines as IRC tells them. */
const database = testDatabase()
const http = createHttp({ userAgent: 'Backplane/test (tests)', trustedHosts: ['127.0.0.1'] })
const reach = { http, signal: new AbortController().signal }
const anonymous = { role: 'anonymous' } as const
const DAY = 86_400_000

/** What each account's profile says, by name; each test says what of it. */
let bios: { [name: string]: string }
/** Who has the name by now. */
let renamed: { [name: string]: string } = {}
let isDown = false
let page = ''
const server = await serve({ '*': answer })
afterAll(() => server.close())

function answer({ url }: Asked): Answer {
  if (isDown) return { status: 503, body: 'down' }
  if (url.pathname === '/api/v2/instance') return { body: { domain: server.host } }
  if (url.pathname === '/home') return { headers: { 'content-type': 'text/html' }, body: `<html><head>${page}</head><body></body></html>` }
  const name = url.searchParams.get('acct') ?? /^\/api\/v1\/accounts\/(\w+)$/.exec(url.pathname)?.[1] ?? ''
  const note = bios[name]
  return note === undefined
    ? { status: 404, body: { error: 'Record not found' } }
    : { body: { id: name, acct: renamed[name] ?? name, url: `${server.origin}/@${name}`, note: `<p>${note}</p>`, fields: [] } }
}

const keyOf = (name: string) => `mastodon:${name}@${server.host}`
const chat = 'irc:libera/=ada'
let mara = ''
let olga = ''
let said = 0

async function say(platform: string, id: string, text: string, change = {}): Promise<string> {
  const { source, holder } = await heldSource(`a place on ${platform} ${said}`, { platform, firstReadAt: new Date(0) })
  const externalId = `${platform}:${said++}`
  const author = { ...ada, id, name: `Ada on ${platform}`, handle: id }
  await saveBatch(source, holder, aBatch([aPost(externalId, { author, text, publishedAt: new Date(), ...change })]), new Date())
  return externalId
}

beforeAll(async () => {
  await say('mastodon', `ada@${server.host}`, 'said there')
  await say('mastodon', `other@${server.host}`, 'said elsewhere')
  await say('mastodon', `third@${server.host}`, 'said in a third place')
  await say('irc', 'libera/=ada', 'said in the channel')
})
beforeEach(async () => {
  for (const table of [people, keptApart, accountLinks, accountClaims, accounts]) await database.db.delete(table)
  await inviteAccount('owner@board.example', 'owner')
  mara = (await inviteAccount('mara@board.example', 'member')).id
  olga = (await inviteAccount('olga@board.example', 'member')).id
  bios = { ada: 'HPC', other: 'HPC', third: 'HPC' }
  renamed = {}
  isDown = false
  page = ''
})

const begin = async (written: string, member = mara, now = new Date()): Promise<AccountClaim> => {
  const claim = await beginClaim(member, written, http, now)
  if (typeof claim === 'string') throw new Error(`not begun: ${claim}`)
  return claim
}
const check = (claim: AccountClaim, member = mara, now = new Date()) => checkClaim(member, claim.id, http, now)
/** Begins and proves by the profile. */
async function prove(name: string, member = mara): Promise<AccountClaim> {
  const claim = await begin(`${server.origin}/@${name}`, member)
  bios[name] = `HPC ${claim.code}`
  expect(await check(claim, member)).toBe('proved')
  return claim
}
const keys = async (slug = 'ada') => (await personCalled(anonymous, slug))?.accounts.map(({ key }) => key).sort() ?? null

test('who puts the code into two profiles is one person under both, with the proof to be seen; one alone links nobody', async () => {
  const claim = await begin(`${server.origin}/@ada`)
  expect(claim).toMatchObject({ platform: 'mastodon', authorId: `ada@${server.host}`, provenAt: null })
  expect(whereToClaim(claim)).toMatchObject({ where: expect.stringContaining('Mastodon profile'), isSaid: false })
  expect(await check(claim)).toBe('not-yet')
  bios.ada = `HPC ${claim.code}`
  expect(await check(claim)).toBe('proved')
  expect(await keys()).toBeNull()
  await prove('other')
  expect(await keys()).toEqual([keyOf('ada'), keyOf('other')])
  const person = await personCalled(anonymous, 'ada')
  expect(person?.accounts.map(({ proof }) => proof)).toEqual(
    expect.arrayContaining([{ kind: 'claim', seenAt: `${server.origin}/@ada`, with: keyOf('other') }]),
  )
})

test('a page to which the profile links proves it by its head', async () => {
  const claim = await begin(`${server.origin}/@ada`)
  bios.ada = `<a href="${server.origin}/home">home</a>`
  page = '<title>Home</title>'
  expect(await check(claim)).toBe('not-yet')
  page = whereToClaim(claim).tag ?? ''
  expect(await check(claim)).toBe('proved')
  expect((await claimsOf(mara))[0]).toMatchObject({ seenIn: 'page' })
})

test('a post of the account that says the code alone proves it; one that has it among other words, or came before, does not', async () => {
  const claim = await begin(`${server.origin}/@ada`)
  await say('mastodon', `ada@${server.host}`, `look at this: ${claim.code}`)
  await say('mastodon', `other@${server.host}`, claim.code)
  expect(await check(claim)).toBe('not-yet')
  const externalId = await say('mastodon', `ada@${server.host}`, claim.code)
  await database.db.execute(`update account_claims set at = now() + interval '1 hour'`)
  expect(await check(claim)).toBe('not-yet')
  await database.db.execute(`update account_claims set at = now() - interval '1 hour'`)
  expect(await check(claim)).toBe('proved')
  expect((await claimsOf(mara))[0]).toMatchObject({ seenIn: 'post', post: externalId, seenAt: expect.stringMatching(/^\/p\/\d+$/) })
})

test('an account of NickServ is proved by the code that is said under it; by the nick alone, never', async () => {
  const claim = await begin('Ada on Libera')
  expect(claim).toMatchObject({ platform: 'irc', authorId: 'libera/=ada', who: null })
  expect(whereToClaim(claim)).toMatchObject({ isSaid: true, where: expect.stringContaining('identified to NickServ') })
  // Both speak in one stretch of one channel.
  const conversation = { key: 'libera/#hpc', title: '#hpc', silenceMinutes: 20 }
  await say('irc', 'libera/=ada', 'hello', { conversation })
  await say('irc', 'libera/ada', claim.code, { conversation })
  expect(await check(claim)).toBe('not-yet')
  await say('irc', 'libera/=ada', claim.code, { audience: 'members' })
  expect(await check(claim)).toBe('proved')
  // Only members could see it said.
  expect((await claimsOf(mara))[0]).toMatchObject({ seenIn: 'post', seenAt: null })
  await prove('ada')
  expect(await keys()).toEqual([chat, keyOf('ada')])
  expect((await personCalled(anonymous, 'ada'))?.accounts.find(({ key }) => key === chat)?.proof.kind).toBe('nickserv')
})

test.each([
  ['irc://irc.libera.chat/ada,isuser', 'libera/=ada'],
  ['irc://libera/Ada', 'libera/=ada'],
  ['NickServ account ada on OFTC', 'oftc/=ada'],
])('%s is an account of a network', async (written, authorId) => {
  expect(await begin(written)).toMatchObject({ platform: 'irc', authorId })
})

test('an old code, another’s claim, and an account that is not there prove nothing', async () => {
  const claim = await begin(`${server.origin}/@ada`)
  bios.ada = claim.code
  expect(await check(claim, mara, new Date(Date.now() + 3 * DAY))).toBe('expired')
  expect(await check(claim, olga)).toBe('unknown')
  renamed = { ada: 'somebody' }
  expect(await check(claim)).toBe('nobody')
  renamed = {}
  // A new code takes the place of the old one.
  const again = await begin(`${server.origin}/@ada`)
  expect(again.code).not.toBe(claim.code)
  expect(await check(again)).toBe('not-yet')
  expect(await beginClaim(mara, `${server.origin}/@nobody`, http, new Date())).toBe('nobody')
  expect(await beginClaim(mara, 'what is this', http, new Date())).toBe('unknown')
  expect(await beginClaim(mara, '  ', http, new Date())).toBe('nothing')
  isDown = true
  expect(await beginClaim(mara, `${server.origin}/@other`, http, new Date())).toBe('unreadable')
})

test('nobody claims what somebody else proved, though both had a code', async () => {
  const hers = await begin(`${server.origin}/@ada`, olga)
  await prove('ada')
  expect(await beginClaim(olga, `${server.origin}/@ada`, http, new Date())).toBe('theirs')
  bios.ada += ` ${hers.code}`
  expect(await check(hers, olga)).toBe('theirs')
  await prove('other', olga)
  expect(await keys()).toBeNull()
})

test('proof is looked for once a day: what is gone counts no more, who cannot be asked does for a week', async () => {
  await prove('ada')
  await prove('other')
  server.asked.length = 0
  expect(await recheckClaims(reach, new Date())).toBe(0)
  expect(server.asked).toHaveLength(0)
  expect(await recheckClaims(reach, new Date(Date.now() + 1.1 * DAY))).toBe(0)
  expect(await keys()).toHaveLength(2)
  isDown = true
  expect(await recheckClaims(reach, new Date(Date.now() + 4 * DAY))).toBe(0)
  expect(await keys()).toHaveLength(2)
  isDown = false
  bios.other = 'HPC'
  expect(await recheckClaims(reach, new Date(Date.now() + 6 * DAY))).toBe(1)
  expect(await keys()).toBeNull()
  expect((await claimsOf(mara)).map(({ provenAt }) => provenAt !== null)).toEqual([true, false])
  isDown = true
  expect(await recheckClaims(reach, new Date(Date.now() + 20 * DAY))).toBe(1)
})

test('a post that proved it and is deleted proves it no more', async () => {
  const claim = await begin('ada on Libera')
  const key = await say('irc', 'libera/=ada', claim.code)
  expect(await check(claim)).toBe('proved')
  expect(await recheckClaims(reach, new Date(Date.now() + 1.1 * DAY))).toBe(0)
  await deleteAgain([{ kind: 'post', platform: 'irc', key, at: new Date() }])
  expect(await recheckClaims(reach, new Date(Date.now() + 2.2 * DAY))).toBe(1)
})

test('who takes an account back is unlinked at once, whatever profiles say, and may link it again; the rest stay together', async () => {
  const [first, second] = [await prove('ada'), await prove('other')]
  await prove('third')
  await linkAccounts(keyOf('ada'), keyOf('other'), { kind: 'mutual-links', seenAt: null }, 'ada')
  expect(await keys()).toHaveLength(3)
  expect(await takeBackClaim(olga, first.id)).toBe('ended')
  expect(await keys()).toHaveLength(3)
  expect(await takeBackClaim(mara, first.id)).toBe('unlinked')
  expect(await keys()).toEqual([keyOf('other'), keyOf('third')])
  expect(await linkAccounts(keyOf('ada'), keyOf('other'), { kind: 'mutual-links', seenAt: null }, 'ada')).toBe(false)
  await prove('ada')
  expect(await keys()).toHaveLength(3)
  // What an owner took apart is the owner's to put together.
  await unlinkAccount(keyOf('other'))
  expect(await takeBackClaim(mara, second.id)).toBe('unlinked')
  await prove('other')
  expect(await keys()).toEqual([keyOf('ada'), keyOf('third')])
})

test('without a claim, what is proved otherwise stays: two people who were one by it are two again', async () => {
  const other = { kind: 'mutual-links', seenAt: 'https://example.org/' } as const
  await linkAccounts(keyOf('ada'), chat, other, 'ada')
  await linkAccounts(keyOf('other'), keyOf('third'), other, 'other')
  await prove('ada')
  const claim = await prove('other')
  expect(await keys()).toHaveLength(4)
  bios.other = 'HPC'
  await recheckClaims(reach, new Date(Date.now() + 1.1 * DAY))
  expect(await keys()).toEqual([chat, keyOf('ada')])
  expect(await keys('ada-2')).toEqual([keyOf('other'), keyOf('third')])
  expect((await personCalled(anonymous, 'ada-2'))?.accounts.every(({ proof }) => proof.kind === 'mutual-links')).toBe(true)
  expect((await claimsOf(mara)).find(({ id }) => id === claim.id)?.provenAt).toBeNull()
})

test('an account that is deleted leaves nothing of what it claimed; what it downloads names it all, without a code', async () => {
  const claim = await prove('ada')
  await prove('other')
  const exported = JSON.stringify(await accountExport(mara))
  expect(exported).toContain(`${server.origin}/@ada`)
  expect(exported).not.toContain(claim.code)
  expect(await deleteAccount(mara)).toBe(true)
  for (const table of [accountClaims, personAccounts, people, accountLinks]) expect(await database.db.$count(table)).toBe(0)
})
