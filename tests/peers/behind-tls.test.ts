import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { linkIn, linkOf, runOwner, startCommunity } from '#tests/support/community'
import { testDatabase } from '#tests/support/database'
import { eventually } from '#tests/support/eventually'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import type { Web } from '#tests/support/web'

/** The files of `deploy/` for Caddy and nginx as they are written, but for ports and where the certificate lies. */
const NAME = 'hpc.example.org'
const DEPLOY = join(import.meta.dirname, '../../deploy')
const database = testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'backplane-tls-'))
const env = {
  AUTH_SECRET: 'a secret that is long enough for a test',
  PUBLIC_URL: `https://${NAME}`,
  TRUST_PROXY: '1',
  DATABASE_URL: database.url,
}
let web: Web
let blog: Awaited<ReturnType<typeof heldSource>>

beforeAll(async () => {
  blog = await heldSource('A blog', { platform: 'feed', firstReadAt: new Date(0) })
  await saveBatch(blog.source, blog.holder, aBatch([aPost('one', { text: 'said to everybody' })]), new Date())
  const room = await heldSource('A room', { platform: 'slack', audience: 'members', firstReadAt: new Date(0) })
  await saveBatch(room.source, room.holder, aBatch([aPost('room:1', { text: 'said among us', audience: 'members' })]), new Date())
  await builtPages()
  await runOwner(['olga@board.example'], env)
  web = await startCommunity(env)
}, 400_000)
afterAll(async () => {
  await web?.stop()
  rmSync(folder, { recursive: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

const isHere = (program: string) => spawnSync(program, ['-v']).error === undefined

/** Starts nginx on the file, with ports and a certificate of its own. */
function startNginx(tls: number, plain: number): ChildProcess {
  const key = join(folder, 'key.pem')
  const certificate = join(folder, 'certificate.pem')
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${NAME}`, '-keyout', key, '-out', certificate]
  spawnSync('openssl', made)
  const site = readFileSync(join(DEPLOY, 'nginx.conf'), 'utf8')
    .replace(/^ *listen \[::\].*\n/gm, '')
    .replace('listen 443', `listen 127.0.0.1:${tls}`)
    .replace('listen 80', `listen 127.0.0.1:${plain}`)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${web.port}`)
    .replace('/var/cache/backplane-pages', join(folder, 'kept'))
    .replace(/\/etc\/letsencrypt\/\S+fullchain\.pem/, certificate)
    .replace(/\/etc\/letsencrypt\/\S+privkey\.pem/, key)
  writeFileSync(join(folder, 'site.conf'), site)
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
  // Else its workers are nobody, who may not enter this folder.
  const who = process.getuid?.() === 0 ? 'user root; ' : ''
  const main = `${who}daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {} http { ${places} include ${folder}/site.conf; }`
  writeFileSync(join(folder, 'nginx.conf'), main)
  return spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' })
}

/** Starts Caddy on the file, with an authority of its own, because there is nobody here who would certify the name. */
function startCaddy(tls: number, plain: number): ChildProcess {
  const site = readFileSync(join(DEPLOY, 'Caddyfile'), 'utf8').replace('127.0.0.1:3000', `127.0.0.1:${web.port}`)
  const own = `{\n\tlocal_certs\n\tskip_install_trust\n\tadmin off\n\thttps_port ${tls}\n\thttp_port ${plain}\n\tdefault_bind 127.0.0.1\n}\n`
  writeFileSync(join(folder, 'Caddyfile'), own + site)
  mkdirSync(join(folder, 'caddy'), { recursive: true })
  const home = { HOME: folder, XDG_DATA_HOME: join(folder, 'caddy'), XDG_CONFIG_HOME: join(folder, 'caddy') }
  return spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...home },
    stdio: 'ignore',
  })
}

describe.each([
  ['nginx', startNginx],
  ['caddy', startCaddy],
] as const)('behind %s', (program, start) => {
  const here = isHere(program)
  let proxy: ChildProcess | null = null
  let tls = 0
  let plain = 0

  beforeAll(async () => {
    if (!here) return
    tls = await freePort()
    plain = await freePort()
    proxy = start(tls, plain)
    await eventually(async () => expect((await ask('/keys')).status).toBe(200))
  })
  afterAll(async () => {
    if (!proxy) return
    proxy.kill('SIGTERM')
    await once(proxy, 'exit')
  })

  /** As a browser asks it by its name, over TLS. */
  function ask(path: string, headers: Record<string, string> = {}, method = 'GET', sent = '') {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; headers: Record<string, string>; text: string }>()
    const options = { host: '127.0.0.1', port: tls, servername: NAME, rejectUnauthorized: false, path, method }
    const asked = request({ ...options, headers: { host: NAME, ...headers } }, (response) => {
      const plain = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, headers: plain, text }), reject)
    })
    asked.on('error', reject).end(sent)
    return promise
  }

  /** Opens a link to sign in with as a browser does. */
  function enter(link: string) {
    const token = new URL(link, env.PUBLIC_URL).searchParams.get('token') ?? ''
    const body = new URLSearchParams({ token }).toString()
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
    return ask('/sign-in/enter', { ...form, 'content-length': String(body.length) }, 'POST', body)
  }

  test.skipIf(!here)('anybody reads, dressed for TLS, and not what is for the machine', async () => {
    const { status, text, headers } = await ask('/')
    expect([status, headers['strict-transport-security'], headers['x-frame-options']]).toEqual([200, 'max-age=31536000', 'DENY'])
    expect(text).toContain('said to everybody')
    expect((await ask('/metrics')).status).toBe(404)
    const away = await fetch(`http://127.0.0.1:${plain}/search?q=a`, { redirect: 'manual', headers: { host: NAME } }).catch(() => null)
    if (away) expect(away.status).toBeGreaterThanOrEqual(300)
    const large = await ask('/keys', {
      cookie: Array.from({ length: 4 }, (_, at) => `preferences-80-${at}=${'A'.repeat(3000)}`).join('; '),
    })
    expect(large.status).toBe(200)
  })

  test.skipIf(!here)('a link signs its owner in, once', async () => {
    const { said } = await runOwner(['olga@board.example'], { ...env, DATA_DIR: web.dataDir })
    const entered = await enter(linkIn(said))
    const cookie = entered.headers['set-cookie'] ?? ''
    expect(cookie).toMatch(/; Secure/i)
    expect((await ask('/account', { cookie: cookie.split(';')[0] ?? '' })).text).toContain('olga@board.example')
    expect((await enter(linkIn(said))).headers['set-cookie'] ?? '').not.toMatch(/session/)
  })

  test.skipIf(!here)('readers are told apart by their own addresses, which they cannot choose', async () => {
    let refused = 0
    for (let round = 0; round < 62; round++)
      refused += Number((await ask('/search/suggestions', { 'x-forwarded-for': `198.51.100.${round}` })).status === 429)
    expect(refused).toBeGreaterThan(0)
    expect((await ask('/keys')).status).toBe(200)
  })

  test.skipIf(!here)('a page for everybody is new within seconds; who is signed in never gets it, nor anybody theirs', async () => {
    const entered = await enter(await linkOf('mia@board.example', 'member', env))
    const cookie = entered.headers['set-cookie']?.split(';')[0] ?? ''
    const page = `/?in=${program}`
    for (const own of ['', 'zone=UTC; position-443=1.1', '']) {
      const everybodys = await ask(page, own ? { cookie: own } : {})
      expect(everybodys.text).not.toContain('said among us')
      expect(everybodys.headers['cache-control']).toContain('s-maxage=1')
      const theirs = await ask(page, { cookie: own ? `${own}; ${cookie}` : cookie })
      expect(theirs.text).toContain('said among us')
      expect(theirs.headers['cache-control']).toContain('no-store')
    }
    expect((await ask(page, { cookie: 'zone=Asia/Tokyo' })).text).toContain('data-zone="Asia/Tokyo"')
    expect((await ask(page)).text).toContain('data-zone="UTC"')
    const text = `said later ${program}`
    await saveBatch(blog.source, blog.holder, aBatch([aPost(text, { text, publishedAt: new Date() })]), new Date())
    await eventually(async () => expect((await ask(page)).text).toContain(text))
  })

  test.skipIf(!here || program !== 'nginx')('what nginx keeps is asked for once a second', async () => {
    const asked = async () => {
      const text = await (await fetch(`${web.origin}/metrics`)).text()
      return [...text.matchAll(/kept_pages_total\{how="\w+"\} (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
    }
    const before = await asked()
    const startedAt = Date.now()
    for (let time = 0; time < 100; time++) expect((await ask('/?often')).status).toBe(200)
    const seconds = (Date.now() - startedAt) / 1000
    expect((await asked()) - before).toBeLessThan(seconds + 3)
  })

  test.skipIf(!here)('an open page is told at once what is new', async () => {
    const stop = new AbortController()
    const told = Promise.withResolvers<string>()
    const options = { host: '127.0.0.1', port: tls, servername: NAME, rejectUnauthorized: false, path: '/api/live', signal: stop.signal }
    const asked = request({ ...options, headers: { host: NAME } }, (response) => {
      let heard = ''
      response.on('data', (chunk: Buffer) => {
        heard += chunk
        if (heard.includes('event: new')) told.resolve(heard)
      })
      // We cut it ourselves, at the end.
      response.on('error', () => {})
    })
    asked.on('error', () => {}).end()
    const again = setInterval(() => {
      saveBatch(blog.source, blog.holder, aBatch([aPost(`new:${Date.now()}`, { publishedAt: new Date() })]), new Date()).catch(() => {})
    }, 500)
    expect(await told.promise).toContain('event: new')
    clearInterval(again)
    stop.abort()
  })
})
