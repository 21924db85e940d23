import { ConnectorError } from '#connectors/trouble'

type Json = { [key: string]: unknown }

const REFERENCE = /^env:([A-Za-z_][A-Za-z0-9_]*)$/

/** Settings with each `env:NAME` replaced by what the environment holds. Throws `refused` that names what is missing. */
export function withSecrets(settings: Json, env: { [name: string]: string | undefined } = process.env): Json {
  return mapStrings(settings, (value) => {
    const name = REFERENCE.exec(value)?.[1]
    if (!name) return value
    const secret = env[name]
    if (!secret) throw new ConnectorError('refused', `The environment has no ${name}, which this source's entry asks for`)
    return secret
  }) as Json
}

/** The reverse, for what a connector made of its settings: nothing secret is stored. */
export function withoutSecrets(resolved: Json, declared: Json): Json {
  const references = new Map<string, string>()
  mapStrings(declared, (value) => {
    const name = REFERENCE.exec(value)?.[1]
    const secret = name && process.env[name]
    if (secret) references.set(secret, value)
    return value
  })
  return mapStrings(resolved, (value) => references.get(value) ?? value) as Json
}

/**
 * What tells two sources apart: settings in canonical order, without references to secrets, which may be renamed, and
 * without the people who asked to be left out and the programs that speak for others, who change nothing about where a
 * source stands.
 */
export function canonical(settings: unknown): string {
  return JSON.stringify(settings, (key, value: unknown) => {
    if (key === 'optOut' || key === 'relays') return undefined
    if (typeof value === 'string' && REFERENCE.test(value)) return undefined
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]))
}
