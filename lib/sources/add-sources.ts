import { parse } from 'yaml'
import { z } from 'zod'
import { connectors } from '#connectors/registry'
import type { Reader } from '#db/audience'
import { noteDeed } from '#db/audit-log'
import { type DeclaredSource, sourceById, sourcesKnownTo } from '#db/sources'
import { addSourceHere, keepPasted, pastedUnder, pauseSourceHere, removeSourceHere, resumeSourceHere } from '#db/sources-here'
import { nameOf } from '../accounts/name-of.ts'
import { declaredBy, entryInYaml, entryOf, type SourceEntry } from './source-entry.ts'
import { listIn } from './understand.ts'

/** What the page that follows is told in its address: `added` (a number), `many`, or a `draft` to be mended. */
type Outcome = { added?: string; many?: string; draft?: string }

/** Adds what a form of `/sources/new` holds, and writes down who did. */
export async function addSources(form: URLSearchParams, reader: Reader, now: Date): Promise<Outcome> {
  const yaml = form.get('yaml')
  if (yaml !== null) {
    const source = declaredBy(yaml)
    if (typeof source === 'string') return { draft: await keepPasted(yaml.replaceAll('\0', ''), now) }
    return { added: String(await add(source, yaml, reader, now)) }
  }
  const text = await pastedUnder(form.get('paste') ?? '', now)
  const known = await sourcesKnownTo(reader)
  const listed = listIn(text ?? '', known) ?? []
  let many = 0
  for (const [index, one] of listed.entries()) {
    if (!('meaning' in one) || !form.getAll('take').includes(String(index))) continue
    const entry = entryInYaml(entryOf(one.meaning.platform, one.meaning.settings, null, { name: one.meaning.name }))
    const source = declaredBy(entry)
    if (typeof source === 'string') continue
    await add(source, entry, reader, now)
    many += 1
  }
  return { many: String(many) }
}

async function add(source: DeclaredSource, yaml: string, reader: Reader, now: Date): Promise<number> {
  const id = await addSourceHere(source, entryIn(yaml, source))
  await noteDeed({ who: await nameOf(reader), what: 'added a source', about: source.name }, now)
  return id
}

const Entry: z.ZodType<SourceEntry> = z.record(z.string(), z.record(z.string(), z.unknown()))

/** The entry as its owner wrote it, options and all; a link as what it means. */
function entryIn(yaml: string, { platform, settings }: DeclaredSource): SourceEntry {
  const written: unknown = parse(yaml)
  return Entry.safeParse(Array.isArray(written) ? written[0] : written).data ?? entryOf(platform, settings, null)
}

/** Pauses a source, has it read again, or takes back what was added here. What makes no sense does nothing. */
export async function changeSource(form: URLSearchParams, reader: Reader, now: Date): Promise<void> {
  const id = form.get('source') ?? ''
  const source = /^\d{1,15}$/.test(id) ? await sourceById(Number(id)) : null
  // What people hand in has no file, and its source is nobody's to pause.
  if (!source || !connectors.some((connector) => source.key.startsWith(`${connector.id}:`))) return
  const deeds: { [does: string]: [string, () => Promise<void>] } = {
    pause: ['paused a source', () => pauseSourceHere(source.id, now)],
    resume: ['had a source read again', () => resumeSourceHere(source.id)],
    remove: ['removed a source', () => removeSourceHere(source.id, now)],
  }
  const [what, does] = deeds[form.get('do') ?? ''] ?? []
  if (!what || !does) return
  await does()
  await noteDeed({ who: await nameOf(reader), what, about: source.name }, now)
}
