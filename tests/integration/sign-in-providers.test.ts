import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createHttp } from '#connectors/http'
import { saveBatch } from '#db/save-batch'
import { recheckMembers } from '#lib/accounts/recheck-members'
import { signInProviders } from '#lib/accounts/sign-in-providers'
import { readConfig } from '#lib/config'
import { builtPages } from '#tests/support/build'
import { HOST, PUBLIC_URL, post, runOwner, signedIn, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { type OidcServer, serveOidc } from '#tests/support/oidc-server'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { serveSlack } from '#tests/support/slack-server'
import { get, spawnWeb, type Web } from '#tests/support/web'

/** Members come by the Slack of their community, or by their institute's OpenID provider: both stand-ins of the same kind. */
const database = testDatabase()
const TEAM = 'https://slack.com/team_id'
let slack: OidcServer
let institute: OidcServer
let web: Web
let env: { [name: string]: string }

beforeAll(async () => {
  await builtPages()
  slack = await serveOidc(`${PUBLIC_URL}/auth/callback`)
  institute = await serveOidc(`${PUBLIC_URL}/auth/callback`)
  env = {
    ...{ DATABASE_URL: database.url, AUTH_SECRET: 'a secret that is long enough for a test' },
    ...{ SLACK_ISSUER: slack.issuer, SLACK_CLIENT_ID: slack.client.id, SLACK_CLIENT_SECRET: slack.client.secret, SLACK_TEAM: 'T0HPC' },
    ...{ OIDC_ISSUER: institute.issuer, OIDC_CLIENT_ID: institute.client.id, OIDC_CLIENT_SECRET: institute.client.secret },
    ...{ OIDC_NAME: 'Example Lab', OIDC_DOMAINS: 'lab.example', OIDC_CLAIM: 'groups=hpc', OIDC_SCOPES: 'offline_access' },
  }
  await runOwner(['olga@board.example'], env)
  const room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: new Date(0) })
  await saveBatch(room.source, room.holder, aBatch([aPost('room:1', { title: 'geheimtext', audience: 'members' })]), new Date())
  web = await startCommunity({ ...env, TRUST_PROXY: '1' })
}, 400_000)

afterAll(async () => {
  await web?.stop()
  await Promise.all([slack?.close(), institute?.close()])
})

afterEach(() => {
  for (const provider of [slack, institute])
    Object.assign(provider.behaviour, {
      nonce: '',
      audience: '',
      issuer: '',
      foreignKey: false,
      expired: false,
      silent: false,
      accessSeconds: 600,
    })
})

const member = (sub: string, change = {}) => ({
  sub,
  name: sub,
  email: `${sub}@people.example`,
  email_verified: true,
  [TEAM]: 'T0HPC',
  ...change,
})

/** What the browser keeps of what is set, as it sends it. */
const kept = (setCookie = '') => [...setCookie.matchAll(/(?:^|,)([^=;,\s]+=[^;]*);/g)].map(([, pair]) => pair).join('; ')

/** Presses the button, follows the browser to the provider and back. Returns how it ends, and what is sent from then on. */
async function signInWith(id: string, meanwhile = (_address: URL) => {}) {
  const sent = await post(web.port, '/sign-in/with', { provider: id })
  const url = /url=([^"]+)"/.exec(sent.text)?.[1]?.replaceAll('&amp;', '&')
  if (!url) throw new Error(`it leads nowhere: ${sent.status} ${sent.headers.location}`)
  const there = await fetch(url, { redirect: 'manual' })
  const back = new URL(there.headers.get('location') ?? 'about:blank')
  meanwhile(back)
  const cookie = kept(sent.headers['set-cookie'])
  const done = await get(web.port, back.pathname + back.search, { host: HOST, cookie, 'sec-fetch-site': 'cross-site' })
  return { location: done.headers.location, cookie: kept(done.headers['set-cookie']), back, before: cookie }
}

const reads = async (cookie: string) => (await get(web.port, '/', { host: HOST, cookie })).text.includes('geheimtext')

describe('Sign in with Slack', () => {
  test('makes a member of who belongs to the workspace', async () => {
    slack.signInAs(member('U0ADA'))
    const { location, cookie } = await signInWith('slack')
    expect(location).toBe('/')
    expect(await reads(cookie)).toBe(true)
    expect(slack.refused).toEqual([])
    expect((await get(web.port, '/account', { host: HOST, cookie })).text).toContain('u0ada@people.example')
  })

  test('signs in who did so before, on another device, too', async () => {
    slack.signInAs(member('U0TWICE'))
    const first = (await signInWith('slack')).cookie
    const { location, cookie } = await signInWith('slack')
    expect([location, await reads(first), await reads(cookie)]).toEqual(['/', true, true])
  })

  test.each([
    ['another workspace', member('U0EVE', { [TEAM]: 'T0OTHER' })],
    ['none', member('U0EVE', { [TEAM]: undefined })],
  ])('refuses who belongs to %s, and keeps nothing of them', async (_which, claims) => {
    slack.signInAs(claims)
    const { location, cookie } = await signInWith('slack')
    expect(location).toBe('/sign-in?problem=refused')
    expect(await reads(cookie)).toBe(false)
    expect(await database.db.execute(sql`select 1 from accounts where email like 'u0eve%'`)).toHaveLength(0)
  })

  test.each([
    ['for another request', { nonce: 'another' }],
    ['for another program', { audience: 'another' }],
    ['from another issuer', { issuer: 'https://evil.example' }],
    ['signed by nobody it names', { foreignKey: true }],
    ['that is old', { expired: true }],
  ])('believes no token %s', async (_what, wrong) => {
    slack.signInAs(member('U0BOB'))
    Object.assign(slack.behaviour, wrong)
    const { location, cookie } = await signInWith('slack')
    expect(location).toBe('/sign-in?problem=refused')
    expect(await reads(cookie)).toBe(false)
  })

  test('signs in no browser that did not ask for it, and none twice', async () => {
    slack.signInAs(member('U0CAT'))
    const { back, before } = await signInWith('slack')
    const again = await get(web.port, back.pathname + back.search, { host: HOST, cookie: before })
    expect(again.headers.location).toMatch(/problem=/)
    const { location, cookie } = await signInWith('slack', (address) => address.searchParams.set('state', 'made-up'))
    expect(location).toMatch(/problem=/)
    expect(await reads(cookie)).toBe(false)
    // Somebody else's answer in this browser: they would read, and be known, as another.
    const { before: mine } = await signInWith('slack')
    const fresh = await post(web.port, '/sign-in/with', { provider: 'slack' })
    const url = /url=([^"]+)"/.exec(fresh.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const theirs = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '')
    const crossed = await get(web.port, theirs.pathname + theirs.search, { host: HOST, cookie: mine })
    expect(crossed.headers.location).toMatch(/problem=/)
  })

  test('lets nobody take an owner’s name, whatever a provider calls them', async () => {
    slack.signInAs(member('U0EVE', { email: 'olga@board.example' }))
    const { location, cookie } = await signInWith('slack')
    expect(location).toBe('/sign-in?problem=owner')
    expect(await reads(cookie)).toBe(false)
  })

  test('is the same account as a link to the same mailbox', async () => {
    await signedIn(web, 'mara@people.example', 'member', env)
    slack.signInAs(member('U0MARA', { email: 'Mara@people.example' }))
    expect(await reads((await signInWith('slack')).cookie)).toBe(true)
    expect(await database.db.execute(sql`select 1 from accounts where email = 'mara@people.example'`)).toHaveLength(1)
  })

  test('keeps tokens only so that the database alone opens nothing', async () => {
    const rows = await database.db.execute<{ access_token: string | null }>(sql`select access_token from identities`)
    expect(rows.length).toBeGreaterThan(0)
    for (const { access_token: token } of rows) expect(token).not.toMatch(/^[0-9a-f]{24}$/)
  })
})

describe('an institute’s OpenID provider', () => {
  test.each([
    ['of a verified address of its domain', member('ines', { email: 'ines@lab.example', [TEAM]: undefined }), true],
    ['whose claim says so', member('guest', { groups: ['guests', 'hpc'] }), true],
    ['of an address that nobody verified', member('mallory', { email: 'mallory@lab.example', email_verified: false }), false],
    ['of another domain', member('trudy', { email: 'trudy@lab.example.evil.example' }), false],
  ])('lets in who is %s: %j %s', async (_who, claims, isLetIn) => {
    institute.signInAs(claims)
    const { cookie } = await signInWith('oidc')
    expect(await reads(cookie)).toBe(isLetIn)
    expect(institute.refused).toEqual([])
  })

  test('stands on the page beside the others', async () => {
    const { text } = await get(web.port, '/sign-in', { host: HOST })
    expect(text).toContain('Sign in with Slack')
    expect(text).toContain('Sign in with Example Lab')
  })

  test('that is none leads back', async () => {
    expect((await post(web.port, '/sign-in/with', { provider: 'github' })).headers.location).toBe('/sign-in?problem=failed')
  })
})

describe('who belongs no more', () => {
  test('is noticed within a day, and signed out; who is vouched for by others stays', async () => {
    slack.signInAs(member('U0LEFT'))
    const left = (await signInWith('slack')).cookie
    slack.signInAs(member('U0STAYS'))
    const stays = (await signInWith('slack')).cookie
    const invited = await signedIn(web, 'u0invited@people.example', 'member', env)
    slack.signInAs(member('U0INVITED'))
    await signInWith('slack')
    const person = (id: string, deleted: boolean) => ({ id, name: id, deleted, profile: { display_name: id } })
    const users = [
      person('U0LEFT', true),
      person('U0STAYS', false),
      person('U0INVITED', true),
      person('U0ADA', false),
      person('U0MARA', false),
    ]
    await using workspace = await serveSlack({ token: 'xoxb-right', users })
    const config = readConfig({ NODE_ENV: 'test', MODE: 'community', PUBLIC_URL })
    const given = { ...env, SLACK_BOT_TOKEN: 'xoxb-right', SLACK_API: workspace.api }
    const reach = { http: createHttp({ userAgent: 'test', trustedHosts: ['127.0.0.1'] }), signal: new AbortController().signal }
    const check = (hours: number) =>
      recheckMembers(signInProviders(config, given), config, { reach, now: new Date(Date.now() + hours * 3_600_000) })
    await check(1)
    expect(await reads(left)).toBe(true)
    // The one that another test made, of whom this workspace knows nothing, belongs no more either.
    await check(21)
    expect(await reads(left)).toBe(false)
    expect(await reads(stays)).toBe(true)
    expect(await reads(invited)).toBe(true)
    // Back in the workspace, they are members again.
    slack.signInAs(member('U0LEFT'))
    expect(await reads((await signInWith('slack')).cookie)).toBe(true)
  })

  test('stays a member while the workspace cannot be asked', async () => {
    slack.signInAs(member('U0LATER'))
    const { cookie } = await signInWith('slack')
    await using workspace = await serveSlack({ token: 'xoxb-other' })
    const config = readConfig({ NODE_ENV: 'test', MODE: 'community', PUBLIC_URL })
    const given = { ...env, SLACK_BOT_TOKEN: 'xoxb-right', SLACK_API: workspace.api }
    const reach = { http: createHttp({ userAgent: 'test', trustedHosts: ['127.0.0.1'] }), signal: new AbortController().signal }
    await recheckMembers(signInProviders(config, given), config, { reach, now: new Date(Date.now() + 48 * 3_600_000) })
    expect(await reads(cookie)).toBe(true)
  })
})

describe('who is vouched for by what they signed in with alone', () => {
  const reach = { http: createHttp({ userAgent: 'test', trustedHosts: [] }), signal: new AbortController().signal }
  const ines = (change = {}) => member('ines2', { email: 'ines2@lab.example', ...change })
  const guest = (change = {}) => member('guest2', { groups: ['hpc'], email_verified: false, ...change })
  /** As the worker asks, so many hours from now. */
  const check = (hours: number, given: { [name: string]: string } = env) => {
    const config = readConfig({ NODE_ENV: 'test', MODE: 'community', PUBLIC_URL, ...given })
    return recheckMembers(signInProviders(config, given), config, { reach, now: new Date(Date.now() + hours * 3_600_000) })
  }
  const signInAs = async (claims: ReturnType<typeof member>) => {
    institute.signInAs(claims)
    return (await signInWith('oidc')).cookie
  }

  test('stays a member for as long as the provider says so, also once its first token has ended', async () => {
    const cookie = await signInAs(ines())
    await check(21)
    expect(await reads(cookie)).toBe(true)
    institute.behaviour.accessSeconds = 5
    const short = await signInAs(ines())
    for (const hours of [42, 63, 84]) await check(hours)
    expect(await reads(short)).toBe(true)
    expect(institute.refused).toEqual([])
  })

  test.each([
    ['whose group is another now', guest({ groups: ['guests'] })],
    ['whom it knows no more', null],
  ])('is none any more within a day %s, and is one again who signs in again', async (_who, then) => {
    const cookie = await signInAs(guest())
    institute.knows('guest2', then)
    await check(19)
    expect(await reads(cookie)).toBe(true)
    await check(21)
    expect(await reads(cookie)).toBe(false)
    const [kept] = await database.db.execute(sql`select access_token, refresh_token, id_token from identities where subject = 'guest2'`)
    expect(kept).toEqual({ access_token: null, refresh_token: null, id_token: null })
    const again = await signInAs(guest())
    await check(1)
    expect(await reads(again)).toBe(true)
    institute.refused.length = 0
  })

  test('is a member for a day where it cannot be asked again', async () => {
    institute.behaviour.accessSeconds = 5
    institute.signInAs(guest())
    const { cookie } = await signInWith('oidc')
    await database.db.execute(sql`update identities set refresh_token = null where subject = 'guest2'`)
    await check(19)
    expect(await reads(cookie)).toBe(true)
    await check(24)
    expect(await reads(cookie)).toBe(false)
  })

  test('stays one for a week while the provider is away, and no longer', async () => {
    const cookie = await signInAs(guest())
    const { port } = institute
    const gone = { ...env, OIDC_ISSUER: `http://127.0.0.1:${port === 9 ? 10 : 9}` }
    await check(48, gone)
    expect(await reads(cookie)).toBe(true)
    await check(24 * 7 + 1, gone)
    expect(await reads(cookie)).toBe(false)
  })

  test('is none once nobody asks that provider', async () => {
    const cookie = await signInAs(guest())
    const { OIDC_ISSUER: _1, OIDC_CLIENT_ID: _2, OIDC_CLIENT_SECRET: _3, ...others } = env
    await check(0, others)
    expect(await reads(cookie)).toBe(false)
  })

  test('and by Slack without a bot’s token is asked by their own', async () => {
    slack.signInAs(member('U0OWN'))
    const { cookie } = await signInWith('slack')
    slack.behaviour.accessSeconds = 600
    await check(21)
    expect(await reads(cookie)).toBe(true)
    slack.knows('U0OWN', member('U0OWN', { [TEAM]: 'T0OTHER' }))
    await check(42)
    expect(await reads(cookie)).toBe(false)
  })
})

test('a provider that says nothing keeps nobody from reading, and who would sign in by it is told so in time', async () => {
  institute.behaviour.silent = true
  const quiet = await startCommunity({ ...env, TRUST_PROXY: '1' })
  try {
    const begun = Date.now()
    expect((await get(quiet.port, '/', { host: HOST })).status).toBe(200)
    expect(Date.now() - begun).toBeLessThan(9_000)
    const pressed = await post(quiet.port, '/sign-in/with', { provider: 'oidc' })
    expect(pressed.headers.location).toBe('/sign-in?problem=failed')
    expect(Date.now() - begun).toBeLessThan(25_000)
    institute.behaviour.silent = false
    expect((await post(quiet.port, '/sign-in/with', { provider: 'oidc' })).text).toContain(institute.issuer)
  } finally {
    await quiet.stop()
  }
}, 60_000)

test.each([
  [{ SLACK_CLIENT_ID: 'x' }, /Slack needs SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_TEAM/],
  [{ OIDC_ISSUER: 'https://id.example.org' }, /needed together/],
  [{ OIDC_ISSUER: 'https://id.example.org', OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 'y' }, /Say whom OIDC_ISSUER lets in/],
])('half a setup is named at the start: %o', async (half, sentence) => {
  const failed = spawnWeb({ DATABASE_URL: database.url, MODE: 'community', PUBLIC_URL, ...half })
  expect(await failed.exited).toBe(2)
  expect(failed.errors()).toMatch(sentence)
})
