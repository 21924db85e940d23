import { describe, expect, test } from 'vitest'
import { openRules, ruleThatAdmits } from '#lib/collecting/rules'
import { withoutSecrets, withSecrets } from '#lib/secrets'
import { ada, aPost } from '#tests/support/post'

const rules = (change: object) => ({ ...openRules, ...change })

describe('the rules of a source', () => {
  test('without a rule everything comes in', () => {
    expect(ruleThatAdmits(aPost('1'), openRules)).toBe('everything')
  })

  test('include lets in whole words, tags and phrases, in title, warning and text, without case, and says which', () => {
    const include = rules({ include: ['slurm', '#hpc', 'object storage', 'C++'] })
    expect(ruleThatAdmits(aPost('1', { text: 'Our SLURM upgrade' }), include)).toBe('include slurm')
    expect(ruleThatAdmits(aPost('1', { text: 'slurmctld' }), include)).toBeNull()
    expect(ruleThatAdmits(aPost('1', { tags: ['hpc'] }), include)).toBe('include #hpc')
    expect(ruleThatAdmits(aPost('1', { title: 'On object storage' }), include)).toBe('include object storage')
    expect(ruleThatAdmits(aPost('1', { text: 'Modern C++.' }), include)).toBe('include C++')
  })

  test('exclude wins over include', () => {
    expect(ruleThatAdmits(aPost('1', { text: 'slurm jobs' }), rules({ include: ['slurm'], exclude: ['jobs'] }))).toBeNull()
  })

  test('a post in another language stays out; one that does not say its language does not', () => {
    const english = rules({ languages: ['en'] })
    expect(ruleThatAdmits(aPost('1', { language: 'en-GB' }), english)).toBe('everything')
    expect(ruleThatAdmits(aPost('1', { language: 'de' }), english)).toBeNull()
    expect(ruleThatAdmits(aPost('1', { language: null }), english)).toBe('everything')
  })

  test('replies and reposts are kept out as asked; answers to oneself are threads', () => {
    const toSelf = { state: 'shown' as const, externalId: 'x', url: null, author: ada, text: null, rootExternalId: null }
    const toOther = { ...toSelf, author: { ...ada, id: 'id:other' } }
    expect(ruleThatAdmits(aPost('1', { replyTo: toSelf }), rules({ replies: 'self' }))).toBe('everything')
    expect(ruleThatAdmits(aPost('1', { replyTo: toOther }), rules({ replies: 'self' }))).toBeNull()
    expect(ruleThatAdmits(aPost('1', { replyTo: toSelf }), rules({ replies: 'none' }))).toBeNull()
    expect(ruleThatAdmits(aPost('1', { share: { externalId: 's', by: ada, at: '' } }), rules({ reposts: 'none' }))).toBeNull()
  })
})

describe('secrets of a source', () => {
  test('are taken from the environment, and a missing one is named', () => {
    expect(withSecrets({ token: 'env:MY_TOKEN', deep: { list: ['env:MY_TOKEN', 'plain'] } }, { MY_TOKEN: 's3cret' })).toEqual({
      token: 's3cret',
      deep: { list: ['s3cret', 'plain'] },
    })
    expect(() => withSecrets({ token: 'env:MY_TOKEN' }, {})).toThrow(/MY_TOKEN/)
  })

  test('do not come back into what is stored', () => {
    process.env.STORED_TOKEN = 's3cret'
    expect(withoutSecrets({ token: 's3cret', id: 'did:x' }, { token: 'env:STORED_TOKEN' })).toEqual({
      token: 'env:STORED_TOKEN',
      id: 'did:x',
    })
  })
})
