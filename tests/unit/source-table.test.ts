import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { observe } from '../../app/source-state.ts'
import { SourceTable } from '../../app/source-table.tsx'

const now = new Date('2026-11-22T12:00:00Z')

/** The page's table with the one source that this entry declares. */
function drawn(entry: string, change: { pausedAt?: Date } = {}): string {
  const { sources, problems } = parseSourcesFile(`- ${entry}`)
  expect(problems).toEqual([])
  const never = {
    resolved: null,
    withdrawn: null,
    pausedAt: null,
    createdAt: now,
    cursor: null,
    holder: null,
    mode: 'polled' as const,
    modeReason: null,
    firstReadAt: null,
    lastAttemptAt: null,
    lastSuccessAt: null,
    nextRunAt: null,
    lastPostAt: null,
    hurriedAt: null,
    pausedHere: null,
    addedHere: null,
    failures: 0,
    trouble: null,
    error: null,
    notice: null,
    covered: '{}',
    unreadable: 0,
    postsSeen: 0,
    postsInAll: 0,
    postsLastDay: 0,
  }
  const rows = sources.map((source, index) => ({ ...never, ...source, id: index + 1, ...change }))
  return renderToStaticMarkup(
    createElement(SourceTable, { platform: rows[0]?.platform ?? '', name: 'A platform', sources: observe(rows, now), zone: 'UTC', now }),
  )
}

describe('a source whose people must be asked', () => {
  const channel = (more = '') => `irc: { server: irc.example.org, channel: "#hpc", nick: reader${more} }`

  test('has the letter that asks them, whole and plain, to unfold and copy', () => {
    const letter = /<details[^>]*><summary>[^<]*letter[^<]*<\/summary><pre>([^<]*)<\/pre><\/details>/.exec(drawn(channel()))?.[1]
    expect(letter).toContain('May we show what is said in #hpc')
    expect(letter).toContain('Dear operators of #hpc on example,')
    expect(letter).toContain('[off]')
    expect(letter).toContain('under one nick')
  })

  test('has it, too, while it is off for want of a nick, and where logs are read', () => {
    expect(drawn('irc: { server: irc.example.org, channel: "#hpc" }')).toContain('Dear operators')
    expect(drawn('irc: { logs: /srv/logs, channel: "#hpc", network: example }')).toContain('the log that somebody')
  })

  test('has it for the owners of a Slack, with the channels that it names', () => {
    const letter = drawn('slack: { token: env:SLACK_BOT_TOKEN, channels: [general, storage], workspace: HPC Example }')
    expect(letter).toContain('Dear owners of HPC Example,')
    expect(letter).toContain('public channels of this Slack there: #general, #storage.')
    expect(letter).not.toContain('SLACK_BOT_TOKEN')
  })

  test('has none once they have agreed, nor when it is not read any more', () => {
    expect(drawn(channel(', permission: { by: the operators, on: 2026-11-22 }'))).not.toContain('<details')
    expect(drawn(channel(), { pausedAt: now })).not.toContain('<details')
  })

  test('says that it is a log, and how to be left out, as long as it is read', () => {
    expect(drawn(channel())).toContain('is logged. <a href="/about#opt-out">How to be left out</a>')
    expect(drawn('irc: { server: irc.example.org, channel: "#hpc" }')).not.toContain('is logged. <a')
    expect(drawn('https://blog.example.org/feed.xml')).not.toContain('is logged')
  })

  test('is one whose platform wants it: nobody is asked for a feed', () => {
    expect(drawn('https://blog.example.org/feed.xml')).not.toContain('<details')
  })
})
