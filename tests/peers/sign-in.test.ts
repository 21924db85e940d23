import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { linkIn, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import type { Web } from '#tests/support/web'

/** Against a certified OpenID provider shaped like Slack's, and a mail server with an inbox; both at fixed addresses, as is our own (it is what the provider knows). */
const peers = process.env.PEERS ?? join(homedir(), 'peers')
const oidcIsHere = existsSync(join(peers, 'oidc/node_modules/oidc-provider'))
const maildevIsHere = existsSync(join(peers, 'smtp/maildev/node_modules/maildev'))
const ORIGIN = 'http://127.0.0.1:3000'
const INBOX = 'http://127.0.0.1:16080/api/email'

const database = testDatabase()
const running: ChildProcess[] = []

function start(script: string, env: { [name: string]: string } = {}): void {
  running.push(spawn('bash', [join(peers, script)], { env: { ...process.env, ...env }, stdio: 'ignore' }))
}

const answers = (url: string) => eventually(async () => expect((await fetch(url)).ok).toBe(true))

/** A browser as far as cookies go: follows redirects by hand, and signs in wherever the provider asks. */
async function throughBrowser(address: string, login: string): Promise<{ url: string; text: string }> {
  const jars = new Map<string, Map<string, string>>()
  const hop = async (url: string, init: RequestInit = {}) => {
    const { origin } = new URL(url)
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', ...init, headers: { ...(cookie && { cookie }), ...init.headers } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    return answer
  }
  const pressed = await hop(`${ORIGIN}/sign-in/with`, { method: 'POST', body: new URLSearchParams({ provider: address }) })
  let url = /url=([^"]+)"/.exec(await pressed.text())?.[1]?.replaceAll('&amp;', '&') ?? ''
  for (let hops = 0; hops < 15; hops++) {
    let answer = await hop(url)
    if (answer.status === 200 && url.startsWith(ORIGIN)) return { url, text: await answer.text() }
    if (answer.status === 200) {
      const page = await answer.text()
      const [, action = ''] = /action="([^"]+)"/.exec(page) ?? []
      const [, prompt = ''] = /name="prompt" value="([^"]+)"/.exec(page) ?? []
      answer = await hop(new URL(action, url).href, { method: 'POST', body: new URLSearchParams({ prompt, login, password: 'x' }) })
    }
    url = new URL(answer.headers.get('location') ?? '', url).href
  }
  throw new Error(`it leads round and round: ${url}`)
}

afterAll(() => {
  for (const child of running) child.kill()
})

describe.skipIf(!oidcIsHere)('a real OpenID provider (skipped where oidc-provider is not installed in the peers)', () => {
  const board = (port: number) =>
    startCommunity({
      ...{ DATABASE_URL: database.url, PORT: '3000', PUBLIC_URL: ORIGIN, SLACK_ISSUER: `http://127.0.0.1:${port}` },
      ...{ SLACK_CLIENT_ID: 'agg', SLACK_CLIENT_SECRET: 'shh-shh-shh-shh-shh', SLACK_TEAM: 'T0HPC' },
    })

  beforeAll(async () => {
    await builtPages()
    await runOwner(['olga@board.example'], { DATABASE_URL: database.url, PUBLIC_URL: ORIGIN })
    const room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: new Date(0) })
    await saveBatch(room.source, room.holder, aBatch([aPost('room:1', { title: 'geheimtext', audience: 'members' })]), new Date())
    start('oidc/start-op.sh', { PORT: '4390', TEAM: 'T0HPC' })
    start('oidc/start-op.sh', { PORT: '4391', TEAM: 'T0OTHER' })
    for (const port of [4390, 4391]) await answers(`http://127.0.0.1:${port}/.well-known/openid-configuration`)
  }, 400_000)

  test.each([
    ['signs in a member of the workspace', 4390, /^http:\/\/127\.0\.0\.1:3000\/$/, true],
    ['refuses one of another', 4391, /\/sign-in\?problem=refused$/, false],
  ])('%s', async (_what, port, lands, isMember) => {
    const web: Web = await board(port)
    try {
      const { url, text } = await throughBrowser('slack', `alice${port}`)
      expect(url).toMatch(lands)
      expect(text.includes('geheimtext')).toBe(isMember)
    } finally {
      await web.stop()
    }
  })
})

describe.skipIf(!maildevIsHere)('a real mail server (skipped where maildev is not installed in the peers)', () => {
  test('shows the mail with the link, which signs in', async () => {
    await builtPages()
    start('smtp/start-maildev.sh')
    await answers(INBOX)
    await runOwner(['olga@board.example'], { DATABASE_URL: database.url, PUBLIC_URL: ORIGIN })
    const web = await startCommunity({
      ...{ DATABASE_URL: database.url, PORT: '3000', PUBLIC_URL: ORIGIN, SMTP_URL: 'smtp://127.0.0.1:16025' },
    })
    try {
      const address = `olga@board.example`
      await fetch(`${ORIGIN}/sign-in/send`, { method: 'POST', body: new URLSearchParams({ email: address }), redirect: 'manual' })
      const mail = await eventually(async () => {
        const inbox = JSON.stringify(await (await fetch(INBOX)).json())
        expect(inbox).toContain(address)
        return inbox
      })
      const token = new URL(linkIn(mail), ORIGIN).searchParams.get('token') ?? ''
      expect(token.length).toBeGreaterThan(20)
      const entered = await fetch(`${ORIGIN}/sign-in/enter`, { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' })
      expect(entered.headers.get('location')).toBe('/')
      expect(entered.headers.get('set-cookie')).toContain('session_token')
    } finally {
      await web.stop()
    }
  }, 120_000)
})
