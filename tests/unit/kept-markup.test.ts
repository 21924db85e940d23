import { expect, test } from 'vitest'
import { keepMarkup } from '#app/kept-markup'

const taken = (key: string) => globalThis.takeMarkup?.(key)

test('each page finds its own content, however many are being made', () => {
  const keys = Array.from({ length: 100 }, (_, nth) => keepMarkup(`<p>Page ${nth}</p>`))
  expect(new Set(keys).size).toBe(100)
  expect(keys.map(taken)).toEqual(keys.map((_, nth) => `<p>Page ${nth}</p>`))
})

test('content that is there no more is a fault, not an empty page; and what was drawn is not kept', () => {
  const key = keepMarkup('<p>Once</p>')
  expect(taken(key)).toBe('<p>Once</p>')
  expect(() => taken(key)).toThrow('The content of the page is gone')
})

test('a page without content is one', () => {
  expect(taken(keepMarkup(''))).toBe('')
})

test('what nobody comes for takes no more than a few megabytes', () => {
  const keys = Array.from({ length: 40 }, () => keepMarkup('x'.repeat(1_000_000)))
  expect(() => taken(keys[0] ?? '')).toThrow()
  expect(taken(keys.at(-1) ?? '')).toHaveLength(1_000_000)
})
