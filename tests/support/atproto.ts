import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AtpAgent } from '@atproto/api'

/** Where the real peers are (`PEERS`, else `~/peers`): a folder that the `postgres` user can reach. */
const peers = process.env.PEERS ?? join(homedir(), 'peers')
const folder = join(peers, 'atproto')

/** Whether the network is installed here; tests that need it are skipped with this word where it is not. */
export const atprotoIsHere = existsSync(join(folder, 'devenv22/node_modules')) && existsSync(join(folder, 'clients/node_modules'))

type Account = { did: string; handle: string; password: string }
/** What `serve.mjs` seeded; `posts` by the word that it gave each. */
type Seeded = {
  pds: string
  appview: string
  accounts: Record<string, Account>
  posts: Record<string, { uri: string; cid: string }>
  feedUri: string
  listUri: string
}

export type Atproto = Awaited<ReturnType<typeof startAtproto>>

/**
 * A real AT Protocol network (PLC, PDS, AppView, feed generator) with seeded posts, and its events as Jetstream, all on
 * loopback at fixed ports: one at a time on a machine. Ready after some 20 s.
 */
export async function startAtproto() {
  const stateFile = join(folder, 'state.json')
  rmSync(stateFile, { force: true })
  const network = start('start.sh')
  const state = await until('the network to be seeded', network, () => {
    return existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, 'utf8')) as Seeded) : null
  })
  const bridge = start('start-bridge.sh')
  await until('Jetstream to listen', bridge, async () => ((await fetch('http://127.0.0.1:2590/').catch(() => null)) ? true : null))

  const agents = new Map<string, Promise<AtpAgent>>()
  const agentOf = (name: string) => {
    const agent = agents.get(name) ?? login(state.pds, state.accounts[name])
    agents.set(name, agent)
    return agent
  }
  return {
    ...state,
    service: state.appview,
    jetstream: 'ws://127.0.0.1:2590/subscribe',
    /** Posts as one of the seeded accounts; returns the uri. */
    async post(name: string, text: string, more: { [key: string]: unknown } = {}): Promise<string> {
      return (await (await agentOf(name)).post({ text, langs: ['en'], ...more })).uri
    },
    async repost(name: string, of: { uri: string; cid: string }): Promise<string> {
      return (await (await agentOf(name)).repost(of.uri, of.cid)).uri
    },
    /** Deletes a post of one of the seeded accounts. */
    async deletePost(name: string, uri: string): Promise<void> {
      await (await agentOf(name)).deletePost(uri)
    },
    agentOf,
    async close(): Promise<void> {
      await Promise.all([bridge, network].map(stop))
      await once(spawn(join(peers, 'infra.sh'), ['down'], { stdio: 'ignore' }), 'exit')
    },
  }
}

async function login(service: string, account: Account | undefined): Promise<AtpAgent> {
  if (!account) throw new Error('No such account was seeded')
  const agent = new AtpAgent({ service })
  await agent.login({ identifier: account.handle, password: account.password })
  return agent
}

type Started = { child: ChildProcess; output: () => string }

/** The scripts end with `exec`, so that the child's process id is that of the server itself. */
function start(script: string): Started {
  const child = spawn(join(folder, script), { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-4000)
    })
  return { child, output: () => output }
}

async function stop({ child }: Started): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(patience)
}

/** Asks until there is an answer; a server that died meanwhile, or 90 s, end the wait with what it printed. */
async function until<T>(what: string, { child, output }: Started, ask: () => T | null | Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 900; tries++) {
    const answer = await ask()
    if (answer !== null) return answer
    if (child.exitCode !== null) break
    await sleep(100)
  }
  throw new Error(`Waited in vain for ${what}:\n${output()}`)
}
