import { Document, isMap } from 'yaml'
import { connectors } from '#connectors/registry'
import type { DeclaredSource } from '#db/sources'
import { leastOf } from './meaning.ts'
import { parseSourcesFile } from './sources-file.ts'

type Json = { [key: string]: unknown }

/** An entry of a file of sources as data: the connector, and under it settings and options. */
export type SourceEntry = { [connector: string]: Json }

/**
 * What to write of a source that was looked up: what was declared, with what is lasting in place of what changes (a DID
 * for a handle, a feed for its page), and the name by which it is known.
 */
export function entryOf(platform: string, declared: Json, resolved: Json | null, options: Json = {}): SourceEntry {
  const lasting = Object.fromEntries(Object.entries(declared).map(([key, value]) => [key, resolved?.[key] ?? value]))
  const settings = leastOf(platform, lasting)
  return { [platform]: { ...settings, ...options } }
}

/** The entry as a line of YAML, without the line's end: `- feed: { url: …, name: … }`. */
export function entryInYaml(entry: SourceEntry): string {
  const document = new Document([entry])
  for (const value of Object.keys(entry)) {
    const settings = document.getIn([0, value], true)
    if (isMap(settings)) settings.flow = true
  }
  return document.toString({ lineWidth: 0, singleQuote: true }).trimEnd()
}

/** The source that an entry in YAML declares, or what is wrong with it. One entry, with or without its dash. */
export function declaredBy(yaml: string): DeclaredSource | string {
  const text = /^\s*-\s/.test(yaml) ? yaml : `- ${yaml.trim().replaceAll('\n', '\n  ')}`
  const { sources, problems } = parseSourcesFile(text)
  const [source, ...others] = sources
  if (problems[0]) return problems[0].reason
  if (!source) return 'nothing stands here'
  return others.length > 0 ? 'these are several sources' : source
}

/** A source as the entry that would declare it. */
export function entryOfSource({
  platform,
  settings,
  name,
  nameGiven,
}: Pick<DeclaredSource, 'platform' | 'settings' | 'name' | 'nameGiven'>): SourceEntry {
  return entryOf(platform, settings, null, nameGiven ? { name } : {})
}

/** Whether there is such a connector. */
export function isPlatform(id: string): boolean {
  return connectors.some((connector) => connector.id === id)
}
