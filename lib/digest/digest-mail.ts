import type { DigestPlace } from '#db/digest-places'
import type { Gap } from '#db/gaps'
import type { Filter } from '#db/lanes'
import { type Entry, placeText } from '#db/timeline'
import { filterWords } from '../reading/filter-address.ts'
import { type Digest, isEmpty, keptPosts, placesOf } from './digest.ts'
import type { Line } from './digest-html.ts'
import { digestItem } from './digest-item.ts'
import { itemText, RULE, wrapped } from './digest-text.ts'
import { clockBeside, dayNameIn, shortDayIn, spanIn } from './digest-times.ts'
import { digestWords as say } from './digest-words.ts'

/** A digest that was drawn; only its foot, which names whom it goes to, is still to come. */
export type DrawnDigest = {
  subject: string
  /** What the subject says behind the day: `84 posts`, `1 gap`. */
  facts: string[]
  /** Nothing was said; it goes only to who wants to be told of quiet. */
  empty: boolean
  html(foot: Line[]): string
  text(foot: Line[]): string
}

/** What draws the HTML part (`digest-html.ts`): handed in, because pages, which need no mail, may not bundle it. */
export type HtmlForm = Pick<typeof import('./digest-html.ts'), 'dayHtml' | 'frameHtml' | 'itemHtml' | 'lineHtml'>

export type Drawing = {
  /** null: the text alone, all of it. */
  form: HtmlForm | null
  /** Reads entries, as far as the digest has posts of them. */
  read(places: DigestPlace[]): Promise<Entry[]>
  /** Where the site is, without a slash at the end. */
  origin: string
  zone: string
  filter: Filter
  /** What is chosen, in words; empty for everything. */
  chosen: string
  /** The day that stands in the subject. */
  day: Date
  /** What else is to be said at the top: that an earlier digest could not be sent. */
  notes?: string[]
  /** Entries that were drawn for other readers of the same zone. */
  drawn?: WeakMap<DigestPlace, Block>
}

/** An entry, or a line between entries, in both forms. */
export type Block = { html: string; text: string }

/** Gmail cuts the HTML of a mail at 102 KB of 1024 bytes; the foot takes less than two of them. */
const MOST_BYTES = 100 * 1024
const READ_AT_ONCE = 60
/** Gaps named one by one; of a source that goes and comes the rest is a number. */
const MOST_GAPS = 8

/** Draws both forms of a digest, as much of it as a mail holds; what does not fit is a number and a link. */
export async function drawDigest(digest: Digest, drawing: Drawing): Promise<DrawnDigest> {
  const { origin, zone, day, chosen, notes = [], filter, form } = drawing
  const blocks: Block[] = []
  const head = headOf(digest, { zone, chosen, notes, origin })
  const preview = digest.platforms.map(({ name, posts }) => `${name} ${posts}`).join(', ')
  const frame = { title: `${say.name}, ${dayNameIn(day, zone)}`, preview, head }
  const [before, between, after] = form?.frameHtml(frame) ?? ['', '', '']
  let bytes = Buffer.byteLength(before + between + after)
  let told = 0
  let cut: DigestPlace | null = null
  const take = (block: Block) => {
    bytes += Buffer.byteLength(block.html)
    blocks.push(block)
  }
  const gaps = digest.gaps.slice(0, MOST_GAPS)
  const places = placesOf(digest)
  const dayOf = new Map(digest.days.flatMap((one) => one.groups.flat().map((place) => [place, one])))
  let today: Digest['days'][number] | undefined
  for (let index = 0; index < places.length && !cut; index += READ_AT_ONCE) {
    const some = places.slice(index, index + READ_AT_ONCE)
    for (const [place, block] of await blocksOf(some, drawing)) {
      if (bytes + Buffer.byteLength(block.html) > MOST_BYTES) {
        cut = place
        break
      }
      const heading = dayOf.get(place)
      if (heading && heading !== today) {
        today = heading
        const name = dayNameIn(heading.at, zone)
        const posts = say.posts(heading.groups.flat().reduce((sum, one) => sum + one.posts.length, 0))
        take({ html: form?.dayHtml(name, posts) ?? '', text: `${name}, ${posts}\n` })
      }
      while (gaps[0] && gaps[0].to <= place.firstAt) take(gapBlock(gaps.shift(), zone, form))
      take(block)
      told += place.posts.length
    }
  }
  for (const gap of cut ? [] : gaps) take(gapBlock(gap, zone, form))

  const end = cut ?? digest.last
  const here =
    end &&
    `${origin}/?${[...filterWords(filter), ...(filter.starred ? ['starred=1'] : []), 'order=oldest', `at=${placeText(end)}`].join('&')}`
  const closing: Line[] = [
    ...(cut && here ? [{ words: say.more(digest.posts - told), href: here }] : []),
    ...(!cut && here ? [{ words: say.continueHere, href: here }] : []),
  ]
  const facts = [digest.posts > 0 ? say.posts(digest.posts) : say.quiet, ...(digest.gaps.length > 0 ? [say.gaps(digest.gaps.length)] : [])]
  const subject = say.subject(shortDayIn(day, zone), facts)
  const body = { html: blocks.map(({ html }) => html).join(''), text: blocks.map(({ text }) => text).join('\n') }
  return {
    subject,
    facts,
    empty: isEmpty(digest),
    html(foot) {
      return before + body.html + between + [...closing, ...foot].map((line) => form?.lineHtml(line) ?? '').join('') + after
    },
    text(foot) {
      const top = [frame.title, '', ...head.flatMap((line) => lineText(line)), '', RULE, '']
      return [...top, body.text, RULE, ...[...closing, ...foot].flatMap((line) => lineText(line)), ''].join('\n')
    },
  }
}

/** The blocks of these places, in their order; those that are new are read at once. */
async function blocksOf(places: DigestPlace[], { read, origin, zone, drawn, form }: Drawing): Promise<[DigestPlace, Block][]> {
  const known = drawn ?? new WeakMap<DigestPlace, Block>()
  const missing = places.filter((place) => !known.has(place))
  const entries = missing.length > 0 ? new Map((await read(missing)).map((entry) => [entry.id, entry])) : new Map<number, Entry>()
  for (const place of missing) {
    const entry = entries.get(place.id)
    if (!entry) continue
    const item = digestItem(entry, place)
    const page = { page: `${origin}/p/${place.id}`, zone }
    known.set(place, { html: form?.itemHtml(item, page) ?? '', text: itemText(item, page) })
  }
  return places.flatMap((place) => {
    const block = known.get(place)
    return block ? [[place, block]] : []
  })
}

/** Counts, sources that are late, and what is kept on the site: what stands above the posts. */
function headOf(
  digest: Digest,
  { zone, chosen, notes, origin }: Pick<Drawing, 'zone' | 'chosen' | 'origin'> & { notes: string[] },
): Line[] {
  const { posts, platforms, from, to, open, late, read, last } = digest
  const kept = keptPosts(digest)
  const counts = platforms.map(({ name, posts: own }) => `${name} ${own}`).join(' · ')
  return [
    ...notes.map((words) => ({ words, amber: true })),
    ...(chosen ? [{ words: say.someOf(chosen) }] : []),
    { words: posts > 0 ? counts : kept > 0 ? say.nothingHere(kept) : read > 0 ? say.allRead : say.nothing },
    { words: open ? say.soFar : say.span(clockBeside(from, to, zone), clockBeside(to, last?.sortAt ?? to, zone)), soft: true },
    ...(read > 0 && posts > 0 ? [{ words: say.leftOut(read), soft: true }] : []),
    ...late.map(({ name, words }) => ({ words: say.late(name, words), amber: true })),
    ...(kept > 0 ? [{ words: posts > 0 ? say.kept(kept) : say.readThere, href: origin }] : []),
  ]
}

function gapBlock(gap: Gap | undefined, zone: string, form: HtmlForm | null): Block {
  if (!gap) return { html: '', text: '' }
  const words = gapWords(gap, zone)
  return { html: form?.lineHtml({ words, amber: true }) ?? '', text: `${wrapped(`~ ${words}`, 0, 2).join('\n')}\n` }
}

/** A gap in a sentence or two, as the timeline says it. */
export function gapWords({ off, open, sources, reason, ...span }: Gap, zone: string): string {
  const when = spanIn(span, span.to, zone)
  if (off && !open) return say.wasOff(when)
  const unlike = [...new Set(sources)]
  const named = unlike.length <= 3 ? say.named(unlike) : say.namedAndMore(unlike.slice(0, 2), unlike.length - 2)
  const what = open ? say.gapOpen(named, clockBeside(span.from, span.to, zone)) : say.gapOn(named, when)
  return `${what} ${reason ? say.reason(reason) : say.maybeMissing}`
}

function lineText({ words, href }: Line): string[] {
  return [...wrapped(words, 0), ...(href ? [href] : [])]
}
