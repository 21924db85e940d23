/** Hues that chat.css has a class for. */
const HUES = 12

/** The same nick has the same hue, on every page and every day; whether it was heard live or read from a log. */
export function nickClass(nick: string): string {
  let hash = 0
  for (const character of nick.toLowerCase()) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0
  return `nick hue-${hash % HUES}`
}
