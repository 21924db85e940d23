import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { db } from '#db/client'
import { beat, fallSilent } from '#db/heartbeats'
import { saveBatch } from '#db/save-batch'
import { posts } from '#db/schema'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'

vi.setConfig({ testTimeout: 120_000 })

const database = testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'backplane-restore-'))
const file = join(folder, 'kept.sql.gz')
afterAll(() => rmSync(folder, { recursive: true }))

/** As `npm run <command> -- <words>`, with what it said and how it ended. */
async function run(entry: string, ...words: string[]): Promise<{ code: number; said: string }> {
  const env = { PATH: process.env.PATH, NODE_ENV: 'production' as const, DATABASE_URL: database.url, DATA_DIR: folder, INIT_CWD: folder }
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../lib/commands', entry), ...words], { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += data
    })
  const [code] = await once(child, 'close')
  return { code, said }
}

const shown = async () => (await db().select().from(posts)).flatMap((post) => (post.deletedAt ? [] : [post.externalId])).toSorted()

beforeAll(async () => {
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  await saveBatch(source, holder, aBatch([aPost('one'), aPost('two')]), new Date())
})

test('npm run backup, delete, npm run restore: it stays deleted, and what was there is kept', async () => {
  expect(await run('make-backup.ts')).toMatchObject({ code: 1, said: expect.stringContaining('Say where to') })
  expect(await run('make-backup.ts', 'kept.sql.gz')).toMatchObject({ code: 0, said: expect.stringContaining(file) })
  expect(await run('make-backup.ts', 'kept.sql.gz')).toMatchObject({ code: 1, said: expect.stringContaining('is there already') })

  const { source, holder } = await heldSource('A blog')
  await saveBatch(source, holder, aBatch([aPost('later')], { deleted: ['two'] }), new Date())
  expect(await run('restore-backup.ts', 'kept.sql.gz')).toMatchObject({ code: 1, said: expect.stringContaining('--force') })
  expect(await shown()).toEqual(['later', 'one'])

  const worker = crypto.randomUUID()
  await beat(worker, 'worker', new Date(), new Date())
  const refused = await run('restore-backup.ts', 'kept.sql.gz', '--force')
  expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('stop it first') })
  await fallSilent(worker, new Date())

  const { code, said } = await run('restore-backup.ts', '--force', 'kept.sql.gz')
  expect([code, said]).toEqual([0, expect.stringMatching(/What was there is kept in .*\.sql\.gz\.[\s\S]*1 post that was deleted/)])
  expect(await shown()).toEqual(['one'])
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(1)
  expect(existsSync(join(folder, 'deletions.jsonl'))).toBe(true)

  const audit = await run('audit.ts')
  expect(audit.said).toMatch(/^\S+Z {2}the command line restored a backup: .*kept\.sql\.gz/m)
})
