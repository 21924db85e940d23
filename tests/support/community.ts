import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { inviteAccount } from '#db/accounts'
import { openSignIn } from '#lib/accounts/sign-in'
import { readConfig } from '#lib/config'
import { get, startWeb, type Web } from './web.ts'

/** Where a community's instance is reached in tests: behind a proxy that speaks TLS. */
export const PUBLIC_URL = 'https://board.example.org'
export const HOST = 'board.example.org'

type Environment = { [name: string]: string }

/** What `npm run owner -- …` prints and how it ends. */
export async function runOwner(words: string[], env: Environment): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../lib/commands/owner.ts'), ...words], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'silent', PUBLIC_URL, MODE: 'community', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk))
  const [code] = await once(child, 'close')
  return { code, said }
}

/** The path of a link to sign in with, wherever it stands in a text. */
export function linkIn(text: string): string {
  return /\/sign-in\/link\?token=[\w-]+/.exec(text)?.[0] ?? ''
}

/** The real web process in community mode. DATABASE_URL has an owner already. */
export function startCommunity(env: Environment): Promise<Web> {
  return startWeb({ MODE: 'community', PUBLIC_URL, ...env })
}

let asked = 0

/** Posts a form as a browser on a page of ours does, each time from another address: tests try to sign in more often than readers may. */
export function post(port: number, path: string, fields: Environment, headers: Environment = {}) {
  const body = new URLSearchParams(fields).toString()
  const from = {
    ...{ host: HOST, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    'x-forwarded-for': `198.51.100.${asked++ % 250}`,
  }
  return get(port, path, { ...from, 'content-length': String(Buffer.byteLength(body)), ...headers }, 'POST', body)
}

/** Opens a link as its reader does. Returns the cookie that their browser sends from now on. */
export async function signInBy(port: number, link: string): Promise<string> {
  const token = new URL(link, PUBLIC_URL).searchParams.get('token') ?? ''
  const { headers, status } = await post(port, '/sign-in/enter', { token })
  const cookie = headers['set-cookie']?.split(';')[0]
  if (!cookie) throw new Error(`no cookie came, but ${status} and ${headers.location}`)
  return cookie
}

/** A link for somebody whom an owner lets in, as `npm run owner` makes it, without the time that a process of its own takes. */
export async function linkOf(email: string, role: 'member' | 'owner', env: Environment): Promise<string> {
  await inviteAccount(email, role)
  const config = readConfig({ NODE_ENV: 'test', MODE: 'community', PUBLIC_URL, ...env })
  return linkIn((await openSignIn(config, []).linkFor(email))?.url ?? '')
}

/** Somebody who is signed in: an owner lets them in, and their link is opened. Returns their cookie. */
export async function signedIn(web: Pick<Web, 'port'>, email: string, role: 'member' | 'owner', env: Environment): Promise<string> {
  return signInBy(web.port, await linkOf(email, role, env))
}
