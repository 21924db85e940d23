import { linkKey } from './link-key.ts'
import { linksIn, ownWords, type Said, wordsOf } from './own-words.ts'

/** All that is compared of a post, worked out once. */
export type Facts = {
  said: Said
  title: string[]
  /** What is said below the title. */
  body: string[]
  /** The page that it is, and the one page that it is about, as `linkKey` gives them. */
  self: string | null
  about: string | null
}

/** Worked out already: a post on its way into the database is asked for its keys first, and then compared. */
const known = new WeakMap<Said, Facts>()

/** What `sameThing` compares. Pure; of one object it is worked out once. */
export function factsOf(said: Said): Facts {
  const facts = known.get(said) ?? workedOut(said)
  known.set(said, facts)
  return facts
}

function workedOut(said: Said): Facts {
  const links = new Set(
    linksIn(said)
      .map(linkKey)
      .filter((key) => key !== null),
  )
  const [only = null] = links.size === 1 ? links : []
  const self = said.url ? linkKey(said.url) : null
  const about = said.card ? linkKey(said.card.url) : only
  return { said, title: wordsOf(said.title ?? ''), body: ownWords(said), self, about: about === self ? null : about }
}

/** A piece with a title on a page of its own, that is not about another page. */
export function isArticle({ said, self }: Facts): boolean {
  return said.title !== null && self !== null && said.card === null
}
