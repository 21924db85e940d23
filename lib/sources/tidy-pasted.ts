/** What came along when it was copied: brackets, quotes, a mail's angle brackets, a full stop, a browser's own word. */
export function tidyPasted(pasted: string): string {
  const bare = pasted
    .replace(/[\u200B-\u200D\u2060\uFEFF]/g, '')
    .replace(/^\[[^\]]*\]\((\S+)\)$/, '$1')
    .replace(/^view-source:/i, '')
    .replace(/^[<"'“”‘«`]+|[>"'“”’»`]+$/g, '')
    .replace(/[.,;]+$/, '')
    .replaceAll('＠', '@')
    .replaceAll('＃', '#')
    .trim()
  return bare
    .replace(/&amp;/g, '&')
    .replace(/^(?:h?t?tps?|hhtps?|htt?sp?|https?)(?:;\/\/|:\/(?!\/)|:\\\\|:\/\/\/|\/\/|:\/\/)(?=\S)/i, (scheme) =>
      /ps|sp/i.test(scheme) ? 'https://' : 'http://',
    )
    .replace(/^https?:\/\/(?=https?:\/\/)/i, '')
}

/** As it is, and as an address that somebody left the start off. */
export function readingsOf(written: string): string[] {
  const isBare = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?::\d+)?(?:[/?#]\S*)?$/u.test(written)
  return isBare ? [written, `https://${written}`] : [written]
}
