import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Archive, ArchiveRun, Batch, Cursor } from '#connectors/contract'
import type { Settings } from '#connectors/slack/settings'
import { slack } from '#connectors/slack/slack'
import { readAll } from '#tests/support/run'
import { type Packed, packed, zipOf } from '#tests/support/zip'

/** Reading a workspace's export, as zip and as folder. */

const archive = slack.archive as Archive<Settings>
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slack-export-'))
})
afterAll(() => rm(folder, { recursive: true }))

const users = [{ id: 'UADA', team_id: 'T0EXAMPLE', name: 'ada', deleted: false, profile: { display_name: 'Ada Example' } }]
const said = (ts: string, text: string, more: object = {}) => ({ type: 'message', user: 'UADA', ts, text, ...more })
const files = {
  'channels.json': [
    { id: 'C0GENERAL', name: 'general' },
    { id: 'C0STORAGE', name: 'storage' },
  ],
  'groups.json': [{ id: 'C0BOARD', name: 'board' }],
  'dms.json': [{ id: 'D0DIRECT' }],
  'users.json': users,
  'integration_logs.json': [],
  'general/2026-11-02.json': [said('1793620000.000100', 'third', { thread_ts: '1793500000.000100' })],
  'general/2026-11-01.json': [
    said('1793500000.000100', 'first', { thread_ts: '1793500000.000100', reply_count: 1 }),
    said('1793500001.000100', 'joined', { subtype: 'channel_join' }),
  ],
  'general/canvas_in_the_conversation.json': [],
  'storage/2026-11-01.json': [said('1793500002.000100', 'second <@UADA>')],
  'board/2026-11-01.json': [said('1793500003.000100', 'agreed private')],
  'D0DIRECT/2026-11-01.json': [said('1793500004.000100', 'direct')],
}

async function asFolder(name: string, content: object): Promise<string> {
  const root = join(folder, name)
  for (const [file, json] of Object.entries(content)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), JSON.stringify(json))
  }
  return root
}

async function asZip(name: string, entries: Packed[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, zipOf(entries))
  return path
}

function read(path: string, options: { [name: string]: string } = {}, change: Partial<ArchiveRun<Settings>> = {}): Promise<Batch[]> {
  const run = {
    paths: [path],
    settings: archive.settings(options),
    permission: null,
    cursor: null,
    signal: new AbortController().signal,
    progress: () => {},
    ...change,
  }
  return readAll(archive.read(run))
}

const texts = (batches: Batch[]) => batches.flatMap(({ posts }) => posts.map(({ text }) => text))

describe('an export', () => {
  test.each(['zip', 'folder'])('brings the public channels, oldest first, as a %s', async (kind) => {
    const path = kind === 'zip' ? await asZip('export.zip', packed(files)) : await asFolder('export', files)
    const batches = await read(path, { workspace: 'hpc-example' })
    expect(texts(batches)).toEqual(['first', 'third', 'second @Ada Example'])
    const [first, third] = batches.flatMap(({ posts }) => posts)
    expect(first).toMatchObject({
      externalId: 'T0EXAMPLE/C0GENERAL/1793500000.000100',
      audience: 'members',
      author: { name: 'Ada Example' },
    })
    expect(first?.url).toBe('https://hpc-example.slack.com/archives/C0GENERAL/p1793500000000100')
    expect(third?.replyTo).toMatchObject({ state: 'shown', text: 'first' })
  })

  test('brings a private channel only by its name, and a direct message by none', async () => {
    const path = await asFolder('private', files)
    expect(texts(await read(path, { channel: 'board,#storage' }))).toEqual(['second @Ada Example', 'agreed private'])
    await expect(read(path, { channel: 'D0DIRECT' })).rejects.toMatchObject({
      trouble: 'refused',
      message: expect.stringContaining('it has general, storage'),
    })
  })

  test('goes on where an import ended, and after its end brings nothing', async () => {
    const path = await asFolder('again', files)
    const cursor: Cursor = { ...(await read(path)).at(-1)?.cursor }
    expect(texts(await read(path, {}, { cursor }))).toEqual([])
    expect(texts(await read(path, {}, { cursor: { ...cursor, done: 'general/2026-11-01.json' } }))).toEqual([
      'third',
      'second @Ada Example',
    ])
  })

  test('tells how far it is', async () => {
    const path = await asFolder('progress', files)
    const told: [number, number][] = []
    await read(path, {}, { progress: (bytes, inAll) => told.push([bytes, inAll]) })
    expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1])
  })

  const recorded = join(import.meta.dirname, '../../../shared/fixtures/slack/slack-export-viewer/testarchive.zip')
  test.skipIf(!existsSync(recorded))('a real one is read whole', async () => {
    const batches = await read(recorded)
    expect(texts(batches)).toHaveLength(147)
    expect(batches.flatMap(({ unreadable }) => unreadable)).toEqual([])
  })
})

describe('what is refused', () => {
  const refused = (message: string) => ({ trouble: 'refused', message: expect.stringContaining(message) })

  test('a zip with names that lead out of it', async () => {
    for (const name of ['../evil.json', '/etc/evil.json', 'general/../../evil.json', 'general\\..\\evil.json'])
      await expect(read(await asZip('evil.zip', [{ name, data: Buffer.from('[]') }, ...packed(files)]))).rejects.toMatchObject(
        refused('cannot be read as an export'),
      )
  })

  test('a zip bomb: by what it declares, by what it hides, and by many parts', async () => {
    const zeros = Buffer.alloc(4 * 1024 * 1024)
    await expect(read(await asZip('bomb.zip', [{ name: 'general/2026-11-01.json', data: zeros }, ...packed(files)]))).rejects.toMatchObject(
      refused('unpacks to more than'),
    )
    const hidden = await asZip(
      'hidden.zip',
      packed(files).map((one) => (one.name.startsWith('storage') ? { ...one, data: zeros, declared: 10 } : one)),
    )
    await expect(read(hidden)).rejects.toMatchObject({ trouble: 'refused' })
    const parts = Array.from({ length: 20 }, (_none, index) => ({ name: `general/a${index}.json`, data: Buffer.alloc(900_000) }))
    await expect(read(await asZip('parts.zip', [...parts, ...packed(files)]))).rejects.toMatchObject(refused('the archive unpacks'))
    await expect(
      read(await asZip('large.zip', [{ name: 'x.json', data: Buffer.from('[]'), declared: 100 * 1024 * 1024 }])),
    ).rejects.toMatchObject(refused('larger than 64 MB'))
  })

  test('what is no export, and options that it does not take', async () => {
    await writeFile(join(folder, 'notes.txt'), 'hello')
    await expect(read(join(folder, 'notes.txt'))).rejects.toMatchObject(refused('neither a zip nor a folder'))
    await expect(read(join(folder, 'nowhere'))).rejects.toMatchObject(refused('no such file'))
    await expect(read(await asFolder('empty', { 'x.json': [] }))).rejects.toMatchObject(refused('no channels.json'))
    await expect(read(await asFolder('broken', { ...files, 'general/2026-11-01.json': { not: 'a list' } }))).rejects.toMatchObject({
      trouble: 'malformed',
    })
    expect(() => archive.settings({ zone: 'UTC' })).toThrow(/--channel, --workspace, --team and --opt-out/)
  })
})
