import { hasOwner } from '#db/accounts'
import { type Config, ConfigError } from '../config.ts'
import { isLoopback } from './gate.ts'

const MAKE_AN_OWNER = '`npm run owner -- you@example.org` makes you the owner and prints a link to sign in with; then start again.'

/** Holds what the settings say of who is served to what their mode needs. Throws ConfigError that says what to do. */
export async function holdToMode(config: Config): Promise<void> {
  const sentence = config.MODE === 'personal' ? personalProblem(config) : (communityProblem(config) ?? (await ownerProblem()))
  if (sentence) throw new ConfigError(sentence)
}

function personalProblem({ HOST }: Config): string | null {
  if (isLoopback(urlHost(HOST))) return null
  return (
    `HOST=${HOST} is wrong: personal mode listens on this computer only (127.0.0.1, ::1 or localhost). ` +
    `To serve others, set MODE=community and PUBLIC_URL, the address that they open; ${MAKE_AN_OWNER}`
  )
}

/** Why PUBLIC_URL is none that a community can be served at, or null. */
export function communityProblem({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): string | null {
  if (!PUBLIC_URL) return 'MODE=community needs PUBLIC_URL, the address that readers open: PUBLIC_URL=https://hpc.example.org'
  const { protocol, host, pathname, search, hash, username } = new URL(PUBLIC_URL)
  if (pathname !== '/' || search || hash || username)
    return `PUBLIC_URL=${PUBLIC_URL} is wrong: it must be a name without anything behind it.`
  if (protocol === 'https:' || isLoopback(host)) return null
  return `PUBLIC_URL=${PUBLIC_URL} is wrong: it must begin with https://, because whoever signs in over http:// is overheard.`
}

async function ownerProblem(): Promise<string | null> {
  return (await hasOwner()) ? null : `MODE=community needs an owner: ${MAKE_AN_OWNER}`
}

/** An address as it stands in a URL: IPv6 in brackets. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
