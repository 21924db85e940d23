import { z } from 'zod'
import type { DeclaredSource, SourceInShort } from '#db/sources'
import { entryInYaml, type SourceEntry } from './source-entry.ts'
import { withEntry, withOption } from './sources-edit.ts'
import { entriesOfFile } from './sources-file.ts'

let lastRead: { text: string; declared: DeclaredSource[] } | null = null

/** A file changes seldom, and a thousand entries take 50 ms to read: of the last text it is remembered what it declares. */
function declaredIn(text: string): DeclaredSource[] {
  if (lastRead?.text !== text) lastRead = { text, declared: entriesOfFile(text).entries.map(({ source }) => source) }
  return lastRead.declared
}

/** How what is read differs from what the file of sources says. Names are those of sources. */
export type Difference = {
  /** Added on the page. */
  added: SourceInShort[]
  /** Paused on the page. */
  paused: SourceInShort[]
  /** Declared by the file since the last start, and not read yet; and read still though the file has it no more. */
  notYet: string[]
  still: string[]
}

type Here = Pick<SourceInShort, 'key' | 'name' | 'addedHere' | 'pausedHere' | 'pausedAt'>

/** `ours`: keys that no file declares (an import's, what members hand in) are nobody's difference. */
export function differenceOf(text: string, rows: SourceInShort[], isDeclarable: (row: SourceInShort) => boolean = isOfAFile): Difference {
  const declared = declaredIn(text)
  const keys = new Set(declared.map(({ key }) => key))
  const rowsByKey = new Map(rows.map((row) => [row.key, row]))
  const files = rows.filter(isDeclarable)
  return {
    added: files.filter(({ addedHere, key }) => addedHere && !keys.has(key)),
    paused: files.filter(({ pausedHere, addedHere }) => pausedHere && !addedHere),
    notYet: declared.filter(({ key, paused }) => !paused && isUnread(rowsByKey.get(key))).map(({ name }) => name),
    still: files.filter(({ key, addedHere, pausedAt }) => !keys.has(key) && !addedHere && !pausedAt).map(({ name }) => name),
  }
}

function isUnread(row: Here | undefined): boolean {
  return !row || (row.pausedAt !== null && row.pausedHere === null)
}

function isOfAFile({ key, platform }: Pick<SourceInShort, 'key' | 'platform'>): boolean {
  return key.startsWith(`${platform}:`)
}

const Entry: z.ZodType<SourceEntry> = z.record(z.string(), z.record(z.string(), z.unknown()))

/** The file with what was added and paused on the page, everything else as it stands. Pure. */
export function exported(text: string, rows: SourceInShort[]): string {
  const { added, paused } = differenceOf(text, rows)
  let whole = text
  for (const { key } of paused) {
    const entry = entriesOfFile(whole).entries.find(({ source }) => source.key === key)
    if (entry && !entry.source.paused) whole = withOption(whole, entry, { paused: true })
  }
  for (const { addedHere, pausedHere } of added) {
    const { data } = Entry.safeParse(addedHere)
    if (!data) continue
    const [connector = '', settings = {}] = Object.entries(data)[0] ?? []
    whole = withEntry(whole, entryInYaml({ [connector]: { ...settings, ...(pausedHere && { paused: true }) } }))
  }
  return whole
}
