import { fold } from './names.ts'

/** Who is, or was, in the channel: nicks (folded) and the accounts behind them, where known. */
export type People = { [nick: string]: string | null }

/** More nicks than this are forgotten, the longest unseen first: a log may tell of years. */
const MOST_PEOPLE = 5000

/** Follows who is called what, so that an answer finds whom it answers, and a wish to be left out follows its nick. */
export function keepRoster(optOut: string[]) {
  const people: People = Object.create(null)
  let known = 0
  const optedOut = new Set(optOut.map(fold))

  function seen(nick: string, account?: string | null): void {
    const name = fold(nick)
    const before = people[name]
    if (before !== undefined) delete people[name]
    else known++
    people[name] = account === undefined ? (before ?? null) : account
    if (known <= MOST_PEOPLE) return
    const [oldest] = Object.keys(people)
    if (oldest !== undefined) delete people[oldest]
    known--
  }

  return {
    /** A live view: it grows with what is seen. */
    people,
    /** Nicks and accounts, folded; also a live view. */
    optedOut,
    /** Somebody is here. `account`: null is "not logged in", undefined "not said". */
    seen,
    renamed(from: string, to: string): void {
      seen(to, people[fold(from)])
      if (optedOut.has(fold(from))) optedOut.add(fold(to))
    },
  }
}
