import normalizeUrl from 'normalize-url'
import { TidyCleaner } from 'tidy-url'
import type { NetworkAddresses } from './post.ts'

const tidy = new TidyCleaner()
// 1.18 reads the switch the wrong way round, and would tell the log of every address; a test hears whether it does.
tidy.config.set('silent', false)

/** Words in an address that say how somebody came there, and that tidy-url keeps because some site may mean more by them. */
const CAME_BY = [/^utm_/i, /^(ref|ref_src|referrer|source|via|share|share_id|si|igsh|igshid|cmpid|ncid|spm|trk|rss|amp|outputType)$/i]

/** A parameter of any name that names a feed, or a network (`knowAddresses`), says how somebody came, too: `?src=rss`. */
const CAME_FROM = ['social', 'rss', 'feed', 'newsletter']

/** Hosts under which a site shows the same pages to telephones, old browsers and caches. */
const OTHER_DOORS = /^(www\d?|m|mobile|amp|old|new|np|touch)\./

/** Addresses that one page goes by, each with the form that stands for all. */
const FORMS: [RegExp, string][] = [
  [/^youtu\.be\/([\w-]+).*$/, 'youtube.com/watch?v=$1'],
  [/^youtube\.com\/(?:shorts|live|embed)\/([\w-]+).*$/, 'youtube.com/watch?v=$1'],
  [/^youtube\.com\/watch\?(?:.*&)?v=([\w-]+).*$/, 'youtube.com/watch?v=$1'],
  [/^([a-z]+)\.m\.wikipedia\.org\//, '$1.wikipedia.org/'],
  // A version of a paper is the paper, and its PDF is, too.
  [/^arxiv\.org\/(?:abs|pdf|html)\/([\w./-]+?)(?:v\d{1,3})?(?:\.pdf)?$/, 'arxiv.org/abs/$1'],
  [/^dx\.doi\.org\//, 'doi.org/'],
]

/** Caches of the AMP project: `https://example-org.cdn.ampproject.org/c/s/example.org/story`. */
const AMP_CACHE = /^https?:\/\/[^/]*(?:cdn\.ampproject\.org|google\.[a-z.]+)\/(?:(?:c|v|i)\/(s\/)?|amp\/(s\/)?)/

/** Doors that only lead on, with where they lead in the address: `https://www.google.com/url?q=…`. */
const ONWARD = [/^https?:\/\/www\.google\.[a-z.]+\/url/]

let known = { forms: FORMS, onward: ONWARD, cameFrom: cameFrom(CAME_FROM) }

/** What is known of the addresses of networks, from those who read them: told once, before anything is compared. */
export function knowAddresses(networks: readonly NetworkAddresses[]): void {
  known = {
    forms: [...FORMS, ...networks.flatMap(({ forms = [] }) => forms)],
    onward: [...ONWARD, ...networks.flatMap(({ onward = [] }) => onward)],
    cameFrom: cameFrom([...CAME_FROM, ...networks.flatMap(({ calledInLinks = [] }) => calledInLinks)]),
  }
}

function cameFrom(words: readonly string[]): RegExp {
  return new RegExp(`([?&])[a-z_]+=(?:${words.join('|')})(?=&|#|$)`, 'gi')
}

/**
 * What tells whether two links lead to the same page: the address without scheme, `www`, fragment, tracking words, AMP
 * and mobile forms (https://github.com/DrKain/tidy-url, https://github.com/sindresorhus/normalize-url). null for what
 * is no web address, and for a site's front door: to link it is to name the site, not to say the same thing.
 */
export function linkKey(url: string): string | null {
  if (!/^https?:\/\//i.test(url) || url.length > 2000 || !URL.canParse(url)) return null
  // Most links are plain already, and the libraries take a tenth of a millisecond for each.
  const [, bare] = PLAIN.exec(url) ?? []
  if (bare) return inOneForm(bare)
  try {
    const door = direct(url).replace(known.cameFrom, '$1')
    // Only words and AMP are its business, and it takes a tenth of a millisecond.
    const key = normalizeUrl(/\?|\bamp\b/i.test(door) ? tidy.clean(door).url : door, {
      stripProtocol: true,
      stripHash: true,
      stripWWW: true,
      removeQueryParameters: CAME_BY,
      removeDirectoryIndex: [/^index\.[a-z]+$/i],
    })
    return inOneForm(key)
  } catch {
    // tidy-url and normalize-url throw on what URL lets pass.
    return null
  }
}

/** An address of host and path alone, in small letters where case means nothing. */
const PLAIN = /^https?:\/\/(?!.*(?:\/\/|\bamp(?:\b|project)|\/index\.))([a-z\d-]+(?:\.[a-z\d-]+)+\/[\w\-./@:~+]*)$/

function inOneForm(key: string): string | null {
  const [host = '', ...rest] = key.split('/')
  const plain = [host.replace(OTHER_DOORS, ''), ...rest]
    .join('/')
    .replace(/(?:\/amp|\.amp)(?=\/?$|\?)/, '')
    .replace(/^([^/]+)\/amp\/(?=.)/, '$1/')
    .replace(/\/$/, '')
  const form = known.forms.reduce((address, [pattern, one]) => address.replace(pattern, one), plain)
  return /[/?]/.test(form) ? form : null
}

/** The address behind a cache or a door that leads on. */
function direct(url: string): string {
  if (known.onward.some((door) => door.test(url))) {
    const { searchParams } = new URL(url)
    const onward = searchParams.get('url') ?? searchParams.get('q')
    if (onward && URL.canParse(onward)) return onward
  }
  return url.replace(AMP_CACHE, (_all, c?: string, amp?: string) => ((c ?? amp) ? 'https://' : 'http://'))
}
