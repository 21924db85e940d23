import { describe, expect, test } from 'vitest'
import { hrefFor, parseAddress, placesOf, toggled } from '#app/address'
import { connectors } from '#connectors/registry'

const ids = connectors.map(({ id }) => id)
const [one = '', two = ''] = ids
const everything = { platforms: [], before: null, after: null, at: null, order: null }
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
    'utm_source=newsletter',
    '__proto__=1&constructor=2',
  ])('nonsense is ignored: %s', (query) => {
    expect(parseAddress(new URLSearchParams(query))).toEqual(everything)
    expect(parseAddress(Object.fromEntries(new URLSearchParams(query)))).toEqual(everything)
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
