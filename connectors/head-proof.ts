import { load } from 'cheerio/slim'

/** The name of the `meta` element that carries a code; only who may change a page's head can put it there, no commenter. */
export const PROOF = 'backplane-opt-out'
/** The same of a code by which somebody proves that an account is theirs. */
export const CLAIM = 'backplane-claim'

/** The codes that a page (HTML, decoded) has in its head. Pure. */
export function codesInHead(html: string): string[] {
  const $ = load(html)
  return $([PROOF, CLAIM].map((name) => `:root > head > meta[name="${name}"]`).join())
    .map((_, meta) => $(meta).attr('content') ?? '')
    .get()
}
