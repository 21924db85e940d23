import { type Said, wordsOf } from './own-words.ts'

/**
 * Whether two accounts are one person's, as far as their names tell: good enough only beside the same words or the same
 * link. A handle that is the domain of the other; a name of two words or more that the other has as well, whatever stands
 * around it; or one handle, and a name that does not contradict it.
 */
export function samePerson(one: Speaking, other: Speaking): boolean {
  const [account, otherAccount] = [accountOf(one), accountOf(other)]
  if (account.domain !== '' && account.domain === otherAccount.domain && (account.owns || otherAccount.owns)) return true
  const [few = [], many = []] = [nameOf(one), nameOf(other)].toSorted((a, b) => a.length - b.length)
  const shared = few.filter((word) => many.includes(word)).length
  const sameHandle = account.local.length >= SHORTEST_HANDLE && account.local === otherAccount.local
  // "Ada" is many people, and many people are called `ada` on their own servers; both together are seldom two.
  const telling = [one, other].some(isNameless) ? TELLING_HANDLE - 1 : TELLING_HANDLE
  return (few.length >= 2 && shared === few.length) || (sameHandle && (shared > 0 || account.local.length >= telling))
}

/** Who says something, and where: the site stands for whoever has no handle. */
type Speaking = Pick<Said, 'author' | 'url'>

/**
 * Names by which accounts that `samePerson` takes for one find each other, nearly always: the two longest words of the
 * name, which stay when others are left out, and the handle.
 */
export function namesToFind(said: Speaking): string[] {
  const words = nameOf(said).toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
  return [...new Set([words.slice(0, 2).toSorted().join(' '), accountOf(said).local])].filter((name) => name !== '')
}

const SHORTEST_HANDLE = 3
/** A handle of this length was chosen: two people seldom hit upon it. */
const TELLING_HANDLE = 6

/** What stands before and after names on one network and not on another. */
const TITLES = new Set('dr prof professor phd mr mrs ms dipl ing she her he him they them'.split(' '))

/** The words of a name without what networks put beside it: titles, pronouns, `:emoji:`, accents. */
function nameOf({ author }: Speaking): string[] {
  const plain = author.name
    .replace(/:\w+:/g, ' ')
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
  return wordsOf(plain).filter((word) => !TITLES.has(word))
}

/** Some platforms have handles only. */
function isNameless({ author }: Speaking): boolean {
  return author.handle.endsWith(author.name)
}

/** `owns`: the handle is a domain, which proves that it is its owner's. */
type Account = { local: string; domain: string; owns: boolean }

/** `@ada@example.org` → ada at example.org; `@ada.example.org` is a domain of hers; a blog has no handle, but a site. */
function accountOf({ author, url }: Speaking): Account {
  const site = url && URL.canParse(url) ? new URL(url).host.replace(/^www\./, '') : ''
  const whole = (author.handle || site).toLowerCase().replace(/^@|^u\//, '')
  const [local = '', domain = ''] = whole.split('@')
  const isDomain = domain === '' && local.includes('.')
  const named = isDomain ? (local.split('.')[0] ?? '') : local
  return { local: named.replace(/[^\p{L}\p{N}]/gu, ''), domain: isDomain ? local : domain, owns: isDomain && author.handle !== '' }
}
