import names from './emoji-names.json' with { type: 'json' }

/** The workspace's own emoji by name: the address of a picture, or the name of another as `alias:name`. */
export type CustomEmojis = { [name: string]: string }

/** Slack's names of standard emoji, from emoji-datasource 16.0.0 (MIT), which Slack is built with. */
const STANDARD: ReadonlyMap<string, string> = new Map(Object.entries(names))

/** An alias of an alias of an alias is somebody's joke. */
const MOST_ALIASES = 5

export type Emoji = { glyph: string } | { image: string } | null

/** What `:name:` shows, with a skin tone as `name::skin-tone-3`; null for one that neither Unicode nor the workspace has. */
export function emojiOf(name: string, custom: CustomEmojis): Emoji {
  const [base = '', ...tones] = name.split('::')
  let written = base
  for (let aliases = 0; aliases <= MOST_ALIASES; aliases++) {
    const own = custom[written]
    if (own === undefined) break
    if (!own.startsWith('alias:')) return /^https?:\/\//i.test(own) ? { image: own } : null
    written = own.slice('alias:'.length)
  }
  const glyph = STANDARD.get(written)
  return glyph === undefined ? null : { glyph: [glyph, ...tones.map((tone) => STANDARD.get(tone) ?? '')].join('') }
}

export function isStandard(name: string): boolean {
  return STANDARD.has(name.split('::')[0] ?? '')
}

/** `1f44d-1f3fc`, as rich text gives standard emoji, as text; null where it is no such thing. */
export function glyphOf(unicode: string): string | null {
  const points = unicode.split('-').map((hex) => (/^[0-9a-f]{2,6}$/i.test(hex) ? Number.parseInt(hex, 16) : Number.NaN))
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : null
}
