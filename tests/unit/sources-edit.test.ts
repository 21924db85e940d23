import { describe, expect, test } from 'vitest'
import { declaredBy, entryInYaml } from '#lib/sources/source-entry'
import { entriesMeant, withEntry, withOption, withoutEntry, withoutOption } from '#lib/sources/sources-edit'
import { parseSourcesFile } from '#lib/sources/sources-file'

const FILE = `# Ours. Keep it tidy.

# Blogs
- feed: { url: https://one.example.org/feed, name: "One's blog" }   # the first
- https://two.example.org/
- feed: https://three.example.org/feed

# Chat, when it is allowed
- irc:
    server: irc.example.org
    channel: '#hpc'
    # nick: reader        # once they agree
    # permission: { by: somebody, on: 2026-01-01 }

# Reddit, in the end
- reddit: {subreddit: hpc}
`

const only = (text: string, what: string) => {
  const [entry, ...others] = entriesMeant(text, what)
  if (!entry || others.length > 0) throw new Error(`${what} means ${others.length + (entry ? 1 : 0)} entries`)
  return entry
}
/** Lines that one has and the other does not. */
const change = (before: string, after: string) => {
  const [one, other] = [before.split('\n'), after.split('\n')]
  return [
    ...one.filter((line) => !other.includes(line)).map((line) => `-${line}`),
    ...other.filter((line) => !one.includes(line)).map((line) => `+${line}`),
  ]
}

describe('the file of sources', () => {
  test.each([
    ["One's blog", 4],
    ['https://two.example.org/', 5],
    ['three.example.org', 6],
    ['#hpc on example', 9],
    [':16', 16],
    ['R/HPC', 16],
  ])('“%s” means the entry on line %i', (what, line) => {
    expect(only(FILE, what).line).toBe(line)
  })

  test('an entry is added at its end, and nothing else changes', () => {
    const added = withEntry(FILE, entryInYaml({ feed: { url: 'https://four.example.org/feed', name: 'Four: #4' } }))
    expect(added).toBe(`${FILE}- feed: { url: https://four.example.org/feed, name: 'Four: #4' }\n`)
    expect(parseSourcesFile(added).problems).toEqual([])
    expect(withEntry('  - https://one.example.org/', '- https://two.example.org/')).toBe(
      '  - https://one.example.org/\n  - https://two.example.org/\n',
    )
    expect(parseSourcesFile(withEntry('', '- https://two.example.org/')).sources).toHaveLength(1)
  })

  test('an entry is removed with the comments below it, not with those that head what follows', () => {
    expect(change(FILE, withoutEntry(FILE, only(FILE, "One's blog")))).toEqual([
      expect.stringContaining('-- feed: { url: https://one.example.org/feed, name: "One\'s blog" }'),
    ])
    const chatless = withoutEntry(FILE, only(FILE, '#hpc on example'))
    expect(chatless).not.toMatch(/irc|nick|permission/)
    expect(chatless).toContain('# Chat, when it is allowed\n\n# Reddit, in the end\n- reddit: {subreddit: hpc}\n')
  })

  test.each(["One's blog", 'https://two.example.org/', 'three.example.org', '#hpc on example', 'r/hpc'])(
    '“%s” is paused and read again, and is the same source throughout',
    (what) => {
      const before = only(FILE, what)
      const paused = withOption(FILE, before, { paused: true })
      expect(change(FILE, paused).length).toBeLessThanOrEqual(2)
      const then = only(paused, `:${before.line}`)
      expect(then.source).toMatchObject({ key: before.source.key, paused: true })
      expect(parseSourcesFile(paused).problems).toEqual([])
      expect(paused).toContain('# once they agree')
      const again = only(withoutOption(paused, then, 'paused'), `:${before.line}`)
      expect(again.source).toMatchObject({ key: before.source.key, paused: false })
    },
  )

  test('keeps its braces as they were when an option goes', () => {
    const entry = only(FILE, "One's blog")
    const paused = withOption(FILE, entry, { paused: true })
    expect(withoutOption(paused, only(paused, "One's blog"), 'paused')).toBe(FILE)
  })

  test('a permission is written down', () => {
    const permitted = withOption(FILE, only(FILE, '#hpc on example'), { permission: { by: 'the owners: all', on: '2026-11-22' } })
    expect(only(permitted, '#hpc on example').source.permission).toEqual({ by: 'the owners: all', on: '2026-11-22' })
    expect(change(FILE, permitted)).toHaveLength(1)
  })
})

test('an entry that stands alone declares a source, or says what is wrong', () => {
  expect(declaredBy('feed: { url: https://one.example.org/feed, every: 1h }')).toMatchObject({ everySeconds: 3600 })
  expect(declaredBy('- reddit: { subreddit: hpc }')).toMatchObject({ platform: 'reddit' })
  expect(declaredBy('- irc:\n    server: irc.example.org\n    channel: "#hpc"')).toMatchObject({ platform: 'irc' })
  expect(declaredBy('reddit: { subreddit: hpc, clientSecret: clear }')).toMatch(/in clear/)
  expect(declaredBy('')).toMatch(/nothing stands here/)
  expect(declaredBy('- r/hpc\n- r/slurm')).toBe('these are several sources')
})
