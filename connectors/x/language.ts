/** The language that X found a text to be in; null for `und`, `qme` and the like, which are none (https://docs.x.com/x-api/fundamentals/data-dictionary). */
export function languageOf(lang: string | undefined): string | null {
  return lang !== undefined && /^[a-z]{2}$/.test(lang) ? lang : null
}
