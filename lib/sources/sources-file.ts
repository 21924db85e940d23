import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml'
import { z } from 'zod'
import { connectors } from '#connectors/registry'
import { mostCareful } from '#db/audience'
import { type Audience, audiences } from '#db/post'
import type { DeclaredSource } from '#db/sources'
import { openRules } from '../collecting/rules.ts'
import { canonical, isReference } from '../secrets.ts'
import { switchedOff } from './switched-on.ts'

/** What is wrong with an entry, and where. */
export type Problem = { line: number; reason: string }

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

const duration = z
  .union([z.number().int().positive(), z.string().regex(/^\d+\s*[smhd]$/, 'a time such as 90s, 5m, 2h or 1d')])
  .transform((value) => {
    if (typeof value === 'number') return value
    return Number.parseInt(value, 10) * (SECONDS[value.at(-1) ?? 's'] ?? 1)
  })

const words = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? value : [value]))

/** What every entry may say, whatever its platform. */
const Options = z.object({
  name: z.string().min(1).optional(),
  every: duration.optional(),
  audience: z.enum(audiences).optional(),
  /** How long its posts are kept here. */
  keep: duration.optional(),
  /** Not read, for now; what it brought stays. */
  paused: z.literal(true, 'is true or left out').optional(),
  permission: z
    .object({
      by: z.string().min(1),
      on: z.union([z.string(), z.date()]).transform((on) => new Date(on).toISOString().slice(0, 10)),
      mail: z.boolean().optional(),
    })
    .optional(),
  include: words.default([]),
  exclude: words.default([]),
  languages: words.default([]),
  replies: z.enum(['all', 'self', 'none']).default('all'),
  reposts: z.enum(['all', 'none']).default('all'),
  backfill: z
    .object({
      days: z.number().positive().default(openRules.backfill.days),
      posts: z.number().int().positive().default(openRules.backfill.posts),
    })
    .default(openRules.backfill),
})

/**
 * The sources that a `sources.yaml` declares: a list of links as pasted, or of `connector: { settings }`.
 * A bad entry is a problem with its line and reason, and never stops the others.
 */
export function parseSourcesFile(text: string): { sources: DeclaredSource[]; problems: Problem[] } {
  const { entries, problems } = entriesOfFile(text)
  return { sources: entries.map(({ source }) => source), problems }
}

/** An entry that is understood, with the node that it is in the file. */
export type FileEntry = { node: Node; line: number; source: DeclaredSource }

/** The same, each with where it stands. */
export function entriesOfFile(text: string): { entries: FileEntry[]; problems: Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, reason: yamlReason(error) }))
  const items = entriesOf(document.contents)
  if (items === null)
    return {
      entries: [],
      problems:
        problems.length > 0 ? problems : [{ line: 1, reason: 'this file should be a list: each source on a line that starts with “- ”' }],
    }

  const entries: FileEntry[] = []
  const lineOf = new Map<string, number>()
  for (const entry of items) {
    const line = lines.linePos(entry?.range?.[0] ?? 0).line
    // What a syntax error left behind is not a second mistake.
    if (problems.some((problem) => problem.line === line)) continue
    const read = readEntry(entry)
    if (typeof read === 'string') problems.push({ line, reason: read })
    else if (lineOf.has(read.key)) problems.push({ line, reason: `this is the same source as on line ${lineOf.get(read.key)}` })
    else {
      lineOf.set(read.key, line)
      if (entry) entries.push({ node: entry, line, source: read })
    }
  }
  return { entries, problems: problems.sort((a, b) => a.line - b.line) }
}

/** The items of the list, an empty file being an empty list; null when it is something else. */
function entriesOf(contents: Node | null): (Node | null)[] | null {
  if (contents === null || (isScalar(contents) && contents.value === null)) return []
  return 'items' in contents && !isMap(contents) ? (contents.items as (Node | null)[]) : null
}

/** A source, or what is wrong with its entry. */
function readEntry(entry: Node | null): DeclaredSource | string {
  if (entry === null || (isScalar(entry) && entry.value === null))
    return 'nothing stands here; an unquoted # begins a comment, so write a hashtag or channel in quotes: "#hpc"'
  if (isScalar(entry)) return typeof entry.value === 'string' ? readLink(entry.value) : `${String(entry.value)} is not a link`
  if (!isMap(entry)) return 'an entry is a link, or one connector with its settings'
  const plain: unknown = entry.toJSON()
  const pairs = Object.entries(plain as object)
  const [pair] = pairs
  if (!pair || pairs.length > 1) return `an entry names one connector, and its settings stand in braces behind it: “- feed: { url: … }”`
  const [id, given] = pair
  const known = connectors.map((connector) => connector.id).join(', ')
  if (!connectors.some((connector) => connector.id === id)) return `there is no connector “${id}”; there are ${known}`
  if (typeof given === 'string') return readLink(given, id)
  if (given === null || typeof given !== 'object') return `${id} needs its settings in braces: “- ${id}: { … }”`
  return readSettings(id, given)
}

function readLink(link: string, only?: string): DeclaredSource | string {
  for (const connector of connectors) {
    if (only && connector.id !== only) continue
    const settings = connector.locate(link.trim())
    if (settings !== null) return readSettings(connector.id, settings as object)
  }
  return `“${link}” is not a link, handle or name that ${only ?? 'any connector'} knows`
}

function readSettings(id: string, given: object): DeclaredSource | string {
  const connector = connectors.find((candidate) => candidate.id === id)
  if (!connector) return `there is no connector “${id}”`
  const options = Options.safeParse(pick(given, Object.keys(Options.shape)))
  if (!options.success) return zodReason(options.error)
  const secret = Object.entries(given).find(
    ([key, value]) => /token|secret|password/i.test(key) && typeof value === 'string' && !isReference(value),
  )
  if (secret)
    return `${secret[0]} stands here in clear; put it into the environment and write ${secret[0]}: env:NAME, or into a file of mode 0600 and write file:/path`
  const settings = connector.settings.safeParse(omit(given, Object.keys(Options.shape)))
  if (!settings.success) return zodReason(settings.error)
  const { name, every, audience, permission, keep, paused = false, ...rules } = options.data
  return {
    key: `${id}:${canonical(settings.data)}`,
    platform: id,
    name: name ?? connector.describe(settings.data),
    nameGiven: name !== undefined,
    settings: settings.data as { [key: string]: unknown },
    rules,
    everySeconds: every ?? connector.everySecondsWith?.(settings.data) ?? connector.everySeconds,
    audience: mostCarefulOf(audience ?? null, connector.audience?.(settings.data, permission ?? null) ?? null),
    permission: permission ?? null,
    off: connector.off?.(settings.data, permission ?? null) ?? switchedOff(connector),
    paused,
    keepDays: keep === undefined ? (connector.keepDays ?? null) : Math.max(1, Math.round(keep / 86_400)),
  }
}

/** null where neither the owner nor the platform has a wish for all of a source. */
function mostCarefulOf(owner: Audience | null, platform: Audience | null): Audience | null {
  return owner && platform ? mostCareful(owner, platform) : (owner ?? platform)
}

function zodReason(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ')
}

function yamlReason(error: YAMLError): string {
  if (/reserved character @/.test(error.message)) return 'YAML wants quotes around what begins with @: "@name@server"'
  return error.message
}

function pick(from: object, keys: string[]): object {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)))
}

function omit(from: object, keys: string[]): object {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !keys.includes(key)))
}
