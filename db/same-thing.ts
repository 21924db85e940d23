import { distance } from 'fastest-levenshtein'
import { linkKey } from './link-key.ts'
import { linksIn, ownWords, type Said, wordsOf } from './own-words.ts'

/**
 * Whether two posts say the same thing, told from all that one would compare by eye. To fold two things that differ hides
 * one from a reader, to show one thing twice costs a glance: every rule below asks for more than it needs.
 */

/** All that is compared of a post, worked out once. */
export type Facts = {
  said: Said
  words: string[]
  /** The page that it is, and the one page that it is about, as `linkKey` gives them. */
  self: string | null
  about: string | null
  /** Words by which that page is called: its own title, or what a card says of it. */
  called: string[]
}

const HOUR_MS = 3_600_000
/** Copies of one text follow each other closely; a week later it is a reminder. */
const SAME_WORDS_MS = 36 * HOUR_MS
/** An article is read, passed on and gathered for a fortnight. */
const ARTICLE_MS = 14 * 24 * HOUR_MS
/** Below this nothing is said that others do not say as well: "Congratulations to the team". */
const LEAST_WORDS = 6
const ALIKE = 0.85
/** Words of one's own around a bare link: "worth a read", "new on the blog". */
const FEW_WORDS = 4

/** What `sameThing` compares. Pure. */
export function factsOf(said: Said): Facts {
  const links = linksIn(said)
    .map(linkKey)
    .filter((key) => key !== null)
  const different = [...new Set(links)]
  const self = said.url ? linkKey(said.url) : null
  const about = said.card ? linkKey(said.card.url) : different.length === 1 ? (different[0] ?? null) : null
  const called = said.title ? wordsOf(said.title) : said.card ? wordsOf(`${said.card.title} ${said.card.description}`) : []
  return { said, words: ownWords(said), self, about: about === self ? null : about, called }
}

/** Whether both say the same thing: the same words of one person, or the same article told on. Symmetric. */
export function sameThing(one: Facts, other: Facts): boolean {
  if (one.said.platform === other.said.platform && one.said.author.id === other.said.author.id) return false
  if (declared(one.said, other.said) || declared(other.said, one.said)) return true
  // The same page under two keys: a blog's own feed and its account on the fediverse.
  if (one.self !== null && one.self === other.self) return !titledApart(one, other)
  if ([one, other].some(({ said }) => said.replyTo !== null || said.poll !== null)) return false
  const apartMs = Math.abs(one.said.sortAt.getTime() - other.said.sortAt.getTime())
  if (apartMs <= SAME_WORDS_MS && samePerson(one.said, other.said) && (sameWords(one, other) || sameLink(one, other))) return true
  return apartMs <= ARTICLE_MS && sameArticle(one, other)
}

/** A bridge says of its copy what it is a copy of. */
function declared(copy: Said, original: Said): boolean {
  if (copy.copyOf === null) return false
  const page = linkKey(copy.copyOf)
  return copy.copyOf === original.externalId || (page !== null && original.url !== null && page === linkKey(original.url))
}

/** Notices of one page, each with a title of its own: a status page has the same address for all of them. */
function titledApart(one: Facts, other: Facts): boolean {
  const [title, otherTitle] = [one, other].map(({ said }) => (said.title === null ? null : wordsOf(said.title)))
  return title != null && otherTitle != null && (alike(title, otherTitle) < ALIKE || !sameFigures(title, otherTitle))
}

function sameWords(one: Facts, other: Facts): boolean {
  const [shorter, longer] = [one.words, other.words].toSorted((a, b) => a.length - b.length)
  if (!shorter || !longer || shorter.length < LEAST_WORDS || !sameFigures(shorter, longer)) return false
  return alike(shorter, longer) >= ALIKE || (shorter.length >= 2 * LEAST_WORDS && startsWith(longer, shorter))
}

/** One person on two networks about one page, not long apart: said in other words, yet said once. */
function sameLink(one: Facts, other: Facts): boolean {
  return one.about !== null && one.about === other.about && !one.said.quote && !other.said.quote
}

/** The article itself, gathered by another, or passed on with little but its title. */
function sameArticle(one: Facts, other: Facts): boolean {
  if (isArticle(one) && isArticle(other)) return sameStory(one, other)
  const article = [one, other].find(isArticle)
  const shares = [one, other].filter((facts) => facts !== article)
  const page = article?.self ?? one.about
  if (page === null || shares.some(({ about }) => about !== page)) return false
  const called = [...(article ? [...article.called, ...article.words.slice(0, 60)] : []), ...one.called, ...other.called]
  return shares.every((share) => isBare(share, called))
}

/** A piece with a title on a page of its own, that is not about another page. */
function isArticle({ said, self, about }: Facts): boolean {
  return said.title !== null && self !== null && (about === null || said.card === null)
}

/** Two articles are one when one leads to the other's page, or both begin alike at length under one title. */
function sameStory(one: Facts, other: Facts): boolean {
  const titles = [one, other].map(({ said }) => wordsOf(said.title ?? ''))
  const [first = [], second = []] = titles
  if (first.length < 3 || !sameFigures(first, second) || alike(first, second) < ALIKE) return false
  const leads = [one.about === other.self, other.about === one.self].some(Boolean) && (one.about ?? other.about) !== null
  const [start, otherStart] = [one, other].map(({ words, called }) => words.slice(called.length, called.length + 40))
  const begins =
    start && otherStart && Math.min(start.length, otherStart.length) >= 20 && alike(start.slice(0, 20), otherStart.slice(0, 20)) >= ALIKE
  return leads || begins === true
}

/** Says nothing of its own: all but a few of its words are the page's. */
function isBare({ said, words }: Facts, called: string[]): boolean {
  if (said.quote !== null || said.media.length > 0) return false
  const known = new Set([...called, ...wordsOf(`${said.author.name} ${said.place ?? ''}`)])
  const own = words.filter((word) => !known.has(word))
  // Of a page of which nothing is known, only a naked link is bare.
  return own.length <= (known.size > LEAST_WORDS && words.length - own.length >= 3 ? FEW_WORDS : 0) || words.length === 0
}

/**
 * Whether two accounts are one person's, as far as their names tell: good enough only beside the same words or the same
 * link. Names of two words or more, or one name and one handle
 * alike, or a handle that is the domain of the other.
 */
export function samePerson(one: Said, other: Said): boolean {
  const [name, otherName] = [one, other].map(({ author }) => wordsOf(author.name).join(' '))
  const [handle, otherHandle] = [one, other].map(({ author }) => handleOf(author.handle))
  if (!name || !otherName || !handle || !otherHandle) return false
  if (handle.whole.includes('.') && [otherHandle.whole, otherHandle.domain].includes(handle.whole)) return true
  if (otherHandle.whole.includes('.') && otherHandle.whole === handle.domain) return true
  const sameHandle = handle.local.length >= 3 && handle.local === otherHandle.local
  return (name === otherName && (name.includes(' ') || sameHandle)) || (sameHandle && handle.local.length >= 6)
}

/** `@ada@example.org` → ada at example.org; `@ada.example.org` → ada, and the whole is a domain of hers. */
function handleOf(handle: string): { local: string; whole: string; domain: string } {
  const whole = handle.toLowerCase().replace(/^@|^u\//, '')
  const [account = '', domain = ''] = whole.split('@')
  return { local: plainLetters(domain === '' ? (account.split('.')[0] ?? '') : account), whole, domain }
}

function plainLetters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '')
}

/** Numbers, versions, dates and times tell one announcement from the next: none may differ, and only a text cut short may lack some. */
function sameFigures(one: string[], other: string[]): boolean {
  const [few = [], more = []] = [one, other].map((words) => words.filter((word) => /\d/.test(word))).toSorted((a, b) => a.length - b.length)
  return few.every((figure, index) => more[index] === figure) && (few.length === more.length || Math.abs(one.length - other.length) > 1)
}

/** 1 for the same words in the same order, 0 for none in common. */
function alike(one: string[], other: string[]): number {
  const longest = Math.max(one.length, other.length)
  if (longest === 0) return 0
  const letters = new Map<string, string>()
  const spell = (words: string[]) =>
    words
      .map((word) => {
        const letter = letters.get(word) ?? String.fromCharCode(0x100 + letters.size)
        letters.set(word, letter)
        return letter
      })
      .join('')
  return 1 - distance(spell(one.slice(0, 400)), spell(other.slice(0, 400))) / Math.min(longest, 400)
}

function startsWith(long: string[], start: string[]): boolean {
  // The last word may have been cut.
  return start.slice(0, -1).every((word, index) => long[index] === word)
}
