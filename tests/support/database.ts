import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, inject } from 'vitest'
import { connect, type Database, db } from '#db/client'
import { TEMPLATE } from './postgres.ts'

export type TestDatabase = {
  /** The same as `db()` of #db/client in this test file. */
  readonly db: Database
  readonly url: string
}

/**
 * A fresh, migrated database for this test file, dropped after it: call it once at the top of the file. It is there from
 * the first `beforeAll` on, and DATABASE_URL names it, so that what is tested finds it through `db()`.
 */
export function testDatabase(): TestDatabase {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const url = inject('postgresUrl').replace(/[^/]*$/, name)

  beforeAll(async () => {
    await onServer(`create database ${name} template ${TEMPLATE}`)
    process.env.DATABASE_URL = url
  })
  afterAll(async () => {
    await db().$client.end({ timeout: 1 })
    // Pools of processes that a test started may still hold on to it.
    await onServer(`drop database ${name} with (force)`)
  })
  return {
    url,
    get db() {
      return db()
    },
  }
}

async function onServer(statement: string): Promise<void> {
  const server = connect(inject('postgresUrl'), { max: 1 })
  await server.$client.unsafe(statement)
  await server.$client.end()
}
