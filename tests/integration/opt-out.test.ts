import { expect, test } from 'vitest'
import { createHttp } from '#connectors/http'
import { requestBy, requestsFor } from '#db/requests'
import { saveBatch } from '#db/save-batch'
import { getTimeline } from '#db/timeline'
import { listWithholdings } from '#db/withholdings'
import { choicesFor, decide } from '#lib/consent/decide'
import { askToBeLeftOut, checkProof, leaveToOwner, reportPost, whereToProve } from '#lib/consent/opt-out'
import { whomMeans } from '#lib/consent/whom'
import { testDatabase } from '#tests/support/database'
import { aBatch, ada, aPost, heldSource } from '#tests/support/post'
import { serve } from '#tests/support/server'

testDatabase()
const NOW = new Date('2026-11-22T18:00:00.000Z')
const anonymous = { role: 'anonymous' } as const
const owner = { role: 'owner' } as const
const http = createHttp({ userAgent: 'Backplane/test (tests)', trustedHosts: ['127.0.0.1'] })

async function shown() {
  const { entries } = await getTimeline(owner, { limit: 200 })
  return entries.flatMap((entry) => entry.posts)
}
const ids = async () => (await shown()).map(({ externalId }) => externalId)
const idOf = async (externalId: string) => (await shown()).find((post) => post.externalId === externalId)?.id ?? 0

/** A server of the fediverse with one account, whose bio may be changed. */
async function fediverse() {
  const server = await serve({})
  const bio = (note: string, fields: { name: string; value: string }[] = []) => {
    const account = { id: '7', acct: 'eve', url: `${server.origin}/@eve`, note, fields }
    server.routes['/api/v1/accounts/lookup'] = ({ url }) =>
      url.searchParams.get('acct') === 'eve' ? { body: account } : { status: 404, body: { error: 'Record not found' } }
    server.routes['/api/v1/accounts/7'] = { body: account }
  }
  server.routes['/api/v2/instance'] = { body: { domain: server.host } }
  bio('<p>hello</p>')
  const eve = { ...ada, id: `eve@${server.host}`, name: 'Eve', handle: `@eve@${server.host}`, url: `${server.origin}/@eve` }
  const said = (n: number) => aPost(`${server.origin}/users/eve/statuses/${n}`, { author: eve, url: `${server.origin}/@eve/${n}` })
  return { server, bio, said, eve }
}

const ask = async (address: string, wish: 'author' | 'post' = 'author', words = '') => {
  const kept = await askToBeLeftOut({ address, wish, words }, anonymous, NOW)
  if (!kept || kept === 'nothing') throw new Error(`not kept: ${kept}`)
  return kept
}

test('a page to which the profile links proves it as well, by its head, where no comment of somebody else stands', async () => {
  const { server, bio, said } = await fediverse()
  const { source, holder } = await heldSource('fediverse of pages', { platform: 'mastodon' })
  await saveBatch(source, holder, aBatch([said(1)]), NOW)
  const asked = await ask(`${server.origin}/@eve`)
  const page = (head: string, body = '') => ({
    headers: { 'content-type': 'text/html' },
    body: `<html><head>${head}</head><body>${body}</body></html>`,
  })
  const tag = `<meta name="backplane-opt-out" content="${asked.code}">`
  bio('<p>hello</p>', [
    { name: 'home', value: `<a href="${server.origin}/away" rel="me">gone</a> <a href="${server.origin}/home" rel="me">home</a>` },
  ])
  server.routes['/home'] = page('<title>Home</title>', `<p>${asked.code}</p><div>${tag}</div>`)
  expect(await checkProof(asked.code, http, NOW)).toBe('not-yet')
  server.routes['/home'] = page(tag.replace(asked.code, 'backplane-another'))
  expect(await checkProof(asked.code, http, NOW)).toBe('not-yet')
  server.routes['/unlinked'] = page(tag)
  expect(await checkProof(asked.code, http, NOW)).toBe('not-yet')
  server.routes['/home'] = page(tag)
  expect(await checkProof(asked.code, http, NOW)).toBe('done')
  expect(await ids()).not.toContain(`${server.origin}/users/eve/statuses/1`)
})

test('who puts the code into their profile is left out, for past and future; without the code, or for somebody else, nothing happens', async () => {
  const { server, bio, said } = await fediverse()
  const { source, holder } = await heldSource('fediverse', { platform: 'mastodon' })
  await saveBatch(source, holder, aBatch([said(1), said(2), aPost('others')]), NOW)
  const asked = await ask(`${server.origin}/@eve`)
  expect(asked).toMatchObject({ state: 'proving', kind: 'author', platform: 'mastodon' })
  expect(whereToProve(asked)).toMatch(/Mastodon profile/)
  expect(await checkProof(asked.code, http, NOW)).toBe('not-yet')
  const nobody = await ask(`${server.origin}/@nobody`)
  expect(await checkProof(nobody.code, http, NOW)).toBe('nobody')
  expect(await checkProof('backplane-guessed', http, NOW)).toBe('unknown')
  expect(await ids()).toHaveLength(3)

  bio(`<p>hello, <span>${asked.code}</span></p>`)
  expect(await checkProof(asked.code, http, NOW)).toBe('done')
  expect(await ids()).toEqual(['others'])
  await saveBatch(source, holder, aBatch([said(1), said(3)]), NOW)
  expect(await ids()).toEqual(['others'])
  expect(await requestBy(asked.code)).toMatchObject({ state: 'done', words: '', handle: '' })
  expect(await checkProof(asked.code, http, NOW)).toBe('done')
  await server.close()
})

test('one post is withheld by its author’s proof, and by nobody else’s', async () => {
  const { server, bio, said } = await fediverse()
  const { source, holder } = await heldSource('fediverse', { platform: 'mastodon' })
  await saveBatch(
    source,
    holder,
    aBatch([said(1), said(2), aPost('not theirs', { author: { ...ada, url: `${server.origin}/@eve` } })]),
    NOW,
  )
  const other = await ask(`/p/${await idOf('not theirs')}`, 'post')
  bio(`<p>${other.code}</p>`)
  expect(await checkProof(other.code, http, NOW)).toBe('not-theirs')
  const own = await ask(`${server.origin}/@eve/1`, 'post')
  expect(own).toMatchObject({ state: 'proving', kind: 'post', key: said(1).externalId })
  bio(`<p>${own.code}</p>`)
  expect(await checkProof(own.code, http, NOW)).toBe('done')
  await saveBatch(source, holder, aBatch([said(1)]), NOW)
  expect(await ids()).toEqual(expect.arrayContaining([said(2).externalId, 'not theirs']))
  expect(await ids()).not.toContain(said(1).externalId)
  await server.close()
})

test('a site is left out with all that stands below what was proved, by the head of its page', async () => {
  await using site = await serve({})
  const feed = await heldSource('a blog')
  const post = (path: string) =>
    aPost(path, { url: `${site.origin}${path}`, author: { ...ada, url: `${site.origin}${path.slice(0, -1)}` } })
  await saveBatch(feed.source, feed.holder, aBatch([post('/~ada/1'), post('/~bob/1')]), NOW)
  const asked = await ask(`${site.origin}/~ada/`)
  expect(asked).toMatchObject({ state: 'proving', kind: 'server', platform: 'feed' })
  site.routes['/~ada/'] = {
    headers: { 'content-type': 'text/html' },
    body: `<html><head><meta name="backplane-opt-out" content="${asked.code}"></head></html>`,
  }
  expect(await checkProof(asked.code, http, NOW)).toBe('done')
  expect(await ids()).toContain('/~bob/1')
  expect(await ids()).not.toContain('/~ada/1')
  site.routes['/~ada/'] = { status: 503 }
  const again = await ask(`${site.origin}/~ada/`)
  expect(await checkProof(again.code, http, NOW)).toBe('unreadable')
})

test('where nothing can be proved an owner decides, and only an owner sees what was asked', async () => {
  const { source, holder } = await heldSource('a channel', { platform: 'irc' })
  const nick = { ...ada, id: 'example/carol', name: 'carol', handle: 'carol', url: null }
  await saveBatch(source, holder, aBatch([aPost('line', { author: nick })]), NOW)
  const asked = await ask('carol on #a-channel', 'author', 'it was me')
  expect(asked).toMatchObject({ state: 'open', words: 'it was me' })
  // Its address, and the workspace's, are no sites of theirs.
  expect(await ask('https://example.slack.com/archives/C123ABC/p1')).toMatchObject({ state: 'open' })
  expect(await requestsFor(anonymous)).toEqual({ open: [], decided: [] })
  expect(await requestsFor({ role: 'member' })).toEqual({ open: [], decided: [] })
  const [choice] = await choicesFor(asked)
  expect(choice).toMatchObject({ what: { kind: 'author', platform: 'irc', key: 'example/carol' } })
  expect(await decide(asked.id, JSON.stringify(choice?.what), { role: 'member' }, NOW)).toBe(false)
  expect(await ids()).toContain('line')
  expect(await decide(asked.id, JSON.stringify(choice?.what), owner, NOW)).toBe(true)
  expect(await ids()).not.toContain('line')
  expect((await listWithholdings()).find(({ key }) => key === 'example/carol')).toMatchObject({ why: 'asked' })

  const { server } = await fediverse()
  const left = await ask(`${server.origin}/@eve`)
  await leaveToOwner(left.code, NOW)
  expect((await requestsFor(owner)).open.map(({ id }) => id)).toContain(left.id)
  expect(await decide(left.id, null, owner, NOW)).toBe(true)
  expect(await requestBy(left.code)).toMatchObject({ state: 'refused' })
  await server.close()
})

test('a report reaches the owner, of what its reader can see', async () => {
  const { source, holder } = await heldSource('reported')
  await saveBatch(source, holder, aBatch([aPost('spam'), aPost('private', { audience: 'members' })]), NOW)
  expect(await reportPost(await idOf('private'), 'spam!', anonymous, NOW)).toBeNull()
  expect(await reportPost(987_654_321, 'spam!', anonymous, NOW)).toBeNull()
  const report = await reportPost(await idOf('spam'), 'spam!', anonymous, NOW)
  expect(report).toMatchObject({ kind: 'report', state: 'open', words: 'spam!' })
  const [post, author] = report ? await choicesFor(report) : []
  expect([post?.what.kind, author?.what.kind]).toEqual(['post', 'author'])
  if (report) await decide(report.id, JSON.stringify(post?.what), owner, NOW)
  expect(await ids()).not.toContain('spam')
})

test('an anonymous reader is not told whether a members’ post is there by asking for it to be withheld', async () => {
  const { source, holder } = await heldSource('members only')
  await saveBatch(
    source,
    holder,
    aBatch([aPost('secret', { audience: 'members', author: { ...ada, url: 'https://secret.example/' } })]),
    NOW,
  )
  const there = await ask(`/p/${await idOf('secret')}`, 'post')
  const nowhere = await ask('/p/987654321', 'post')
  const plain = ({ state, platform, key, handle, kind }: typeof there) => ({ state, platform, key, handle, kind })
  expect(plain(there)).toEqual(plain(nowhere))
})

test('an owner names a post, an author or a server, and is told where words may mean several', async () => {
  const { source, holder } = await heldSource('named', { platform: 'mastodon' })
  const one = { ...ada, id: 'same@one.example', name: 'Same', handle: '@same@one.example', url: 'https://one.example/@same' }
  const two = { ...one, id: 'same@two.example', handle: '@same@two.example', url: 'https://two.example/@same' }
  await saveBatch(
    source,
    holder,
    aBatch([aPost('n:1', { author: one, url: 'https://one.example/n/1' }), aPost('n:2', { author: two })]),
    NOW,
  )
  const kinds = async (written: string) => (await whomMeans(written)).map(({ what }) => `${what.kind} ${what.key}`)
  expect(await kinds('https://one.example/n/1')).toEqual(['post n:1'])
  expect(await kinds(`/p/${await idOf('n:1')}`)).toEqual(['post n:1'])
  expect(await kinds('@same@one.example')).toEqual(['author same@one.example'])
  expect(await kinds('Same')).toEqual(['author same@one.example', 'author same@two.example'])
  expect(await kinds('spam.example')).toEqual(['server spam.example'])
  expect(await kinds('nobody at all')).toEqual([])
})
