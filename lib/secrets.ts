import { ConnectorError } from '#connectors/trouble'
import { hide } from './hidden.ts'
import { readSecretFile, SecretFileError } from './secret-file.ts'

type Json = { [key: string]: unknown }

/** Where a secret is: a variable of the environment, or a file that only its owner may read. */
const REFERENCE = /^(?:env:([A-Za-z_][A-Za-z0-9_]*)|file:(\/.+))$/

type Environment = { [name: string]: string | undefined }

/** Whether a setting says where its secret is, and not the secret itself. */
export function isReference(value: string): boolean {
  return REFERENCE.test(value)
}

/**
 * Settings with each `env:NAME` replaced by what the environment holds, and each `file:/path` by what is in the file. Throws
 * `refused` that names what is missing, or who else may read it. From then on no log of this process repeats the secret.
 */
export function withSecrets(settings: Json, env: Environment = process.env): Json {
  return mapStrings(settings, (value) => secretAt(value, env) ?? value) as Json
}

/** The reverse, for what a connector made of its settings: nothing secret is stored. */
export function withoutSecrets(resolved: Json, declared: Json): Json {
  const references = new Map<string, string>()
  mapStrings(declared, (value) => {
    const secret = secretAt(value, process.env)
    if (secret !== null) references.set(secret, value)
    return value
  })
  return mapStrings(resolved, (value) => references.get(value) ?? value) as Json
}

/** The file that a reference names; null where it names none. */
export function secretFileOf(value: unknown): string | null {
  return typeof value === 'string' ? (REFERENCE.exec(value)?.[2] ?? null) : null
}

/** What a reference leads to; null for any other text. */
function secretAt(value: string, env: Environment): string | null {
  const [, name, file] = REFERENCE.exec(value) ?? []
  if (!name && !file) return null
  const secret = name ? env[name] : fileSecret(file ?? '')
  if (!secret) throw new ConnectorError('refused', `The environment has no ${name}, which this source's entry asks for`)
  hide(secret)
  return secret
}

function fileSecret(file: string): string {
  try {
    return readSecretFile(file)
  } catch (error) {
    throw error instanceof SecretFileError ? new ConnectorError('refused', error.message) : error
  }
}

/** The people who asked to be left out, the programs that speak for others, what may be paid in a day, the version of an API. */
const NOT_WHERE = new Set(['optOut', 'relays', 'readsPerDay', 'rechecksPerDay', 'version'])

/**
 * What tells two sources apart: settings in canonical order, without references to secrets, which may be renamed, and
 * without what changes nothing about where a source stands.
 */
export function canonical(settings: unknown): string {
  return JSON.stringify(settings, (key, value: unknown) => {
    if (NOT_WHERE.has(key)) return undefined
    if (typeof value === 'string' && REFERENCE.test(value)) return undefined
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** What keys and tokens look like where they stand by themselves: Slack's, JSON web tokens, bearer and basic credentials. */
const TOKENS = /\bx(?:ox|app)[a-z]?-[\w-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b(?<=(?:Bearer|Basic) )[\w.~+/=-]{8,}/g
/** What stands for one by its name, in JSON, a query or a header. */
const NAMED =
  /((?:[\w-]*(?:token|secret|passw(?:or)?d|api[_-]?key|signature|session|jwt))["']?\s*[=:]\s*["']?)(?!["'\s&,}])[^"'\s&,}]{6,}/gi
/** `https://ada:secret@example.org` */
const LOGIN = /(\/\/[^/\s:@]*:)[^/\s@]+@/g

/** A text that may be shown to strangers: what the settings keep secret, and what looks like a key or token, is struck out. */
export function withSecretsStruckOut(text: string, settings: Json, env: { [name: string]: string | undefined } = process.env): string {
  const secrets: string[] = []
  mapStrings(settings, (value) => {
    const secret = env[REFERENCE.exec(value)?.[1] ?? '']
    if (secret) secrets.push(secret, encodeURIComponent(secret))
    return value
  })
  const plain = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
  return plain.replace(TOKENS, '[secret]').replace(NAMED, '$1[secret]').replace(LOGIN, '$1[secret]@')
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]))
}
