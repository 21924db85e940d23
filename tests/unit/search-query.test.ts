import { describe, expect, test } from 'vitest'
import { mistakeInWords } from '#app/strings/search'
import type { Search } from '#db/search'
import { type Mistake, parseSearch } from '#lib/reading/search-query'

const nameable = {
  platforms: [
    { id: 'one', name: 'First Place' },
    { id: 'two', name: 'Second' },
  ],
  sources: [
    { id: 1, name: 'The HPC feed' },
    { id: 2, name: 'Another feed' },
    { id: 3, name: 'r/hpc' },
  ],
}

/** A search in short: groups apart by spaces, what is enough by `|`, `!` for not. */
function shortOf({ all, from, until }: Search): string {
  const groups = all.map((terms) =>
    terms
      .map((term) => {
        const { kind, not, ...rest } = term
        const said = Object.values(rest).filter((value) => value !== false)
        return `${not ? '!' : ''}${kind}(${said.join(',')})`
      })
      .join('|'),
  )
  const times = [from && `from ${from.toISOString()}`, until && `until ${until.toISOString()}`]
  return [...groups, ...times].filter(Boolean).join(' ')
}

function read(text: string, zone = 'Europe/Berlin'): string {
  const parsed = parseSearch(text, nameable, zone)
  if (!parsed) return 'empty'
  if ('mistake' in parsed) return `${parsed.mistake.reason} at ${parsed.mistake.from}–${parsed.mistake.to}`
  return shortOf(parsed.search)
}

describe('the language of searches', () => {
  test.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['slurm', 'words(slurm)'],
    ['slurm lustre', 'words(slurm) words(lustre)'],
    ['slurm AND lustre', 'words(slurm) words(lustre)'],
    ['"srun --gres"', 'words(srun --gres,true)'],
    ['-"srun --gres"', '!words(srun --gres,true)'],
    ['slurm -job', 'words(slurm) !words(job)'],
    ['slurm OR pbs lsf', 'words(slurm)|words(pbs) words(lsf)'],
    ['a OR b OR -c', 'words(a)|words(b)|!words(c)'],
    ['slurm or pbs', 'words(slurm) words(or) words(pbs)'],
    ['"OR"', 'words(OR,true)'],
    ['mi300*', 'words(mi300*,true)'],
    ['#hpc -#jobs', 'tag(hpc) !tag(jobs)'],
    ['from:ada', 'from(ada)'],
    ['from:"Ada Example" from:@ada@hachyderm.example', 'from(Ada Example) from(@ada@hachyderm.example)'],
    ['platform:one', 'platform(one)'],
    ['platform:"first place" OR PLATFORM:Second', 'platform(one)|platform(two)'],
    ['-platform:one', '!platform(one)'],
    ['source:"the hpc feed"', 'source(1)'],
    ['source:feed', 'source(1,2)'],
    ['source:r/hpc', 'source(3)'],
    ['has:link has:images has:code has:poll', 'has(link) has(image) has(code) has(poll)'],
    ['lang:de lang:pt-BR', 'language(de) language(pt-BR)'],
    ['before:2026-11-22', 'until 2026-11-21T23:00:00.000Z'],
    ['after:2026-07', 'from 2026-06-30T22:00:00.000Z'],
    ['after:2025 before:2026 x', 'words(x) from 2024-12-31T23:00:00.000Z until 2025-12-31T23:00:00.000Z'],
    ['before:2026 before:2025', 'until 2024-12-31T23:00:00.000Z'],
    ['std::vector 10:30 https://example.org/a node:fs', 'words(std::vector) words(10:30) words(https://example.org/a) words(node:fs)'],
    ['slurm – !', 'words(slurm)'],
    ['集群', 'words(集群)'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  test.each([
    ['"srun', 'unclosed-quote at 0–5'],
    ['slurm "srun --gres', 'unclosed-quote at 6–18'],
    ['OR slurm', 'or-alone at 0–2'],
    ['slurm OR', 'or-alone at 6–8'],
    ['slurm OR OR pbs', 'or-alone at 9–11'],
    ['slurm plattform:one', 'unknown-operator at 6–19'],
    ['form:ada', 'unknown-operator at 0–8'],
    ['from:', 'empty-value at 0–5'],
    ['slurm from: ada', 'empty-value at 6–11'],
    ['from:""', 'empty-value at 0–7'],
    ['from:@', 'empty-value at 0–6'],
    ['platform:three', 'unknown-platform at 0–14'],
    ['x source:nowhere', 'unknown-source at 2–16'],
    ['has:cats', 'unknown-have at 0–8'],
    ['lang:klingon!', 'bad-language at 0–13'],
    ['before:yesterday', 'bad-date at 0–16'],
    ['before:2026-02-30', 'bad-date at 0–17'],
    ['-before:2026', 'not-date at 0–12'],
    ['x OR before:2026', 'date-in-or at 5–16'],
    ['after:2026 before:2025', 'empty-span at 11–22'],
    ['a*', 'short-prefix at 0–2'],
    ['???', 'nothing at 0–3'],
    ['x'.repeat(501), 'too-long at 500–501'],
    [Array.from({ length: 41 }, (_, index) => `w${index}`).join(' '), 'too-long at 150–153'],
  ])('a mistake is told with its place: %s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  test('every mistake is a sentence that names what was written or what to do', () => {
    for (const text of [
      '"srun',
      'OR x',
      'form:ada',
      'from:',
      'platform:three',
      'source:nowhere',
      'has:cats',
      'lang:x',
      'before:x',
      '???',
    ]) {
      const parsed = parseSearch(text, nameable, 'UTC')
      const mistake: Mistake | null = parsed && 'mistake' in parsed ? parsed.mistake : null
      expect(mistake).not.toBeNull()
      if (mistake) expect(mistakeInWords(mistake)).toMatch(/^.{20,}\.$/)
    }
  })

  test('whatever is typed is understood or told to be wrong, and never thrown', () => {
    const pieces = [
      '"',
      '-',
      'OR',
      ':',
      'from:',
      'before:',
      '*',
      '#',
      ' ',
      'x',
      '集',
      '\\',
      "'",
      '&',
      '|',
      '<->',
      '(',
      ')',
      '\u0000',
      '\ud800',
    ]
    let state = 1
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: 1 + (round % 9) }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
        return pieces[state % pieces.length]
      }).join('')
      expect(() => parseSearch(text, nameable, 'UTC')).not.toThrow()
    }
  })
})
