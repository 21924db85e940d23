import { isMap, isNode, isScalar, type Node } from 'yaml'
import { canonical } from '../secrets.ts'
import { entryInYaml, entryOf } from './source-entry.ts'
import { entriesOfFile, type FileEntry } from './sources-file.ts'

/**
 * Changes to the text of a file of sources. The text is cut and mended where an entry stands, and stays as it is
 * everywhere else, to the last space and comment: who reads the difference sees what was done and nothing more.
 */

/** The entries that somebody means by a name, a link, a line (`12` or `:12`), or what a look-up made of it. */
export function entriesMeant(text: string, what: string, settings: { platform: string; settings: unknown }[] = []): FileEntry[] {
  const { entries } = entriesOfFile(text)
  const line = /^:?(\d+)$/.exec(what.trim())?.[1]
  if (line) return entries.filter((entry) => entry.line === Number(line))
  const keys = settings.map((one) => `${one.platform}:${canonical(one.settings)}`)
  const word = what.trim().toLowerCase()
  const exact = entries.filter(
    ({ source, node }) => [source.name.toLowerCase(), scalarIn(node)].includes(word) || keys.includes(source.key),
  )
  return exact.length > 0 ? exact : entries.filter(({ source }) => source.name.toLowerCase().includes(word))
}

/** The text with an entry (a line of YAML) at its end. */
export function withEntry(text: string, yaml: string): string {
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`
  // Who indents the list goes on so.
  const indent = /^( *)- /m.exec(whole)?.[1] ?? ''
  return `${whole}${indent}${yaml.replaceAll('\n', `\n${indent}`)}\n`
}

/** The text without an entry: its lines go, and comments before it stay, because they head what follows too. */
export function withoutEntry(text: string, { node }: FileEntry): string {
  const { start, end } = linesOf(text, node)
  return text.slice(0, start) + text.slice(end)
}

/** The text with one more option in an entry: `paused: true`, or a permission. A link becomes the settings that it means. */
export function withOption(text: string, { node, source }: FileEntry, option: { [name: string]: unknown }): string {
  const [from = 0, to = 0] = node.range ?? []
  const settings = isMap(node) ? node.items[0]?.value : null
  if (isMap(settings) && settings.flow && settings.range) {
    const close = text.lastIndexOf('}', settings.range[1] - 1)
    const before = text.slice(0, close).trimEnd()
    const first = before.endsWith('{') || before.endsWith(',')
    return `${before}${first ? ' ' : ', '}${inner(option)} }${text.slice(close + 1)}`
  }
  const [first] = isMap(settings) ? settings.items : []
  if (isMap(settings) && first && isScalar(first.key) && first.key.range) {
    const at = first.key.range[0]
    const column = at - (text.lastIndexOf('\n', at - 1) + 1)
    const line = text.lastIndexOf('\n', at - 1) + 1
    return `${text.slice(0, line)}${' '.repeat(column)}${inner(option)}\n${text.slice(line)}`
  }
  const entry = entryInYaml(entryOf(source.platform, source.settings, null, option)).replace(/^- /, '')
  return text.slice(0, from) + entry + text.slice(to)
}

/** The text without an option of an entry. */
export function withoutOption(text: string, { node }: FileEntry, name: string): string {
  const { start, end } = linesOf(text, node)
  const entry = text.slice(start, end)
  const value = String.raw`\s*:\s*(?:\{[^}]*\}|[^,}\n#]*)`
  const mended = entry
    .replace(new RegExp(String.raw`^[ \t]*${name}${value}[ \t]*(?:#.*)?\n`, 'm'), '')
    .replace(new RegExp(String.raw`,\s*${name}${value}(?=[,}])`), '')
    .replace(new RegExp(String.raw`(\{\s*)${name}${value},\s*`), '$1')
    .replace(/([^\s{])\}/, (whole, last: string) => (last === '}' || entry.includes(whole) ? whole : `${last} }`))
  return text.slice(0, start) + mended + text.slice(end)
}

/** From the start of its first line to the end of its last, comments that are indented below it included. */
function linesOf(text: string, node: Node): { start: number; end: number } {
  const [from = 0] = node.range ?? []
  const to = endOf(node)
  const start = text.lastIndexOf('\n', text.lastIndexOf('-', from - 1)) + 1
  const lineEnd = (at: number) => (text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at) + 1)
  let end = lineEnd(to)
  const column = /^ */.exec(text.slice(start))?.[0].length ?? 0
  for (;;) {
    const indented = /^( +)#.*(?:\n|$)/.exec(text.slice(end))
    if (!indented || (indented[1]?.length ?? 0) <= column) return { start, end }
    end += indented[0].length
  }
}

/** Where its last word ends; the range of a list or a block has the comments that follow, too. */
function endOf(node: Node): number {
  const last = isMap(node) && !node.flow ? node.items.at(-1) : undefined
  const deepest = last?.value ?? last?.key
  return isNode(deepest) ? endOf(deepest) : (node.range?.[1] ?? 0)
}

/** `paused: true`, as it stands within braces. */
function inner(option: { [name: string]: unknown }): string {
  return entryInYaml({ x: option })
    .replace(/^- x: \{ /, '')
    .replace(/ \}$/, '')
}

function scalarIn(node: Node): string | null {
  const value = isMap(node) ? node.items[0]?.value : node
  return isScalar(value) && typeof value.value === 'string' ? value.value.toLowerCase() : null
}
