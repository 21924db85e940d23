/** Hues that chat.css has a class for. */
const HUES = 12

/** The same nick has the same hue, on every page and every day; whether it was heard live or read from a log. */
export function nickClass(nick: string): string {
  // FNV-1a, whose last bits alone would tell too few short words apart.
  let hash = 0x811c9dc5
  for (const character of nick.toLowerCase()) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return `nick hue-${((hash ^ (hash >>> 15)) >>> 0) % HUES}`
}
