import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { linkAccounts, unlinkAccount } from '#db/account-links'
import { accountLinks, accountProfiles, keptApart, people } from '#db/people-schema'
import { keepProfile, personCalled, personPages, profilesAround } from '#db/person-accounts'
import type { Person } from '#db/post'
import { saveBatch } from '#db/save-batch'
import { plainAddress, provenBy, slugOf } from '#lib/accounts/account-proofs'
import { builtPages } from '#tests/support/build'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { get, startWeb } from '#tests/support/web'

const database = testDatabase()
const owner = { role: 'owner' } as const
const anonymous = { role: 'anonymous' } as const
const toot = 'mastodon:ada@social.example'
const skeet = 'bluesky:did:plc:ada'
const post = 'reddit:u/ada_r'
const secret = 'slack:T1/U1'
const proof = { kind: 'verified-link', seenAt: 'https://social.example/@ada' } as const

const person = (id: string, name: string): Person => ({ ...ada, id, name, handle: `@${id}` })

beforeAll(async () => {
  await builtPages()
  const said = async (platform: string, id: string, text: string, change = {}) => {
    const { source, holder } = await heldSource(`a place on ${platform}`, { platform, firstReadAt: new Date(0) })
    const author = person(id, `Ada on ${platform}`)
    await saveBatch(
      source,
      holder,
      aBatch([aPost(`${platform}:1`, { author, text, publishedAt: new Date(Date.now() - 60_000), ...change })]),
      new Date(),
    )
  }
  await said('mastodon', 'ada@social.example', 'said there')
  await said('bluesky', 'did:plc:ada', 'said elsewhere')
  await said('reddit', 'u/ada_r', 'said in a third place')
  await said('slack', 'T1/U1', 'said among members', { audience: 'members' })
}, 300_000)
beforeEach(async () => {
  await database.db.delete(people)
  await database.db.delete(keptApart)
  await database.db.delete(accountLinks)
  await database.db.delete(accountProfiles)
})

const profile = (key: string, addresses: string[], links: { url: string; verified: boolean }[]) => ({
  ...{ platform: key.slice(0, key.indexOf(':')), accountId: key.slice(key.indexOf(':') + 1) },
  ...{ addresses, links, lookedUpAt: new Date() },
})

test('a verified link, a domain that is both’s, or links in both directions prove it; one unverified link and like names do not', () => {
  const here = ['social.example/@ada']
  const there = ['bsky.app/profile/did:plc:ada', 'bsky.app/profile/ada.example.org', 'ada.example.org']
  const link = (url: string, verified: boolean) => ({ url, verified })
  const between = (forth: ReturnType<typeof link>[], back: ReturnType<typeof link>[]) =>
    provenBy(profile(toot, here, forth), profile(skeet, there, back))?.proof.kind ?? null
  expect(between([link('bsky.app/profile/ada.example.org', true)], [])).toBe('verified-link')
  expect(between([link('ada.example.org', true)], [])).toBe('domain')
  expect(between([link('ada.example.org', false)], [link('social.example/@ada', false)])).toBe('mutual-links')
  expect(between([link('ada.example.org', false)], [])).toBeNull()
  expect(between([], [link('social.example/@ada', false)])).toBeNull()
  expect(between([], [])).toBeNull()
  expect(provenBy(profile(toot, here, [link('social.example/@ada', true)]), profile(toot, here, []))).toBeNull()
})

test('addresses are compared as they are meant', () => {
  expect(plainAddress('https://WWW.Ada.Example.org/')).toBe('ada.example.org')
  expect(plainAddress('https://social.example/@Ada/?a=b#c')).toBe('social.example/@ada')
  expect(plainAddress('mailto:ada@example.org')).toBeNull()
  expect([slugOf('Ada Éxample!'), slugOf('…')]).toEqual(['ada-example', 'somebody'])
})

test('profiles that name each other find each other', async () => {
  await keepProfile(profile(skeet, ['bsky.app/profile/did:plc:ada', 'ada.example.org'], []))
  await keepProfile(profile(post, ['reddit.com/user/ada_r'], []))
  const mine = profile(toot, ['social.example/@ada'], [{ url: 'ada.example.org', verified: true }])
  await keepProfile(mine)
  expect((await profilesAround(mine)).map(({ platform }) => platform).sort()).toEqual(['bluesky', 'mastodon'])
  const theirs = profile(skeet, ['ada.example.org'], [])
  expect((await profilesAround(theirs)).map(({ platform }) => platform).sort()).toEqual(['bluesky', 'mastodon'])
})

test('what is proved of two is true of all that are theirs; two of one name have two pages', async () => {
  expect(await linkAccounts(toot, skeet, proof, 'ada')).toBe(true)
  expect(await linkAccounts(toot, skeet, proof, 'ada')).toBe(false)
  expect(await linkAccounts(skeet, post, proof, 'other')).toBe(true)
  const found = await personCalled(anonymous, 'ada')
  expect(found?.accounts.map(({ key }) => key).sort()).toEqual([skeet, toot, post].sort())
  expect(found?.accounts[0]?.proof).toMatchObject(proof)
  expect(await linkAccounts('mastodon:x@a.example', 'mastodon:x@b.example', proof, 'ada')).toBe(true)
  // Nothing of them is here: there is no page of theirs to see.
  expect(await personCalled(owner, 'ada-2')).toBeNull()
  expect(await linkAccounts('mastodon:x@a.example', post, proof, 'ada')).toBe(true)
  expect(await database.db.$count(people)).toBe(1)
})

test('who is taken apart by hand stays apart, also by another way round', async () => {
  await linkAccounts(toot, skeet, proof, 'ada')
  await linkAccounts(skeet, post, proof, 'ada')
  expect(await unlinkAccount(post)).toBe(true)
  expect(await linkAccounts(post, toot, proof, 'ada')).toBe(false)
  expect(await linkAccounts(skeet, post, proof, 'ada')).toBe(false)
  expect((await personCalled(owner, 'ada'))?.accounts).toHaveLength(2)
  expect(await unlinkAccount(skeet)).toBe(true)
  expect(await personCalled(owner, 'ada')).toBeNull()
  expect(await database.db.$count(people)).toBe(0)
  expect(await unlinkAccount('mastodon:nobody')).toBe(false)
})

test('an account of which a reader may see nothing is not told, nor one that is shown through it alone', async () => {
  await linkAccounts(toot, secret, proof, 'ada')
  expect(await personCalled(anonymous, 'ada')).toBeNull()
  expect((await personCalled(owner, 'ada'))?.accounts).toHaveLength(2)
  expect((await personPages(anonymous, [toot])).size).toBe(0)
  await linkAccounts(secret, skeet, proof, 'ada')
  expect(await personCalled(anonymous, 'ada')).toBeNull()
})

test('a person has a page with all they said; muting one account mutes the person; only the owner takes them apart', async () => {
  await linkAccounts(toot, skeet, proof, 'ada')
  await linkAccounts(toot, secret, proof, 'ada')
  const web = await startWeb({ DATABASE_URL: database.url })
  try {
    const bearer = { authorization: `Bearer ${readFileSync(join(web.dataDir, 'owner-key'), 'utf8').trim()}` }
    const { status, text } = await get(web.port, '/people/ada')
    expect(status).toBe(200)
    expect(text).toContain('said there')
    expect(text).toContain('said elsewhere')
    expect(text).not.toMatch(/said in a third place|said among members|slack/i)
    expect(text).toContain('its profile links to their page, which links back')
    expect((await get(web.port, '/people/ada', bearer)).text).toContain('said among members')
    expect((await get(web.port, '/people/nobody')).status).toBe(404)
    const mute = await get(web.port, `/mute?person=${encodeURIComponent(toot)}&name=Ada`)
    expect(mute.text).toContain(skeet)
    expect(mute.text).not.toContain(secret)
    const unlink = (headers: { [name: string]: string }) => {
      const body = `account=${encodeURIComponent(skeet)}&back=${encodeURIComponent('/people/ada')}`
      return get(web.port, '/people/unlink', { 'content-length': String(body.length), ...headers }, 'POST', body)
    }
    expect((await unlink({})).status).toBe(403)
    expect(await unlink(bearer)).toMatchObject({ status: 303, headers: { location: '/people/ada' } })
    expect((await get(web.port, '/people/ada')).status).toBe(404)
  } finally {
    await web.stop()
  }
}, 60_000)
