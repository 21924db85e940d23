import { bareShares } from './bare-shares.ts'
import { type Facts, isArticle } from './facts.ts'
import { linkKey } from './link-key.ts'
import type { Said } from './own-words.ts'
import { samePerson } from './same-person.ts'
import { LEAST_WORDS, sameWords } from './same-words.ts'

/**
 * Whether two posts say the same thing, told from all that one would compare by eye. To fold two things that differ hides
 * one from a reader, to show one thing twice costs a glance: every rule below asks for more than it needs. The corpus in
 * `tests/unit/copies` says how often each mistake is made.
 */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Copies of one text follow each other closely; a week later it is a reminder. */
const SAME_WORDS_MS = 36 * HOUR_MS
/**
 * Who passes on one link on two networks in other words does so in one sitting; a little later it is the next that they
 * have to say of it: an incident resolved, a talk's next slide, the second finding of a report.
 */
const SAME_SITTING_MS = 10 * MINUTE_MS
/** An author announces an article in words of their own as soon as it is there. */
const ANNOUNCED_MS = HOUR_MS
/** An article is read, passed on and gathered for a fortnight. */
const ARTICLE_MS = 14 * 24 * HOUR_MS

/** Whether both say the same thing: the same words of one person, or the same article told on. Symmetric. */
export function sameThing(one: Facts, other: Facts): boolean {
  if (one.said.platform === other.said.platform && one.said.author.id === other.said.author.id) return false
  if (declared(one.said, other.said) || declared(other.said, one.said)) return true
  // The same page under two keys: a blog's own feed and its account on the fediverse.
  if (one.self !== null && one.self === other.self) return !titledApart(one, other)
  if ([one, other].some(({ said }) => said.replyTo !== null || said.poll !== null)) return false
  const apartMs = Math.abs(one.said.sortAt.getTime() - other.said.sortAt.getTime())
  if (apartMs > ARTICLE_MS) return false
  const person = samePerson(one.said, other.said)
  if (person && apartMs <= SAME_WORDS_MS && !picturesApart(one.said, other.said) && sayTheSame(one, other)) return true
  return (person && passOnTheSame(one, other, apartMs)) || sameArticle(one, other)
}

/** A bridge says of its copy what it is a copy of; two of its copies have one original. */
function declared(copy: Said, original: Said): boolean {
  if (copy.copyOf === null) return false
  const page = linkKey(copy.copyOf)
  const otherPages = [original.url, original.copyOf].map((url) => url && linkKey(url))
  return copy.copyOf === original.externalId || (page !== null && otherPages.includes(page))
}

/**
 * Notices on one page, each with a title of its own: a status page has the same address for all of them, and often the
 * same words below. What gathers feeds puts a name before a title ("Ada's blog: …") and keeps the words.
 */
function titledApart(one: Facts, other: Facts): boolean {
  if (one.said.title === null || other.said.title === null) return false
  const [short = [], long = []] = [one.title, other.title].toSorted((a, b) => a.length - b.length)
  if (short.join(' ') === long.join(' ')) return false
  return !(` ${long.join(' ')}`.endsWith(` ${short.join(' ')}`) && sameWords(one.body, other.body)) && !sameWords(one.title, other.title)
}

/** What stands below a title may be all that is said elsewhere, where there are no titles; the title's numbers count all the same. */
function sayTheSame(one: Facts, other: Facts): boolean {
  // "Links of the week", and each week another page.
  const [page, otherPage] = [one, other].map((facts) => facts.about ?? (isArticle(facts) ? facts.self : null))
  if (page && otherPage && page !== otherPage) return false
  if (sameWords([...one.title, ...one.body], [...other.title, ...other.body])) return true
  const [titled, plain] = one.title.length > 0 ? [one, other] : [other, one]
  const figures = titled.title.filter((word) => /\d/.test(word))
  // Less than this below a title is a form: "Investigating. We are looking into it."
  if (plain.title.length > 0 || titled.body.length < 2 * LEAST_WORDS) return false
  return figures.every((figure) => plain.body.includes(figure)) && sameWords(titled.body, plain.body)
}

/** One caption is often given to many pictures: where both are described, and differently, they are two. */
function picturesApart(one: Said, other: Said): boolean {
  const [alts, otherAlts] = [one, other].map(({ media }) => media.map(({ alt }) => alt))
  if (!alts?.length || !otherAlts?.length || [...alts, ...otherAlts].includes(null)) return false
  return !alts.some((alt) => otherAlts.includes(alt))
}

/** One person on two networks about one page in one sitting, or about a page of their own that is just out: said in other words, yet said once. */
function passOnTheSame(one: Facts, other: Facts, apartMs: number): boolean {
  if (apartMs > ANNOUNCED_MS || one.said.quote || other.said.quote) return false
  if (one.about !== null && one.about === other.about) return apartMs <= SAME_SITTING_MS || bareShares(one, other).some(Boolean)
  const [article, share] = isArticle(one) ? [one, other] : [other, one]
  return isArticle(article) && share.about === article.self
}

/** The article itself, gathered by another, or passed on with little but its title. */
function sameArticle(one: Facts, other: Facts): boolean {
  if (isArticle(one) && isArticle(other)) return sameStory(one, other)
  const article = [one, other].find(isArticle)
  const page = article?.self ?? one.about
  const shares = [one, other].filter((facts) => facts !== article)
  return page !== null && shares.every(({ about }) => about === page) && bareShares(one, other).every(Boolean)
}

/** Two articles are one when one leads to the other's page, or both begin alike at length, under one title. */
function sameStory(one: Facts, other: Facts): boolean {
  if (one.title.length < 3 || one.title.join(' ') !== other.title.join(' ')) return false
  const leads = (one.about !== null && one.about === other.self) || (other.about !== null && other.about === one.self)
  return leads || (Math.min(one.body.length, other.body.length) >= 3 * LEAST_WORDS && sameWords(one.body, other.body))
}
