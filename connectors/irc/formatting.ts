import type { StyledRun } from '../html.ts'

type Style = Omit<StyledRun, 'text'>

/** The codes that toggle a style. https://modern.ircdocs.horse/formatting */
const TOGGLES: { [code: string]: keyof Style } = {
  '\x02': 'bold',
  '\x1d': 'italic',
  '\x1f': 'underline',
  '\x1e': 'strike',
  '\x11': 'mono',
  '\x16': 'reverse',
}
const RESET = '\x0f'

/**
 * Colours are left out: their sixteen or more shades on a ground that the writer never saw are readable on one of our
 * papers at best. A comma that no digit follows belongs to the text.
 */
const COLOUR = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?/gi
const OTHER_CONTROLS = /[\x00\x01\x05-\x08\x0a-\x0e\x10\x12-\x15\x17-\x1c\x7f-\x9f\ufeff]/g
const CODES = /([\x02\x0f\x11\x16\x1d\x1e\x1f])/
const QUOTED_CODE = /`([^`]+)`/

/** What was said as runs of one style each: mIRC's codes, and code between backticks. */
export function styledRuns(said: string): StyledRun[] {
  const runs: StyledRun[] = []
  let style: Style = {}
  for (const part of withoutColours(said).trimEnd().split(CODES)) {
    const toggled = TOGGLES[part]
    if (part === RESET) style = {}
    else if (toggled) style = { ...style, [toggled]: !style[toggled] }
    else if (part !== '') runs.push(...codeWithin(part, style))
  }
  return runs
}

/** The same as plain text: what logs that keep no codes have. */
export function plainText(said: string): string {
  return withoutColours(said)
    .replace(/[\x02\x0f\x11\x16\x1d\x1e\x1f]/g, '')
    .trimEnd()
}

function withoutColours(said: string): string {
  return said.replace(COLOUR, '').replaceAll('\t', ' ').replace(OTHER_CONTROLS, '')
}

function codeWithin(text: string, style: Style): StyledRun[] {
  if (style.mono) return [{ text, ...style }]
  return text.split(QUOTED_CODE).flatMap((piece, index) => {
    if (piece === '') return []
    return [index % 2 === 1 ? { text: piece, ...style, mono: true } : { text: piece, ...style }]
  })
}
