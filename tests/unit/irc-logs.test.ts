import { appendFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Cursor } from '#connectors/contract'
import { irc } from '#connectors/irc/irc'
import { clockOf } from '#connectors/irc/log-time'
import type { Post } from '#db/post'
import { readAll, runOf } from '#tests/support/run'

/** Logs as five programs write them: imported, and followed while they grow. */

const RECORDED = join(import.meta.dirname, '../../../shared/fixtures/irc/own')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backplane-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, ...lines: string[]): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  return path
}

const archive = irc.archive ?? expect.fail('IRC has an archive')

async function imported(paths: string[], options: { [name: string]: string } = {}, cursor: Cursor | null = null) {
  const settings = archive.settings({ channel: '#hpc', network: 'libera', ...options })
  const seen: number[] = []
  const batches = await readAll(
    archive.read({
      paths,
      settings,
      permission: null,
      cursor,
      signal: new AbortController().signal,
      progress: (read, all) => seen.push(read / all),
    }),
  )
  return { batches, posts: batches.flatMap(({ posts }) => posts), cursor: batches.at(-1)?.cursor ?? null, progress: seen }
}

const gist = ({ kind, author, text, publishedAt }: Post) => [publishedAt?.toISOString(), kind, author.handle, text]

/** The same talk as each program logs it, in Berlin's winter; what imitates a line of a log among it. */
const talk: { [format: string]: [file: string, lines: string[], zone?: string] } = {
  irssi: [
    '#hpc.log',
    [
      '--- Log opened Sun Nov 22 20:41:08 2026',
      '20:42 -!- ada [ada@host] has joined #hpc',
      '20:42 < ada> morning',
      '20:42 <@bob|away> ada: yes',
      '20:42  * ada nods',
      '20:42 -bob|away:#hpc- a notice',
      '20:42 < ada> -!- bob [b@h] has left #hpc',
      '20:42 < ada> 20:43 < fake> a line',
      '20:42 < ada> --- Day changed Mon Nov 23 2026',
      '20:43 -!- ada changed the topic of #hpc to: High performance',
      '20:43 -!- bob|away is now known as bob',
      '--- Day changed Mon Nov 23 2026',
      '00:01 <+bob> next day',
    ],
  ],
  weechat: [
    'irc.libera.#hpc.weechatlog',
    [
      '2026-11-22 20:42:00\t-->\tada (ada) (ada@host) has joined #hpc',
      '2026-11-22 20:42:00\tada\tmorning',
      '2026-11-22 20:42:00\t@bob|away\tada: yes',
      '2026-11-22 20:42:00\t *\tada nods',
      '2026-11-22 20:42:00\t--\tNotice(bob|away): a notice',
      '2026-11-22 20:42:00\tada\t-!- bob [b@h] has left #hpc',
      '2026-11-22 20:42:00\tada\t20:43 < fake> a line',
      '2026-11-22 20:42:00\tada\t--- Day changed Mon Nov 23 2026',
      '2026-11-22 20:43:00\t--\tada has changed topic for #hpc from "old" to "High performance"',
      '2026-11-22 20:43:00\t--\tbob|away is now known as bob',
      '2026-11-23 00:01:00\t+bob\tnext day',
    ],
  ],
  limnoria: [
    '#hpc.log',
    [
      '2026-11-22T20:42:00  *** ada <ada!ada@host> has joined #hpc',
      '2026-11-22T20:42:00  <ada> morning',
      '2026-11-22T20:42:00  <bob|away> ada: yes',
      '2026-11-22T20:42:00  * ada nods',
      '2026-11-22T20:42:00  -bob|away- a notice',
      '2026-11-22T20:42:00  <ada> -!- bob [b@h] has left #hpc',
      '2026-11-22T20:42:00  <ada> 20:43 < fake> a line',
      '2026-11-22T20:42:00  <ada> --- Day changed Mon Nov 23 2026',
      '2026-11-22T20:43:00  *** ada changes topic to "High performance"',
      '2026-11-22T20:43:00  *** bob|away is now known as bob',
      '2026-11-23T00:01:00  <bob> next day',
    ],
  ],
  thelounge: [
    '#hpc.log',
    [
      '[2026-11-22T19:42:00.000Z] *** ada (ada@host) joined',
      '[2026-11-22T19:42:00.000Z] <ada> morning',
      '[2026-11-22T19:42:00.000Z] <@bob|away> ada: yes',
      '[2026-11-22T19:42:00.000Z] * ada nods',
      '[2026-11-22T19:42:00.000Z] -bob|away- a notice',
      '[2026-11-22T19:42:00.000Z] <ada> -!- bob [b@h] has left #hpc',
      '[2026-11-22T19:42:00.000Z] <ada> 20:43 < fake> a line',
      '[2026-11-22T19:42:00.000Z] <ada> --- Day changed Mon Nov 23 2026',
      "[2026-11-22T19:43:00.000Z] *** ada changed topic to 'High performance'",
      '[2026-11-22T19:43:00.000Z] *** bob|away changed nick to bob',
      '[2026-11-22T23:01:00.000Z] <+bob> next day',
    ],
  ],
}
const expected = [
  ['2026-11-22T19:42:00.000Z', 'message', 'ada', 'morning'],
  ['2026-11-22T19:42:00.000Z', 'message', 'bob|away', 'ada: yes'],
  ['2026-11-22T19:42:00.000Z', 'action', 'ada', 'nods'],
  ['2026-11-22T19:42:00.000Z', 'notice', 'bob|away', 'a notice'],
  ['2026-11-22T19:42:00.000Z', 'message', 'ada', '-!- bob [b@h] has left #hpc'],
  ['2026-11-22T19:42:00.000Z', 'message', 'ada', '20:43 < fake> a line'],
  ['2026-11-22T19:42:00.000Z', 'message', 'ada', '--- Day changed Mon Nov 23 2026'],
  ['2026-11-22T19:43:00.000Z', 'topic', 'ada', 'High performance'],
  ['2026-11-22T23:01:00.000Z', 'message', 'bob', 'next day'],
]

describe('an import', () => {
  test.for(Object.entries(talk))(
    'reads what %s writes, which it recognises, and what imitates a line stays talk',
    async ([format, [file, lines]]) => {
      const { posts, batches } = await imported([write(file, ...lines)], { zone: 'Europe/Berlin' })
      expect(posts.map(gist)).toEqual(expected)
      expect(batches.flatMap(({ unreadable }) => unreadable)).toEqual([])
      expect(posts[0]?.precisionSeconds).toBe(format === 'irssi' ? 60 : 1)
      expect(posts[1]?.replyTo?.author?.handle).toBe('ada')
      expect(posts[6]?.replyTo).toBeNull()
    },
  )

  test('reads ZNC’s logs, whose day is in their name, in the order of their days', async () => {
    write('2026-11-23.log', '[00:01:00] <bob> next day')
    write(
      '2026-11-22.log',
      '[20:42:00] *** Joins: ada (ada@host)',
      '[20:42:00] <ada> \x02morning\x02',
      '[20:42:00] <bob|away> ada: yes',
      '[20:42:00] * ada nods',
      '[20:42:00] -bob|away- a notice',
      '[20:42:00] <ada> -!- bob [b@h] has left #hpc',
      '[20:42:00] <ada> 20:43 < fake> a line',
      '[20:42:00] <ada> --- Day changed Mon Nov 23 2026',
      "[20:43:00] *** ada changes topic to 'High performance'",
      '[20:43:00] *** bob|away is now known as bob',
    )
    const { posts } = await imported([folder], { zone: 'Europe/Berlin' })
    expect(posts.map(gist)).toEqual(expected)
    expect(posts[0]?.html).toBe('<p><b>morning</b></p>')
  })

  test('asks in words for what a log does not say', async () => {
    const irssi = write('#hpc.log', '--- Log opened Sun Nov 22 20:41:08 2026', '20:42 < ada> hi')
    await expect(imported([irssi])).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining('--zone') })
    const znc = write('today.log', '[20:42:00] <ada> hi')
    await expect(imported([znc], { zone: 'UTC' })).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining('--day') })
    expect((await imported([znc], { zone: 'UTC', day: '2026-11-22' })).posts.map(gist)).toEqual([
      ['2026-11-22T20:42:00.000Z', 'message', 'ada', 'hi'],
    ])
    const other = write('notes.txt', 'Dear diary')
    await expect(imported([other], { zone: 'UTC' })).rejects.toMatchObject({ message: expect.stringContaining('--format') })
    await expect(imported([join(folder, 'absent')], { zone: 'UTC' })).rejects.toMatchObject({ trouble: 'refused' })
    const wrong = (options: { [name: string]: string }) => () => archive.settings(options)
    expect(wrong({ network: 'libera' })).toThrow('--channel')
    expect(wrong({ channel: '#hpc' })).toThrow('--network')
    expect(wrong({ channel: '#hpc', network: 'libera', zone: 'Berlin' })).toThrow('--zone')
    expect(wrong({ channel: '#hpc', network: 'libera', colour: 'red' })).toThrow('--colour')
  })

  test('keeps nothing that its authors keep out of logs, not even aside', async () => {
    const path = write(
      'x.weechatlog',
      '2026-11-22 20:42:00\tada\t[off] secret',
      '2026-11-22 20:42:00\teve\tsecret',
      '2026-11-22 20:42:00\t--\teve is now known as eve2',
      '2026-11-22 20:42:01\teve2\tsecret',
      'a secret that is no line',
      '2026-11-22 20:42:02\tada\teve: open',
    )
    const { batches, posts } = await imported([path], { zone: 'UTC', 'opt-out': 'Eve' })
    expect(posts.map(({ text }) => text)).toEqual(['eve: open'])
    expect(batches.flatMap(({ unreadable }) => unreadable)).toHaveLength(1)
    expect(JSON.stringify(batches)).not.toContain('secret')
  })

  test('tells the same again with the same keys, who repeats themselves included, and goes on where it stopped', async () => {
    const lines = Array.from({ length: 1200 }, (_, n) => `[20:42:${String(Math.floor(n / 100)).padStart(2, '0')}] <ada> same`)
    const path = write('2026-11-22.log', ...lines)
    const first = await imported([path], { zone: 'UTC' })
    const ids = first.posts.map(({ externalId }) => externalId)
    expect(new Set(ids).size).toBe(1200)
    expect((await imported([path], { zone: 'UTC' })).posts.map(({ externalId }) => externalId)).toEqual(ids)
    // From the cursor of the first batch, in the middle of a second in which one line was said over and over.
    const rest = await imported([path], { zone: 'UTC' }, first.batches[0]?.cursor)
    expect(rest.posts.map(({ externalId }) => externalId)).toEqual(ids.slice(500))
    expect((await imported([path], { zone: 'UTC' }, first.cursor)).posts).toEqual([])
  })

  test('survives what is no text: other encodings, empty lines, lines without an end', async () => {
    const path = join(folder, '2026-11-22.log')
    const latin = Buffer.from('[20:42:01] <ada> caf\xe9\r\n\n', 'latin1')
    writeFileSync(
      path,
      Buffer.concat([Buffer.from('[20:42:00] <ada> hi\n'), latin, Buffer.alloc(600_000, 'x'), Buffer.from('\n[20:42:02] <ada> end')]),
    )
    const { posts, progress } = await imported([path], { zone: 'UTC' })
    expect(posts.map(({ text }) => text)).toEqual(['hi', 'café', 'end'])
    expect(progress.at(-1)).toBe(1)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
  })

  test('reads a day of 30,000 lines in batches that a transaction takes', async () => {
    const path = join(folder, '2026-11-22.log')
    const line = (n: number) =>
      `[${[n / 3600, (n / 60) % 60, n % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':')}] <ada${n % 50}> line ${n} of \x02many\x02, see https://example.org/${n}\n`
    writeFileSync(path, Array.from({ length: 30_000 }, (_, n) => line(n)).join(''))
    const settings = archive.settings({ channel: '#hpc', network: 'libera', zone: 'UTC' })
    let count = 0
    let largest = 0
    const read = archive.read({
      paths: [path],
      settings,
      permission: null,
      cursor: null,
      signal: new AbortController().signal,
      progress: () => {},
    })
    for await (const { posts } of read) {
      count += posts.length
      largest = Math.max(largest, posts.length)
    }
    expect(count).toBe(30_000)
    expect(largest).toBeLessThanOrEqual(500)
  })

  test
    .skipIf(!existsSync(RECORDED))
    .for([['irssi_#hpc.log'], ['weechat_irc.test.#hpc.weechatlog'], ['limnoria_#hpc.log'], ['znc_#hpc_2026-11-22.log']] as const)(
    'reads %s as it was recorded from the program',
    async ([file]) => {
      const { posts, batches } = await imported([join(RECORDED, file)], { zone: 'UTC' })
      expect(batches.flatMap(({ unreadable }) => unreadable)).toEqual([])
      const texts = posts.slice(0, 9).map(({ kind, author, text }) => `${kind} ${author.handle} ${text.slice(0, 40)}`)
      expect(texts).toEqual([
        'message alice_hpc morning all, anyone running Slurm 24.11?',
        'message bob|away alice_hpc: yes, see https://example.com/',
        'action alice_hpc nods',
        'notice bob|away a notice to the channel',
        'message alice_hpc bold italic red on black plain',
        expect.stringContaining('Ünïcödé 🚀 数値計算 <script>'),
        'message alice_hpc -!- looks like a status line',
        'message alice_hpc [12:34:56] <fake> looks like a log line',
        expect.stringMatching(/^message alice_hpc x+$/),
      ])
    },
  )
})

describe('local time', () => {
  test('of an hour that the clocks repeat is the first one, until the log goes back', () => {
    const clock = clockOf('Europe/Berlin')
    let before = 0
    const at = (date: string, time: string) => {
      before = clock(date, time, before)
      return new Date(before).toISOString()
    }
    expect(at('2026-10-25', '01:59:00')).toBe('2026-10-24T23:59:00.000Z')
    expect(at('2026-10-25', '02:10:00')).toBe('2026-10-25T00:10:00.000Z')
    expect(at('2026-10-25', '02:50:00')).toBe('2026-10-25T00:50:00.000Z')
    expect(at('2026-10-25', '02:10:00')).toBe('2026-10-25T01:10:00.000Z')
    expect(at('2026-10-25', '02:55:00')).toBe('2026-10-25T01:55:00.000Z')
    expect(at('2026-10-25', '03:00:00')).toBe('2026-10-25T02:00:00.000Z')
  })

  test('is summer’s in summer, and an hour that the clocks skip is the one after', () => {
    const clock = clockOf('America/New_York')
    expect(new Date(clock('2026-07-01', '12:00', 0)).toISOString()).toBe('2026-07-01T16:00:00.000Z')
    expect(new Date(clock('2026-03-08', '02:30:15', 0)).toISOString()).toBe('2026-03-08T07:30:15.000Z')
    expect(new Date(clock('2026-12-01', '12:00:00.250', 0)).toISOString()).toBe('2026-12-01T17:00:00.250Z')
  })
})

describe('a folder of logs', () => {
  const settings = () => irc.settings.parse({ logs: folder, channel: '#hpc', network: 'libera', zone: 'UTC' })
  async function poll(
    cursor: Cursor | null,
    given = settings(),
  ): Promise<{ texts: string[]; cursor: Cursor | null; last: Batch | undefined }> {
    const { run } = runOf(given, { cursor, backfill: { since: new Date('2026-11-20T00:00:00Z'), posts: 500 } })
    const batches = await readAll(irc.read(run))
    return {
      texts: batches.flatMap(({ posts }) => posts.map(({ text }) => text)),
      cursor: batches.at(-1)?.cursor ?? null,
      last: batches.at(-1),
    }
  }

  test('is read as it grows: new lines, new days, and a line only once it is whole', async () => {
    const day = write('#hpc/2026-11-22.log', '[20:42:00] <ada> one')
    write('#hpc-jobs/2026-11-22.log', '[20:42:00] <ada> elsewhere')
    write('##hpc/2026-11-22.log', '[20:42:00] <ada> elsewhere')
    const first = await poll(null)
    expect(first.texts).toEqual(['one'])
    appendFileSync(day, '[20:42:01] <ada> two\n[20:42:02] <ada> thr')
    write('#hpc/2026-11-23.log', '[00:00:01] <ada> tomorrow')
    const second = await poll(first.cursor)
    expect(second.texts).toEqual(['two', 'tomorrow'])
    expect(second.last?.covered?.from).toEqual(first.last?.covered?.to)
    appendFileSync(day, 'ee\n')
    const third = await poll(second.cursor)
    expect(third.texts).toEqual(['three'])
    expect((await poll(third.cursor)).texts).toEqual([])
  })

  test('leaves out who asked for it under their next nick, from poll to poll', async () => {
    const path = write('hpc.log', '2026-11-22T20:42:00  *** ada is now known as ada_away')
    const asked = irc.settings.parse({ logs: folder, channel: '#hpc', network: 'libera', zone: 'UTC', optOut: ['ada'] })
    const first = await poll(null, asked)
    appendFileSync(path, '2026-11-22T20:43:00  <ada_away> left out\n2026-11-22T20:43:01  <bob> ada_away: heard\n')
    const second = await poll(first.cursor, asked)
    expect(second.texts).toEqual(['ada_away: heard'])
    expect(second.last?.posts[0]?.replyTo).toBeNull()
    // The name is anybody's once they have left it, and the wish ends when it is taken back.
    appendFileSync(path, '2026-11-22T20:44:00  <ada_away> said once more\n')
    expect((await poll(second.cursor)).texts).toEqual(['said once more'])
    appendFileSync(path, '2026-11-22T20:45:00  *** ada_away is now known as ada\n2026-11-22T20:46:00  <ada_away> somebody else\n')
    expect((await poll(second.cursor, asked)).texts).toEqual(['somebody else'])
  })

  test('proves nothing beyond the last write of its files, and says when they are silent for a day', async () => {
    const hours = (ago: number) => new Date(Math.floor(Date.now() / 1000) * 1000 - ago * 3_600_000)
    const told = (ago: number, text: string) => `${hours(ago).toISOString().slice(0, 19)}  <ada> ${text}`
    const path = write('#hpc.log', told(40, 'one'))
    write('#other.log', told(1, 'another channel'))
    utimesSync(path, hours(40), hours(40))
    const first = await poll(null)
    expect(first.last?.covered?.to).toEqual(hours(40))
    expect(first.last?.notice).toContain(`No new lines in the log files since ${hours(40).toISOString().slice(0, 10)}`)
    const again = await poll(first.cursor)
    expect(again.last?.covered).toBeNull()
    expect(again.last?.notice).toContain('No new lines')
    // Somebody starts the program again: of the time between nobody knows.
    appendFileSync(path, `${told(2, 'two')}\n`)
    const third = await poll(again.cursor)
    expect(third.texts).toEqual(['two'])
    expect(third.last?.covered?.from).toEqual(hours(2))
    expect(third.last?.notice).toBeUndefined()
  })

  test('whose log was turned over is read from its new beginning, however long it is', async () => {
    const path = write('hpc.log', '2026-11-22T20:42:00  <ada> one')
    const first = await poll(null)
    renameSync(path, join(folder, 'hpc.log.1'))
    write('hpc.log', '2026-11-23T20:42:00  <ada> two', '2026-11-23T20:42:01  <ada> three, and longer than what was there')
    expect((await poll(first.cursor)).texts).toEqual(expect.arrayContaining(['two', 'three, and longer than what was there']))
  })

  test('is first read no further back than every source is', async () => {
    write('hpc.log', '2026-11-19T20:42:00  <ada> old', '2026-11-22T20:42:00  <ada> new')
    expect((await poll(null)).texts).toEqual(['new'])
  })

  test('that is empty or away is its owner’s to mend', async () => {
    await expect(poll(null)).rejects.toMatchObject({ trouble: 'refused', message: expect.stringContaining('no log') })
    const away = irc.settings.parse({ logs: join(folder, 'away'), channel: '#hpc', network: 'libera', zone: 'UTC' })
    await expect(readAll(irc.read(runOf(away).run))).rejects.toMatchObject({ trouble: 'refused' })
  })
})
