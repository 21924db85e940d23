import { fromText } from '#connectors/html'
import type { Card, Media, Person, Post } from '#db/post'
import { aPost } from '../support/post.ts'
import { randomNumbers } from '../support/random-numbers.ts'

/** The platforms that the benchmark's people speak on, in turn. */
export const PLATFORMS = ['bluesky', 'mastodon', 'feed']

/** From one post to the next: a million of them are three years. */
const APART_MS = 95_000
const PEOPLE = 300
/** As often as words are in what people say: the nth of them once in n, roughly. */
const VOCABULARY = 30_000
/** What one of them wrote and others passed on. */
const PAGES = 5000
/** Of what somebody says on one network, so much they say on the other one, too: one saying in so many. */
const COPIED = 12

const GLUE = 'the a of and to in is for with on that we our it this are at from by as be have not you was if but can all more'.split(' ')
const TRADE = `slurm node job queue lustre cluster gpu storage fabric driver kernel module scheduler checkpoint benchmark compiler
   container reservation cooling interconnect rack firmware partition outage training workshop release paper postdoc`.split(/\s+/)

/**
 * The `number`th post of many people who say things in words of their own on many platforms, with links, tags, pictures,
 * answers, and now and then the same on a second network. The same at every run; `newest` is the time of post number `count`.
 */
export function postOf(number: number, { count, newest }: { count: number; newest: number }): Post {
  const platform = PLATFORMS[number % PLATFORMS.length]
  const publishedAt = new Date(newest - (count - number) * APART_MS)
  // What is said on one network is said on the next a minute later.
  const copied = platform === 'mastodon' && number % (PLATFORMS.length * COPIED) === 1
  const saying = sayingOf(copied ? number - 1 : number)
  const { text, tags, page, title, media } = saying
  const said = [text, ...(page && platform !== 'feed' ? [page] : []), ...tags.map((tag) => `#${tag}`)].join(' ')
  const key = `bench:${number}`
  const answers = number % 9 === 4 ? `bench:${number - 3}` : null
  return aPost(key, {
    author: accountOf(saying.person, platform ?? ''),
    url: platform === 'feed' ? `https://blog${saying.person}.example/${number}` : `https://${platform}.example/${saying.person}/${number}`,
    publishedAt,
    text: said,
    html: fromText(said),
    title: platform === 'feed' ? title : null,
    place: platform === 'feed' ? `Notes of ${nameOf(saying.person)}` : null,
    tags,
    media,
    card: page && number % 2 === 0 && platform !== 'feed' ? cardOf(page, title) : null,
    replyTo: answers
      ? {
          state: 'shown',
          externalId: answers,
          url: null,
          author: accountOf(saying.person + 1, platform ?? ''),
          text: title,
          rootExternalId: answers,
        }
      : null,
  })
}

/** What a person of that number is called, by the same name on every network. */
export function nameOf(person: number): string {
  return [wordOf(person * 7 + 901), wordOf(person * 11 + 4001)].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ')
}

/** Words as people use them: few of them very often, and most of them seldom. */
export function wordsOf(random: () => number, count: number): string[] {
  return Array.from({ length: count }, () => wordAmong(random))
}

function wordAmong(random: () => number): string {
  const kind = random()
  if (kind < 0.4) return GLUE[Math.floor(random() * GLUE.length)] ?? 'the'
  if (kind < 0.5) return TRADE[Math.floor(random() * TRADE.length)] ?? 'job'
  return wordOf(Math.floor(Math.exp(random() * Math.log(VOCABULARY))))
}

function sayingOf(number: number) {
  const random = randomNumbers(number * 2_654_435)
  const person = Math.floor(random() * PEOPLE)
  const words = wordsOf(random, 12 + Math.floor(random() * 30))
  const page = random() < 0.35 ? `https://pages.example/${Math.floor(random() * PAGES)}/${words[0]}` : null
  const tags = random() < 0.4 ? [...new Set([...TRADE].slice(0, 1 + Math.floor(random() * 3)))] : []
  const media = random() < 0.15 ? [pictureOf(number, words.slice(0, 8).join(' '))] : []
  return { person, text: words.join(' '), title: words.slice(0, 7).join(' '), page, tags, media }
}

function accountOf(person: number, platform: string): Person {
  const name = nameOf(person)
  const handle = name.toLowerCase().replace(' ', '')
  return {
    id: `${platform}:${person}`,
    name,
    nameHtml: null,
    handle: platform === 'feed' ? '' : platform === 'mastodon' ? `@${handle}@social.example` : `@${handle}.example.net`,
    url: `https://${platform}.example/${person}`,
    avatar: `https://media.example/${person}.jpg`,
    badges: [],
  }
}

function pictureOf(number: number, alt: string): Media {
  const url = `https://media.example/${number}`
  return {
    ...{ kind: 'image', url: `${url}.jpg`, preview: `${url}-small.jpg`, alt, width: 1200, height: 800, mimeType: 'image/jpeg' },
    ...{ durationSeconds: null, bytes: null, title: null, captions: [] },
  }
}

function cardOf(url: string, title: string): Card {
  const description = `${title}, and what became of it`
  return { kind: 'link', url, title, description, image: null, site: 'pages.example', authors: [], readingMinutes: null }
}

const SYLLABLES = 'ka ro mi lu te sa no vi pe da go ri fu la be zo'.split(' ')

/** A word for a number, each with its own: four syllables at most. */
function wordOf(rank: number): string {
  let word = ''
  for (let rest = rank + 16; rest > 0; rest = Math.floor(rest / 16)) word += SYLLABLES[rest % 16] ?? ''
  return word
}
