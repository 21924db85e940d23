/** Longer ones are of films that nobody watches in a timeline. */
const MOST_LINES = 20_000

/**
 * A playlist whose pieces are fetched from `at` instead (RFC 8216): the lines that are addresses, and those within tags.
 * What it would have a player fetch by another scheme, or keys to unlock it, is left out.
 */
export function playlistAt(text: string, base: string, at: (url: string) => string): string {
  const moved = (written: string) => {
    const url = URL.canParse(written, base) ? new URL(written, base) : null
    return url && /^https?:$/.test(url.protocol) ? at(url.href) : null
  }
  return text
    .split(/\r?\n/)
    .slice(0, MOST_LINES)
    .flatMap((line) => {
      if (line.startsWith('#EXT-X-KEY') && !/METHOD=NONE/.test(line)) return []
      if (line.startsWith('#')) return [line.replace(/\bURI="([^"]*)"/g, (_tag, written) => `URI="${moved(written) ?? ''}"`)]
      return line.trim() ? [moved(line.trim()) ?? ''] : [line]
    })
    .join('\n')
}
