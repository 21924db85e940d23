import { type Facts, isArticle } from './facts.ts'
import { wordsOf } from './own-words.ts'

/** Which of two, the article aside, pass on one page with nothing but the name that it goes by. */
export function bareShares(one: Facts, other: Facts): boolean[] {
  const article = [one, other].find(isArticle)
  const shares = [one, other].filter((facts) => facts !== article)
  const named = new Set([one, other].flatMap(({ said, about }) => wordsOf(`${said.author.name} ${said.place} ${hostIn(about)}`)))
  const said = shares.map(({ title, body }) => [...title, ...body].filter((word) => !PASSING_ON.has(word) && !named.has(word)))
  const [first = [], second = first] = said
  const alike = first.length >= 4 && first.length <= LONGEST_TITLE && first.join(' ') === second.join(' ') ? first : []
  // By its own title, by what a card says, by the title of a link post where its platform reads no pages (which is the
  // page's, mostly), or by what two people call it alike.
  const cards = shares.map(({ said }) => wordsOf(said.card?.title ?? ''))
  const linkPosts = shares.map(({ said, title }) => (said.card ? title : []))
  const called = article?.title ?? [...cards, ...linkPosts].find((title) => title.length > 0) ?? alike
  return shares.map((share, index) => {
    const words = said[index] ?? []
    const plain = share.said.quote === null && share.said.media.length === 0
    return plain && words.every((word) => called.includes(word)) && (words.length === 0 || words.length >= called.length / 3)
  })
}

/** A longer text is no title, and who repeats it repeats a person. */
const LONGEST_TITLE = 15

function hostIn(key: string | null): string {
  return (key?.split('/')[0] ?? '').replace(/[^\p{L}\p{N}]/gu, ' ')
}

/** What one says with a link and says nothing: whose, what kind, "worth a read". Whatever else is said is a comment. */
const PASSING_ON = new Set(
  `a an the this that is of by from via on in at out here now new my our and to about for worth read reading must good great nice cool
   interesting excellent lovely recommended blog blogpost post posts article paper preprint story video podcast episode talk slides link
   check just published neu neuer im blog beitrag artikel lesenswert nouveau nouvel billet lire`.split(/\s+/),
)
