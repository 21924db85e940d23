import { expect, test } from 'vitest'
import { databaseSentence } from '#lib/postgres/database-sentence'

test('a full disk is said as one, however the error is wrapped, and no statement with its posts gets into a log', () => {
  const full = Object.assign(new Error('could not extend file'), { code: '53100' })
  expect(databaseSentence(new Error('Failed query: insert into posts … secret words', { cause: full }))).toContain(
    'disk of the database is full',
  )
  const odd = new Error('Failed query: insert into posts … secret words', { cause: new Error('integer out of range') })
  expect(databaseSentence(odd)).toBe('It could not be saved: integer out of range')
})
