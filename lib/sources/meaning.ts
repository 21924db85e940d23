import { connectors } from '#connectors/registry'
import { canonical } from '../secrets.ts'

type Json = { [key: string]: unknown }

/** Something that a person may have meant: a connector with settings, and both in words. */
export type Meaning = {
  platform: string
  settings: Json
  /** "a Bluesky account": what it is. */
  kind: string
  /** "@name.example.org": what it is called. */
  name: string
}

/** A meaning of settings, less what they would be anyway; null where the connector does not take them. */
export function meaningOf(platform: string, settings: unknown): Meaning | null {
  const connector = connectors.find(({ id }) => id === platform)
  const { data } = connector?.settings.safeParse(settings) ?? {}
  if (!connector || data === undefined) return null
  return {
    platform,
    settings: leastOf(platform, settings as Json),
    kind: connector.kind?.(data) ?? connector.name,
    name: connector.describe(data),
  }
}

/** The settings without what their connector fills in by itself: what a person would write. */
export function leastOf(platform: string, settings: Json): Json {
  const connector = connectors.find(({ id }) => id === platform)
  let least = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== null))
  const means = (given: Json) => {
    const { data } = connector?.settings.safeParse(given) ?? {}
    return data === undefined ? null : canonical(data)
  }
  const whole = means(least)
  for (const key of Object.keys(least)) {
    const { [key]: _, ...rest } = least
    if (whole !== null && !isReference(least[key]) && means(rest) === whole) least = rest
  }
  return least
}

/** A secret's name tells no two sources apart, and is still to be written. */
function isReference(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('env:')
}

/** Each once, in their order. */
export function distinct(meanings: Meaning[]): Meaning[] {
  return [...new Map(meanings.map((meaning) => [`${meaning.platform} ${canonical(meaning.settings)}`, meaning])).values()]
}
