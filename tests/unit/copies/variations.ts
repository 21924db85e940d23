import { decodeHTML } from 'entities'
import { fromText } from '#connectors/html'
import type { Said } from '#db/own-words'
import type { Pair } from './corpus.ts'

const DAY_MS = 86_400_000

/**
 * More pairs out of those that are written down: each variation is something that people or their tools do to a text on
 * its way to a second network, or a way in which two texts look alike and are two things. Applied to pairs of Bluesky and
 * Mastodon from `same-words.yaml`, which say the same in full.
 */
export function variationsOf(pairs: Pair[]): Pair[] {
  const crossposts = pairs.filter(
    ({ one, other, from }) => from === 'same-words.yaml' && one.platform === 'bluesky' && other.platform === 'mastodon',
  )
  const of = (name: string, copies: boolean, change: (one: Said, other: Said) => Said | null) =>
    crossposts.flatMap(({ one, other }): Pair[] => {
      const changed = change(one, other)
      return changed ? [{ one, other: changed, copies, from: name }] : []
    })
  return [
    ...of('cut short by a tool', true, (one, other) => changed(other, cutShort(textOf(one), 0.7), one)),
    ...of('numbered for a thread', true, (one, other) =>
      wordsIn(one) < 8 || /\d\//.test(textOf(one)) ? null : saying(other, `${textOf(one)} 1/5`),
    ),
    ...of('with a greeting of tags and a link to itself', true, (one, other) =>
      wordsIn(one) < 12 || one.html.includes('<a ')
        ? null
        : saying(other, `${textOf(one)} 🙌 #HPC #Research_Software https://example.org/@me/112233`),
    ),
    // A reminder is a post of its own.
    ...of('said again nine days later', false, (_one, other) => ({ ...other, sortAt: new Date(other.sortAt.getTime() + 9 * DAY_MS) })),
    // Whoever takes another's words says them himself.
    ...of('said by somebody else', false, (_one, other) => ({ ...other, author: someoneElse(other) })),
    // The next release, the next day, the next room.
    ...of('another number', false, (one, other) =>
      changed(
        other,
        textOf(one).replace(/(?<![/\w.])\d+(?!\/)/, (figure) => String(Number(figure) + 1)),
        one,
      ),
    ),
    ...of('another network, in an answer', false, (_one, other) => ({
      ...other,
      replyTo: { state: 'unknown', externalId: 'x', url: null, author: null, text: null, rootExternalId: null },
    })),
    ...of('the first half, and then something else', false, (one, other) =>
      wordsIn(one) < 14
        ? null
        : saying(other, `${firstWords(one, 0.5)} which is what I would have said last year, and I was wrong about all of it`),
    ),
  ]
}

function saying(said: Said, text: string): Said {
  return { ...said, html: fromText(text), card: null }
}

function changed(said: Said, text: string, one: Said): Said | null {
  return text === textOf(one) ? null : saying(said, text)
}

function textOf({ html }: Said): string {
  return decodeHTML(html.replace(/<br ?\/?>|<\/p>/g, '\n').replace(/<[^>]*>/g, '')).trim()
}

function wordsIn(said: Said): number {
  return textOf(said).split(/\s+/).length
}

function firstWords(said: Said, share: number): string {
  const words = textOf(said).split(/\s+/)
  return words.slice(0, Math.ceil(words.length * share)).join(' ')
}

function cutShort(text: string, share: number): string {
  const words = text.split(/\s+/)
  return words.length < 20 ? text : `${words.slice(0, Math.ceil(words.length * share)).join(' ')}…`
}

function someoneElse({ author }: Said): Said['author'] {
  return { ...author, id: 'somebody else', name: 'Ottokar Vance', handle: '@ottokar@elsewhere.example' }
}
