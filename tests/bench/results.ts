import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, 'RESULTS.md')

/** Puts `text` below `## title` of the results, in place of what stood there; other sections stay. */
export function writeSection(title: string, text: string): void {
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '# Results\n'
  const sections = before.split(/^(?=## )/m)
  const own = `## ${title}\n\n${text}\n`
  const at = sections.findIndex((section) => section.startsWith(`## ${title}\n`))
  if (at < 0) sections.push(own)
  else sections[at] = at === sections.length - 1 ? own : `${own}\n`
  writeFileSync(FILE, `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`)
}
