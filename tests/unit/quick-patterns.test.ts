import { expect, test } from 'vitest'
import { linkKey } from '#db/link-key'
import { linksIn, ownWords, wordsOf } from '#db/own-words'
import type { SafeHtml } from '#db/post'
import { wordsIn } from '#db/words'

const html = (written: string) => written as SafeHtml

/** What strangers write is read by patterns: none of them may take long, whatever stands there. */
const ENOUGH_MS = 1500

const parts = [
  'a ',
  ' ',
  '\n',
  '#a ',
  '#',
  '<b>',
  '</b>',
  '&lt;',
  '1/1 ',
  '1/',
  '[1/1)',
  '!',
  'a.',
  'a-',
  '@a',
  ':a',
  'www.',
  'https://',
  '1',
  '1.',
  'v1',
  '/',
]

test.each(parts)('a long row of “%s” is read at once', (part) => {
  const row = part.repeat(Math.ceil(6000 / part.length))
  const began = performance.now()
  for (const said of [row, `<p>a${row}b</p>`, `<pre>a${row}</pre>x`, `<img alt="${'<a '.repeat(500)}">${row}.`]) {
    ownWords({ html: html(said) })
    linksIn({ html: html(said), card: null })
    wordsOf(said)
    wordsIn(said)
  }
  const address = row.replace(/[^\w.:/@&#-]/g, '').slice(0, 1900)
  for (const door of ['https://a.example/', 'https://arxiv.org/abs/', 'https://youtube.com/watch?', 'https://a.example/?a_=', 'https://'])
    linkKey(`${door}${address}x`)
  expect(performance.now() - began).toBeLessThan(ENOUGH_MS)
})

test('words after what looks like last hashtags are not lost, and those are', () => {
  expect(ownWords({ html: html('<p>drained  #slurm nodes <a href="https://x.example/">#hpc</a> #gpu </p>') })).toEqual([
    'drained',
    'slurm',
    'nodes',
  ])
})
