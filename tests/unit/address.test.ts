import { describe, expect, test } from 'vitest'
import { filterOf, hrefFor, parseAddress, placesOf, toggled } from '#app/address'
import { connectors } from '#connectors/registry'

const ids = connectors.map(({ id }) => id)
const [one = '', two = ''] = ids
const nothing = { platforms: [], sources: [], people: [], tags: [], flairs: [], reposts: null }
const everything = { ...nothing, starred: false, before: null, after: null, at: null, order: null }
const place = { sortAt: new Date('2026-11-22T17:42:00.123Z'), id: 4711 }

describe('the address bar is the state of the timeline', () => {
  test('an empty address shows everything', () => {
    expect(parseAddress({})).toEqual(everything)
    expect(parseAddress(new URLSearchParams())).toEqual(everything)
    expect(hrefFor(everything)).toBe('/')
  })

  test.runIf(ids.length > 2)('platforms stand in it by name, in one order whatever the order asked', () => {
    expect(parseAddress({ platform: `${two},${one}` }).platforms).toEqual([one, two])
    expect(parseAddress({ platform: [two, one] }).platforms).toEqual([one, two])
    expect(parseAddress(new URLSearchParams(`platform=${two}&platform=${one}`)).platforms).toEqual([one, two])
    expect(hrefFor({ platforms: [one, two] })).toBe(`/?platform=${one},${two}`)
  })

  test('every platform is the same as none named', () => {
    expect(parseAddress({ platform: ids.join(',') }).platforms).toEqual([])
  })

  test('a place survives the way through the address, to the millisecond', () => {
    for (const side of ['before', 'after', 'at'] as const) {
      const href = hrefFor({ [side]: place })
      expect(parseAddress(new URL(href, 'http://localhost').searchParams)).toEqual({ ...everything, [side]: place })
    }
  })

  test('before wins over at, and that over after', () => {
    const asked = { before: '2-1', at: '3-1', after: '1-1' }
    expect(parseAddress(asked)).toEqual({ ...everything, before: { sortAt: new Date(2), id: 1 } })
    expect(parseAddress({ ...asked, before: 'x' })).toEqual({ ...everything, at: { sortAt: new Date(3), id: 1 } })
  })

  test('a page around a place begins with the entry at it, in either order', () => {
    expect(placesOf({ ...everything, at: place })).toEqual({ before: { ...place, id: 4712 }, after: null })
    expect(placesOf({ ...everything, at: place, order: 'oldest' })).toEqual({ before: null, after: { ...place, id: 4710 } })
    expect(placesOf({ ...everything, after: place })).toEqual({ before: null, after: place })
    expect(hrefFor({ platforms: [one], order: 'oldest', at: place })).toBe(
      `/?platform=${one}&order=oldest&at=${place.sortAt.getTime()}-4711`,
    )
  })

  test.each([
    'platform=nothing-of-the-kind',
    'platform=',
    'platform=,,%00,%F0%9F%A6%8B',
    "platform=' or 1=1 --",
    'before=yesterday',
    'before=-',
    'before=99999999999999999999-1',
    'after=1e9-1',
    'after=NaN-NaN',
    'before[]=1-1',
    'before=%00',
    'at=here',
    'order=best',
    'source=0,-1,1.5,x,99999999999999999999',
    'person=ada&person=nowhere:ada&person=',
    `person=${'x'.repeat(500)}`,
    'tag=&tag=%23&tag=%00',
    `tag=${'x'.repeat(500)}`,
    'flair=%20',
    'reposts=all',
    'reposts=some',
    'utm_source=newsletter',
    '__proto__=1&constructor=2',
  ])('nonsense is ignored: %s', (query) => {
    expect(parseAddress(new URLSearchParams(query))).toEqual(everything)
    expect(parseAddress(Object.fromEntries(new URLSearchParams(query)))).toEqual(everything)
  })

  test('every kind of filter stands in it in one order, whatever the order asked, and comes back the same', () => {
    const asked = new URLSearchParams([
      ['reposts', 'none'],
      ['flair', 'Question, help'],
      ['tag', '#Slurm'],
      ['tag', 'hpc'],
      ['tag', 'slurm'],
      ['person', `${one}:https://example.org/@ada?x=1&y`],
      ['source', '12,3'],
      ['source', '3'],
      ['platform', one],
    ])
    const filter = {
      platforms: [one],
      sources: [3, 12],
      people: [`${one}:https://example.org/@ada?x=1&y`],
      tags: ['hpc', 'slurm'],
      flairs: ['Question, help'],
      reposts: 'none',
    }
    expect(parseAddress(asked)).toEqual({ ...everything, ...filter })
    const href = hrefFor(parseAddress(asked))
    expect(href).toBe(
      `/?platform=${one}&source=3,12&person=${one}:https:%2F%2Fexample.org%2F%40ada%3Fx%3D1%26y&tag=hpc&tag=slurm&flair=Question%2C%20help&reposts=none`.replaceAll(
        '%3A',
        ':',
      ),
    )
    expect(parseAddress(new URL(href, 'http://localhost').searchParams)).toEqual(parseAddress(asked))
    expect(parseAddress({ tag: ['Slurm', 'hpc'] }).tags).toEqual(['hpc', 'slurm'])
    expect(filterOf(parseAddress(asked))).toEqual(filter)
  })

  test('other pages take the same filters', () => {
    expect(hrefFor({ platforms: ['a', 'b'] }, '/feed.json')).toBe('/feed.json?platform=a,b')
  })

  test.runIf(ids.length > 1)('a chip adds its platform, and pressed again takes it away', () => {
    expect(toggled([], two)).toEqual([two])
    expect(toggled([two], one)).toEqual([one, two])
    expect(toggled([one, two], one)).toEqual([two])
  })
})
