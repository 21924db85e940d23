import { fold } from './names.ts'

/** Who is, or was, in the channel: nicks (folded) and the accounts behind them, where known. */
export type People = { [nick: string]: string | null }

/** Nicks and accounts (folded) under which somebody goes who asked to be left out, each with the name that they gave. */
export type OtherNames = { [name: string]: string }

/** More nicks than this are forgotten, the longest unseen first: a log may tell of years. */
const MOST_PEOPLE = 5000
const MOST_OTHER_NAMES = 500

/**
 * Follows who is called what, so that an answer finds whom it answers, and a wish to be left out follows its nick.
 * @param otherNames what an earlier roster knew
 */
export function keepRoster(optOut: string[], otherNames: OtherNames = {}) {
  const people: People = Object.create(null)
  let known = 0
  const asked = new Set(optOut.map(fold))
  const optedOut = new Map([...asked].map((name) => [name, name]))
  for (const [name, wish] of Object.entries(otherNames)) alsoKnownAs(name, wish)

  function alsoKnownAs(name: string, wish: string): void {
    if (asked.has(wish) && !asked.has(name)) optedOut.set(name, wish)
  }

  function seen(nick: string, account?: string | null): void {
    const name = fold(nick)
    const before = people[name]
    if (before !== undefined) delete people[name]
    else known++
    people[name] = account === undefined ? (before ?? null) : account
    // Who is left out by their nick is so under the account that they then log in to, whatever its nicks.
    const wish = optedOut.get(name)
    if (account && wish !== undefined) alsoKnownAs(fold(account), wish)
    if (known <= MOST_PEOPLE) return
    const [oldest] = Object.keys(people)
    if (oldest !== undefined) delete people[oldest]
    known--
  }

  return {
    /** A live view: it grows with what is seen. */
    people,
    /** Nicks and accounts, folded; also a live view. */
    optedOut: { has: (name: string) => optedOut.has(name), names: () => [...optedOut.keys()] },
    /** What the next roster has to know of this one. */
    otherNames: (): OtherNames => Object.fromEntries([...optedOut].filter(([name]) => !asked.has(name)).slice(-MOST_OTHER_NAMES)),
    /** Somebody is here. `account`: null is "not logged in", undefined "not said". */
    seen,
    renamed(from: string, to: string): void {
      const wish = optedOut.get(fold(from))
      // The name that they leave is anybody's again, unless it is the one that they gave.
      if (wish !== undefined && !asked.has(fold(from))) optedOut.delete(fold(from))
      if (wish !== undefined) alsoKnownAs(fold(to), wish)
      seen(to, people[fold(from)] ?? null)
      // The account goes along: whoever takes the name that is free now is somebody else, perhaps.
      if (fold(to) !== fold(from) && Object.hasOwn(people, fold(from))) people[fold(from)] = null
    },
  }
}

export type OptedOut = ReturnType<typeof keepRoster>['optedOut']
