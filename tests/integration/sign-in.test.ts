import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { HOST, linkIn, linkOf, PUBLIC_URL, post, runOwner, signedIn, signInBy, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { type SmtpStandIn, serveSmtp } from '#tests/support/smtp-server'
import { get, type Web } from '#tests/support/web'

/** A community's instance, asked as through the proxy in front of it. */
const database = testDatabase()
let smtp: SmtpStandIn
let web: Web
let env: { [name: string]: string }
const AUTH_SECRET = 'a secret that is long enough for a test'

beforeAll(async () => {
  await builtPages()
  smtp = await serveSmtp()
  env = { DATABASE_URL: database.url, AUTH_SECRET }
  await runOwner(['olga@board.example'], env)
  const room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: new Date(0) })
  await saveBatch(
    room.source,
    room.holder,
    aBatch([aPost('room:1', { title: 'geheimtext', text: 'geheimtext', audience: 'members' })]),
    new Date(),
  )
  web = await startCommunity({ ...env, SMTP_URL: smtp.url, MEMBERS: 'guest@elsewhere.example, lab.example', TRUST_PROXY: '1' })
}, 400_000)

afterAll(async () => {
  await web?.stop()
  await smtp?.close()
})

const ask = (path: string, cookie = '', headers = {}) => get(web.port, path, { host: HOST, ...(cookie && { cookie }), ...headers })

/** The next mail to this mailbox. */
async function mailTo(address: string): Promise<string> {
  const found = await eventually(() => {
    const mail = smtp.received.findLast(({ to }) => to === address)
    if (!mail) throw new Error(`no mail has come to ${address}`)
    return mail
  })
  smtp.received.length = 0
  return found.raw.replace(/=\r\n/g, '').replace(/=3D/g, '=')
}

describe('who asks for what', () => {
  test.each([
    ['another name', { host: 'evil.example' }, 421],
    ['the address of this computer', { host: '127.0.0.1' }, 421],
    ['another port', { host: `${HOST}:8443` }, 421],
    ['a name that is no name', { host: 'board.example.org/..' }, 421],
    ['its name', { host: HOST }, 200],
    ['its name in capitals, with its port', { host: `${HOST.toUpperCase()}:443` }, 200],
    ['its name, told by the proxy', { host: '127.0.0.1:3000', 'x-forwarded-host': HOST, 'x-forwarded-proto': 'https' }, 200],
  ])('by %s: %o is answered %i', async (_what, headers, status) => {
    expect((await get(web.port, '/keys', headers)).status).toBe(status)
  })

  test('the machine itself may ask how it is, and nothing else', async () => {
    expect((await get(web.port, '/api/health', { host: '127.0.0.1' })).status).not.toBe(421)
    expect((await get(web.port, '/api/health', { host: '127.0.0.1', 'x-forwarded-for': '203.0.113.7' })).status).toBe(421)
  })

  test('the owner’s key of personal mode opens nothing', async () => {
    const { text } = await ask('/?key=whatever')
    expect(text).not.toContain('geheimtext')
  })

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { 'sec-fetch-site': 'same-site' }],
    ['an old browser on another site', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['the same name over http', { 'sec-fetch-site': '', origin: `http://${HOST}` }],
  ])('a form of %s is not taken', async (_who, headers) => {
    const { status } = await post(web.port, '/sign-in/send', { email: 'olga@board.example' }, headers)
    expect(status).toBe(403)
  })
})

describe('a link', () => {
  test('that `npm run owner` prints signs the owner in, once', { timeout: 120_000 }, async () => {
    const { said, code } = await runOwner(['Olga@Board.example'], env)
    expect(code).toBe(0)
    const link = linkIn(said)
    const cookie = await signInBy(web.port, link)
    expect((await ask('/account', cookie)).text).toContain('olga@board.example, an owner')
    await expect(signInBy(web.port, link)).rejects.toThrow('/sign-in?problem=link')
  })

  test('is not used up by who merely looks at it', async () => {
    const link = await linkOf('olga@board.example', 'owner', env)
    for (const headers of [{}, { 'user-agent': 'SafeLinks' }]) {
      const { text, status } = await ask(link, '', headers)
      expect(status).toBe(200)
      expect(text).toContain('action="/sign-in/enter"')
    }
    expect((await get(web.port, link, { host: HOST }, 'HEAD')).headers['set-cookie']).toBeUndefined()
    expect(await signInBy(web.port, link)).toMatch(/^__Host-backplane/)
  })

  test('opens nothing after 15 minutes', async () => {
    const link = await linkOf('olga@board.example', 'owner', env)
    const [row] = await database.db.execute<{ seconds: number }>(
      sql`select extract(epoch from expires_at - now())::int as seconds from proofs order by created_at desc limit 1`,
    )
    expect(Number(row?.seconds)).toBeGreaterThan(880)
    expect(Number(row?.seconds)).toBeLessThanOrEqual(900)
    await database.db.execute(sql`update proofs set expires_at = now() - interval '1 second'`)
    await expect(signInBy(web.port, link)).rejects.toThrow('/sign-in?problem=link')
  })

  test('stands in the database as a hash', async () => {
    const link = await linkOf('olga@board.example', 'owner', env)
    const token = new URL(link, PUBLIC_URL).searchParams.get('token') ?? ''
    expect(JSON.stringify(await database.db.execute(sql`select * from proofs`))).not.toContain(token)
  })

  test('comes by mail to a member who asks for it', async () => {
    await linkOf('mara@board.example', 'member', env)
    const { status, headers } = await post(web.port, '/sign-in/send', { email: ' Mara@Board.example ' })
    expect([status, headers.location]).toEqual([303, '/sign-in?sent=1'])
    const mail = await mailTo('mara@board.example')
    const cookie = await signInBy(web.port, linkIn(mail))
    expect((await ask('/account', cookie)).text).toContain('mara@board.example')
    expect((await ask('/', cookie)).text).toContain('geheimtext')
  })

  test.each(['guest@elsewhere.example', 'anybody@lab.example'])('makes a member of %s, whom MEMBERS names', async (email) => {
    await post(web.port, '/sign-in/send', { email })
    const cookie = await signInBy(web.port, linkIn(await mailTo(email)))
    expect((await ask('/', cookie)).text).toContain('geheimtext')
  })

  test('comes to nobody else, and who asks is told the same', async () => {
    const known = await post(web.port, '/sign-in/send', { email: 'olga@board.example' })
    await mailTo('olga@board.example')
    for (const email of ['stranger@nowhere.example', 'guest@lab.example.evil.example', 'lab.example@nowhere.example']) {
      const unknown = await post(web.port, '/sign-in/send', { email })
      expect([unknown.status, unknown.headers.location, unknown.text]).toEqual([known.status, known.headers.location, known.text])
    }
    // Asked for last and here: those before it were looked up already.
    await post(web.port, '/sign-in/send', { email: 'olga@board.example' })
    await mailTo('olga@board.example')
    expect(smtp.seen.map(({ to }) => to).filter((to) => /nowhere|evil/.test(to))).toEqual([])
  })

  test('is not sent again and again to one mailbox, known or not', async () => {
    const asked = async () => (await post(web.port, '/sign-in/send', { email: 'bothered@nowhere.example' })).headers.location
    const answers: (string | undefined)[] = []
    for (let time = 0; time < 6; time++) answers.push(await asked())
    expect(answers[0]).toBe('/sign-in?sent=1')
    expect(answers.at(-1)).toBe('/sign-in?problem=often')
  })

  test('is tried by one address only so often', async () => {
    const answers: { status: number; headers: { [name: string]: string } }[] = []
    for (let time = 0; time < 21; time++)
      answers.push(await post(web.port, '/sign-in/enter', { token: `guess${time}` }, { 'x-forwarded-for': '203.0.113.66' }))
    expect(answers.at(0)?.status).toBe(303)
    expect(answers.at(-1)?.status).toBe(429)
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0)
  })

  test('is not made for what is no address', async () => {
    for (const email of ['', 'olga', 'olga@board.example, evil@evil.example', 'olga@board.example\r\nBcc: evil@evil.example']) {
      expect((await post(web.port, '/sign-in/send', { email })).headers.location).toBe('/sign-in?problem=address')
    }
  })
})

describe('a session', () => {
  test('is a cookie that no script reads and no other site sends', async () => {
    const link = await linkOf('olga@board.example', 'owner', env)
    const token = new URL(link, PUBLIC_URL).searchParams.get('token') ?? ''
    const { headers } = await post(web.port, '/sign-in/enter', { token })
    const kept = headers['set-cookie']?.split('; ').map((part) => part.toLowerCase())
    expect(kept?.[0]).toMatch(/^__host-backplane/)
    expect(kept).toEqual(expect.arrayContaining(['path=/', 'httponly', 'secure', 'samesite=lax']))
    expect(kept?.some((part) => part.startsWith('domain='))).toBe(false)
  })

  test('is none without the signature of this instance', async () => {
    const cookie = await signedIn(web, 'olga@board.example', 'owner', env)
    const [row] = await database.db.execute<{ token: string }>(sql`select token from sessions order by created_at desc limit 1`)
    const [name] = cookie.split('=')
    expect(decodeURIComponent(cookie)).toContain(row?.token)
    for (const forged of [`${name}=${row?.token}`, `${name}=${row?.token}.AAAA`, `${cookie.slice(0, -6)}AAAAAA`, `${name}=%`]) {
      const { status, text } = await ask('/', forged)
      expect(status).toBe(200)
      expect(text).not.toContain('geheimtext')
    }
  })

  test('shows its reader what members read, in pages that nobody keeps', async () => {
    const cookie = await signedIn(web, 'mara@board.example', 'member', env)
    for (const path of ['/', '/p/1', '/account', '/api/posts', '/atom.xml', '/settings']) {
      const { headers, text } = await ask(path, cookie)
      expect([path, headers['cache-control']]).toEqual([path, expect.stringMatching(/private.*no-store|no-store.*private/)])
      if (!/account|settings/.test(path)) expect(text).toContain('geheimtext')
      expect((await ask(path)).text).not.toContain('geheimtext')
    }
  })

  test('ends in this browser, or in all of them', async () => {
    const [here, there, elsewhere] = [
      await signedIn(web, 'mara@board.example', 'member', env),
      await signedIn(web, 'mara@board.example', 'member', env),
      await signedIn(web, 'olga@board.example', 'owner', env),
    ]
    const left = await post(web.port, '/account/leave', {}, { cookie: here })
    expect(left.headers['set-cookie']).toMatch(/__Host-backplane[^;]*=;.*Max-Age=0/)
    expect((await ask('/', here)).text).not.toContain('geheimtext')
    expect((await ask('/', there)).text).toContain('geheimtext')
    const again = await signedIn(web, 'mara@board.example', 'member', env)
    await post(web.port, '/account/leave', { everywhere: '1' }, { cookie: again })
    for (const cookie of [there, again]) expect((await ask('/', cookie)).text).not.toContain('geheimtext')
    expect((await ask('/', elsewhere)).text).toContain('geheimtext')
  })

  test('ends when an owner ends the membership, and no link brings it back', { timeout: 120_000 }, async () => {
    const cookie = await signedIn(web, 'gone@lab.example', 'member', env)
    expect((await ask('/', cookie)).text).toContain('geheimtext')
    expect((await runOwner(['--remove', 'gone@lab.example'], env)).code).toBe(0)
    expect((await ask('/', cookie)).text).not.toContain('geheimtext')
    await post(web.port, '/sign-in/send', { email: 'gone@lab.example' })
    await post(web.port, '/sign-in/send', { email: 'olga@board.example' })
    await mailTo('olga@board.example')
    expect(smtp.seen.map(({ to }) => to)).not.toContain('gone@lab.example')
  })

  test('signed out, the account’s page leads to signing in', async () => {
    const { status, headers } = await ask('/account')
    expect([status, headers.location]).toEqual([307, '/sign-in'])
  })
})

describe('`npm run owner`', () => {
  // Processes of their own, each of which reads the whole program in.
  test.each([
    [[], {}, 'npm run owner -- you@example.org'],
    [['nobody'], {}, 'no address of a mailbox'],
    [['--remove', 'olga@board.example'], {}, 'the only owner'],
    [['o@board.example'], { PUBLIC_URL: '' }, 'needs PUBLIC_URL'],
  ])('asked for %j %o says %s', { timeout: 120_000 }, async (words, change, sentence) => {
    expect(await runOwner(words, { ...env, ...change })).toEqual({ code: 1, said: expect.stringContaining(sentence) })
  })

  test('never makes a member of an owner', { timeout: 120_000 }, async () => {
    const { said } = await runOwner(['--member', 'olga@board.example'], env)
    expect(said).toContain('olga@board.example is an owner')
    expect((await runOwner(['--list'], env)).said).toMatch(/owner {2,}olga@board\.example/)
  })
})
