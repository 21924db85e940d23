import { distance } from 'fastest-levenshtein'
import { parseDocument } from 'yaml'
import { elsewhereCannot } from '#connectors/elsewhere'
import { connectors } from '#connectors/registry'
import { distinct, type Meaning, meaningOf } from './meaning.ts'
import { isSwitchedOn, switchedOff } from './switched-on.ts'
import { readingsOf, tidyPasted } from './tidy-pasted.ts'

// The order in which readings of a text are tried is the whole matter, so that it stands in one file.

/** One of many in a file that lists sources. `line` names where it stands there, and what is wrong with it. */
export type Listed = { meaning: Meaning } | { wrong: string }

export type Understood =
  /** The best first, at most three: the others are what it could mean besides. */
  | { as: 'source'; meanings: Meaning[] }
  | { as: 'list'; listed: Listed[] }
  /** A file that lists sources, which is to be fetched. */
  | { as: 'list-at'; url: string }
  | { as: 'nothing'; reason: string; nearest: Meaning[] }

/** What is read already: a name without a server is looked for on the servers of these. */
export type Known = { platform: string; settings: unknown }

const MOST_MEANINGS = 3
/** So many letters off, a host is another's name, or a slip of the finger. */
const SLIP = 2
const NOT_KNOWN = 'This is no link, handle or name that a source could be made of'

/**
 * What somebody pasted, as it stands in a browser's address bar, in a mail, or as people say it. Pure: what cannot be
 * told without asking somebody's server comes as several meanings, to be tried in their order.
 */
export function understand(pasted: string, known: Known[] = []): Understood {
  const whole = pasted.replace(/^\uFEFF/, '').trim()
  if (!whole) return { as: 'nothing', reason: 'Nothing was pasted', nearest: [] }
  const listed = listIn(whole, known)
  if (listed) return { as: 'list', listed }
  const entry = entryIn(whole)
  if (entry) return { as: 'source', meanings: [entry] }
  const written = tidyPasted(whole)
  if (whole.includes('\n')) return { as: 'nothing', reason: 'These are several lines, and none of them is a source', nearest: [] }
  const url = listAddress(written)
  if (url) return { as: 'list-at', url }

  const readings = readingsOf(written)
  const guesses = readings.flatMap((reading) => guessesAt(reading, known))
  const likely = guesses.filter((guess) => guess.likely).map(({ meaning }) => meaning)
  const reason = readings.map(whyNot).find((why) => why !== null)
  // A link that is of no use leads to no guesses but about what it names.
  if (reason && likely.length === 0) return { as: 'nothing', reason, nearest: besides(wordsIn(written), known).slice(0, MOST_MEANINGS) }
  const located = locatedIn(readings)
  const slips = readings.flatMap((reading) => withoutSlip(reading).flatMap((mended) => locatedIn([mended]) ?? []))
  const possible = guesses.filter((guess) => !guess.likely).map(({ meaning }) => meaning)
  if (!located && likely.length === 0) return { as: 'nothing', reason: NOT_KNOWN, nearest: nearestTo(written, known) }
  return { as: 'source', meanings: distinct([...likely, ...(located ? [located] : []), ...slips, ...possible]).slice(0, MOST_MEANINGS) }
}

/** The sources that a fetched file lists; null where it lists none. Pure. */
export function listIn(text: string, known: Known[] = []): Listed[] | null {
  for (const connector of connectors) {
    const found = connector.lists?.read(text)
    if (!found) continue
    return found.map(({ name, settings }) => {
      const meaning = meaningOf(connector.id, settings)
      return meaning ? { meaning: { ...meaning, ...(name && { name }) } } : { wrong: name ?? '' }
    })
  }
  return pastedLines(text, known)
}

/** Those by which something may be read here. */
const open = () => connectors.filter((connector) => isSwitchedOn(connector))

/** The last of the connectors takes any address: each is asked about every reading before the next one is. */
function locatedIn(readings: string[]): Meaning | null {
  for (const { id, locate } of open()) {
    const settings = readings.map((reading) => locate(reading)).find((found) => found !== null)
    if (settings !== undefined) return meaningOf(id, settings)
  }
  return null
}

function guessesAt(written: string, known: Known[]): { meaning: Meaning; likely: boolean }[] {
  return open().flatMap(({ id, settings, mayMean }) => {
    const here = known.filter(({ platform }) => platform === id).map((source) => settings.safeParse(source.settings))
    return (
      mayMean?.(
        written,
        here.flatMap(({ data }) => (data === undefined ? [] : [data])),
      ) ?? []
    ).flatMap((guess) => {
      const meaning = meaningOf(id, guess.settings)
      return meaning ? [{ meaning, likely: guess.likely }] : []
    })
  })
}

function whyNot(written: string): string | null {
  for (const { cannot } of connectors) {
    const reason = cannot?.(written)
    if (reason) return reason
  }
  return closed(written)
}

/** Why it is not read here, where it belongs to a place that is read by nobody, or by who switches it on, with what costs nothing. */
function closed(written: string): string | null {
  for (const connector of connectors) {
    const off = switchedOff(connector)
    if (off && connector.locate(written) !== null && !guessesAt(written, []).some(({ likely }) => likely))
      return `${off}. ${connector.switched?.instead}`
  }
  return elsewhereCannot(written)
}

/** The same with the host that was probably meant. */
function withoutSlip(written: string): string[] {
  if (!/^https?:\/\//i.test(written) || !URL.canParse(written)) return []
  const host = new URL(written).hostname.replace(/^www\./, '')
  const hosts = connectors.flatMap((connector) => connector.hosts ?? [])
  if (hosts.some((one) => host === one || host.endsWith(`.${one}`))) return []
  const near = hosts.filter((one) => distance(one, host) <= SLIP).sort((a, b) => distance(a, host) - distance(b, host))
  return near.map((one) => written.replace(new URL(written).hostname, one))
}

/** What it could mean: a platform that is named before it, a word as hashtag, place or channel. */
function nearestTo(written: string, known: Known[]): Meaning[] {
  const named = /^([\p{L}.]+)[\s:/]+(\S.*)$/u.exec(written)
  const of = (meanings: { meaning: Meaning }[]) => meanings.map(({ meaning }) => meaning)
  const [, first = '', rest = ''] = named ?? []
  const called = connectors.filter(({ id, name }) => [id, name.toLowerCase()].some((one) => distance(one, first.toLowerCase()) <= SLIP))
  const after = called.flatMap(({ id, locate }) => {
    const settings = locate(rest) ?? locate(`@${rest}`)
    const meaning = settings === null ? null : meaningOf(id, settings)
    return [...(meaning ? [meaning] : []), ...of(guessesAt(rest, known)), ...of(guessesAt(`#${rest.replace(/^#/, '')}`, known))].filter(
      ({ platform }) => platform === id,
    )
  })
  const slips = readingsOf(written).flatMap((reading) => withoutSlip(reading).flatMap((mended) => locatedIn([mended]) ?? []))
  return distinct([...after, ...slips, ...(after.length > 0 ? [] : besides([written, ...wordsIn(written)], known))]).slice(0, MOST_MEANINGS)
}

function besides(words: string[], known: Known[]): Meaning[] {
  return distinct(words.flatMap((word) => guessesAt(word, known).map(({ meaning }) => meaning)))
}

/** Of an address elsewhere: the hashtag that it is about, or the name of the account; of a few words: all as one. */
function wordsIn(written: string): string[] {
  const [, address] = readingsOf(written)
  if (/^https?:/i.test(address ?? written) && URL.canParse(address ?? written)) {
    const { pathname, searchParams } = new URL(address ?? written)
    const tag =
      /\/(?:hashtag|tags?)\/([\p{L}\p{N}_]+)/u.exec(decodeURI(pathname))?.[1] ?? /^#?(\w+)$/.exec(searchParams.get('q') ?? '')?.[1]
    const isElsewhere = closed(written) !== null || connectors.some(({ switched, cannot }) => switched && cannot?.(written))
    const name = isElsewhere ? /^\/(?:in\/|@)?([\w-]{4,30})\/?$/.exec(pathname)?.[1] : undefined
    return tag ? [`#${tag}`] : name ? [`@${name}`] : []
  }
  const words = written.split(/\s+/)
  return words.length > 1 && words.length <= 3 && words.every((word) => /^[\p{L}\p{N}_]+$/u.test(word)) ? [words.join('')] : []
}

/** Several lines of links or names, or a file of sources as this program keeps them. */
function pastedLines(text: string, known: Known[]): Listed[] | null {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/^[-*•]\s+/, ''))
    .filter((line) => line !== '' && !line.startsWith('# '))
  if (lines.length < 2) return null
  const { contents } = parseDocument(text, { prettyErrors: false })
  const entries: unknown = contents?.toJSON()
  if (Array.isArray(entries) && entries.some((entry) => entry !== null && typeof entry === 'object'))
    return entries.map((entry) => listedIn(entry, known))
  const listed = lines.map((line) => listedIn(line, known))
  return listed.filter((one) => 'meaning' in one).length * 2 >= lines.length ? listed : null
}

/** An entry as it stands in a file of sources: `reddit: { subreddit: hpc }`. */
function entryIn(text: string): Meaning | null {
  const entry = text.replace(/^-\s+/, '')
  if (!connectors.some(({ id }) => entry.startsWith(`${id}: {`) || entry.startsWith(`${id}:\n`))) return null
  const { contents } = parseDocument(entry, { prettyErrors: false })
  const listed = listedIn(contents?.toJSON(), [])
  return 'meaning' in listed ? listed.meaning : null
}

function listedIn(entry: unknown, known: Known[]): Listed {
  if (typeof entry === 'string') {
    const understood = understand(entry, known)
    const [meaning] = understood.as === 'source' ? understood.meanings : []
    return meaning ? { meaning } : { wrong: entry }
  }
  const [[platform, given] = ['', null]] = Object.entries(entry ?? {})
  const meaning = typeof given === 'string' ? locatedIn([given]) : meaningOf(platform, given)
  return meaning ? { meaning } : { wrong: JSON.stringify(entry) }
}

function listAddress(written: string): string | null {
  for (const { lists } of connectors) {
    const url = readingsOf(written)
      .map((reading) => lists?.at(reading))
      .find(Boolean)
    if (url) return url
  }
  return null
}
