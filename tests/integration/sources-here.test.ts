import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type DeclaredSource, declareSources, sourcesKnownTo, sourcesToRead } from '#db/sources'
import { addSourceHere, keepPasted, pastedUnder, pauseSourceHere, removeSourceHere, resumeSourceHere } from '#db/sources-here'
import { CommandError } from '#lib/commands/run-command'
import { sourceCommand } from '#lib/commands/source-command'
import { declaredBy } from '#lib/sources/source-entry'
import { parseSourcesFile } from '#lib/sources/sources-file'
import { differenceOf, exported } from '#lib/sources/sources-here'
import { testDatabase } from '#tests/support/database'
import { serve } from '#tests/support/server'

/** What an owner adds and pauses on a page, beside what the file declares; and the commands that edit the file. */
const database = testDatabase()
const FILE = '# Ours\n- feed: { url: https://one.example.org/feed, name: One }\n- feed: { url: https://two.example.org/feed, name: Two }\n'
const now = new Date()

const start = (text: string) => declareSources(parseSourcesFile(text).sources, new Date())
const rows = () => sourcesKnownTo({ role: 'owner' })
const read = async () => (await sourcesToRead()).map(({ name }) => name)
const idOf = async (name: string) => (await rows()).find((row) => row.name === name)?.id ?? 0

async function add(yaml: string): Promise<number> {
  const source: DeclaredSource | string = declaredBy(yaml)
  if (typeof source === 'string') throw new Error(source)
  return addSourceHere(source, { [source.platform]: { ...source.settings, name: source.name } })
}

beforeEach(async () => {
  await database.db.execute(sql`truncate sources, pasted cascade`)
  await start(FILE)
})

describe('what is added and paused on a page', () => {
  test('is read at once, and after a restart, though no file declares it', async () => {
    await add('feed: { url: https://three.example.org/feed, name: Three }')
    expect(await read()).toEqual(['One', 'Two', 'Three'])
    await start(FILE)
    expect(await read()).toEqual(['One', 'Two', 'Three'])
  })

  test('stays paused over a restart, until its owner has it read again', async () => {
    await pauseSourceHere(await idOf('One'), now)
    await start(FILE)
    expect(await read()).toEqual(['Two'])
    await resumeSourceHere(await idOf('One'))
    expect(await read()).toEqual(['One', 'Two'])
  })

  test('goes without a trace where it brought nothing; what the file declares cannot be removed here', async () => {
    await removeSourceHere(await add('feed: { url: https://three.example.org/feed, name: Three }'), now)
    await removeSourceHere(await idOf('One'), now)
    expect((await rows()).map(({ name }) => name)).toEqual(['One', 'Two'])
    expect(await read()).toEqual(['One', 'Two'])
  })

  test('is the file’s once the file declares it, and the file’s stays so when it is added again', async () => {
    await add('feed: { url: https://three.example.org/feed, name: Three }')
    await start(`${FILE}- feed: { url: https://three.example.org/feed, name: Three }\n`)
    await add('feed: { url: https://one.example.org/feed, name: One }')
    expect((await rows()).map(({ addedHere }) => addedHere)).toEqual([null, null, null])
    await start(FILE)
    expect(await read()).toEqual(['One', 'Two'])
  })

  test('is what differs from the file, until the file that was exported is the file', async () => {
    await add('feed: { url: https://three.example.org/feed, name: Three }')
    await pauseSourceHere(await idOf('Two'), now)
    const difference = differenceOf(FILE, await rows())
    expect([difference.added, difference.paused].map((some) => some.map(({ name }) => name))).toEqual([['Three'], ['Two']])
    const text = exported(FILE, await rows())
    expect(text).toBe(
      '# Ours\n- feed: { url: https://one.example.org/feed, name: One }\n- feed: { url: https://two.example.org/feed, name: Two, paused: true }\n- feed: { url: https://three.example.org/feed, name: Three }\n',
    )
    await start(text)
    expect(differenceOf(text, await rows()).added).toEqual([])
    expect(await read()).toEqual(['One', 'Three'])
  })

  test('is told from what the file says since the last start', async () => {
    const later = FILE.replace('two', 'four').replace('Two', 'Four')
    expect(differenceOf(later, await rows())).toMatchObject({ added: [], paused: [], notYet: ['Four'], still: ['Two'] })
  })
})

test('an entry that is paused in the file is not read, and read again without that', async () => {
  await start(FILE.replace('name: One', 'name: One, paused: true'))
  expect(await read()).toEqual(['Two'])
  await start(FILE)
  expect(await read()).toEqual(['One', 'Two'])
})

test('what was pasted is kept for an hour, under a number that cannot be guessed', async () => {
  const id = await keepPasted('r/hpc', now)
  expect(await pastedUnder(id, now)).toBe('r/hpc')
  expect(await pastedUnder(id, new Date(now.getTime() + 3_700_000))).toBeNull()
  expect(await pastedUnder("x' or 1=1", now)).toBeNull()
  await keepPasted('later', new Date(now.getTime() + 3_700_000))
  expect(await database.db.execute(sql`select count(*)::int as n from pasted`)).toEqual([{ n: 1 }])
})

describe('npm run source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-source-'))
  const file = join(folder, 'sources.yaml')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(() => writeFileSync(file, FILE))

  /** What it says, and whether something is wrong with what was asked. */
  async function source(...words: string[]): Promise<{ said: string; code: number }> {
    const said: string[] = []
    process.env.TRUSTED_HOSTS = 'localhost'
    const given = { words, say: (sentence: string) => void said.push(sentence), signal: new AbortController().signal }
    const code = await sourceCommand(given, file).then(
      () => 0,
      (error: unknown) => {
        if (!(error instanceof CommandError)) throw error
        said.push(error.message)
        return 1
      },
    )
    return { said: said.join('\n'), code }
  }
  const text = () => readFileSync(file, 'utf8')

  test('lists, pauses, permits and removes, and changes nothing else of the file', async () => {
    expect((await source('list')).said).toMatch(/^2 +feed +One$/m)
    expect((await source('pause', 'One')).code).toBe(0)
    expect(text()).toBe(FILE.replace('name: One', 'name: One, paused: true'))
    expect((await source('list')).said).toMatch(/One +paused/)
    await source('pause', 'One', '--off')
    expect(text()).toBe(FILE)
    await source('permit', 'Two', '--by', 'Ada', '--on', '2026-11-22')
    expect(text()).toBe(FILE.replace('name: Two', 'name: Two, permission: { by: Ada, on: 2026-11-22 }'))
    expect((await source('remove', 'Two')).said).toContain('its posts stay')
    expect(text()).toBe('# Ours\n- feed: { url: https://one.example.org/feed, name: One }\n')
    const unknown = await source('remove', 'Nobody')
    expect(unknown).toMatchObject({ code: 1, said: expect.stringContaining('No entry') })
  })

  test('adds what is pasted, once it was looked at; and says what it could mean where it does not know', async () => {
    await using blog = await serve({
      '/': {
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><link rel="alternate" type="application/rss+xml" href="/feed.xml">',
      },
      '/feed.xml': {
        headers: { 'content-type': 'application/rss+xml' },
        body: `<rss version="2.0"><channel><title>Ada writes</title><item><title>Hello</title><guid>1</guid><pubDate>${now.toUTCString()}</pubDate></item></channel></rss>`,
      },
    })
    const shown = await source('add', `${blog.origin}/`)
    expect(shown.said).toMatch(/Its feed is .*Hello.*About 1 a month/s)
    expect(text()).toBe(FILE)
    expect((await source('add', `${blog.origin}/`, '--yes')).code).toBe(0)
    expect(text()).toBe(`${FILE}- feed: { url: ${blog.origin}/feed.xml, name: Ada writes }\n`)
    expect((await source('add', `${blog.origin}/`, '--yes')).said).toContain('as “Ada writes”')
    expect(await source('add', 'hpc')).toMatchObject({ code: 1, said: expect.stringContaining('Did you mean a subreddit, r/hpc?') })
  })

  test('checks every entry, and ends with 1 where one wants mending', async () => {
    await using blog = await serve({
      '/feed.xml': {
        headers: { 'content-type': 'application/rss+xml' },
        body: `<rss version="2.0"><channel><title>x</title><item><title>Hello</title><guid>1</guid><pubDate>${now.toUTCString()}</pubDate></item></channel></rss>`,
      },
    })
    writeFileSync(file, `- feed: { url: ${blog.origin}/feed.xml, name: Alive, permission: { by: Ada, on: 2026-11-22 } }\n`)
    expect(await source('check')).toMatchObject({ code: 0, said: expect.stringMatching(/Alive +feed +alive +Ada, 2026-11-22 +last post/) })
    writeFileSync(file, `${text()}- feed: { url: ${blog.origin}/gone.xml, name: Dead }\n`)
    expect(await source('check')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/Dead +feed +gone.*404.*1 of 2 entries want mending/s),
    })
  })

  test('exports the file with what was added on the page', async () => {
    await add('feed: { url: https://three.example.org/feed, name: Three }')
    // As a person at a terminal: it opens and closes a database of its own.
    const env = { ...process.env, SOURCES: file, DATABASE_URL: database.url, DATA_DIR: folder }
    const args = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '../../lib/commands/source.ts'), 'export', '--write']
    await promisify(execFile)(process.execPath, args, { env })
    expect(text()).toBe(`${FILE}- feed: { url: https://three.example.org/feed, name: Three }\n`)
  }, 60_000)
})
