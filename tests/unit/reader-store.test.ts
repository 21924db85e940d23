import { expect, test } from 'vitest'
import { browserStore } from '#app/reading/reader-store'
import { catchUp, emptyState, isRead, markRead } from '#lib/reading/reader-state'

/** As a browser's storage, shared by the tabs of one test. */
function storage(kept: { [key: string]: string } = {}, full = false): Storage {
  const items = new Map(Object.entries(kept))
  return {
    get length() {
      return items.size
    },
    clear: () => items.clear(),
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => {
      items.delete(key)
    },
    setItem: (key, value) => {
      if (full) throw new DOMException('full', 'QuotaExceededError')
      items.set(key, value)
    },
  }
}

const entry = (id: number) => ({ entry: String(id), place: `${id}000-${id}`, source: 'a' })

test('two tabs add to each other’s progress and overwrite nothing', async () => {
  const shared = storage()
  const [one, two] = [browserStore(shared), browserStore(shared)]
  await one.change((state) => markRead(state, entry(1)))
  await two.change((state) => markRead(state, entry(2)))
  await one.change((state) => markRead(state, entry(3)))
  const state = await browserStore(shared).load()
  expect([1, 2, 3, 4].map((id) => isRead(state, entry(id)))).toEqual([true, true, true, false])
})

test('a change is told to who subscribed, until they end it; what changes nothing is not', async () => {
  const store = browserStore(storage())
  const told: (string | null)[] = []
  const end = store.subscribe(({ upTo }) => told.push(upTo))
  await store.change((state) => catchUp(state, '5-5'))
  await store.change((state) => state)
  end()
  await store.change((state) => catchUp(state, '6-6'))
  expect(told).toEqual(['5-5'])
})

test.each(['', '{', 'null', '[1]', '{"version":1,"sources":7}'])('what is kept may be damaged (%s): reading begins anew', async (text) => {
  const store = browserStore(storage({ 'backplane:reading': text }))
  expect(await store.load()).toEqual(emptyState)
  await store.change((state) => catchUp(state, '5-5'))
  expect((await store.load()).upTo).toBe('5-5')
})

test('where nothing can be kept, the state lasts as long as the page', async () => {
  for (const store of [browserStore(null), browserStore(storage({}, true))]) {
    await store.change((state) => markRead(state, entry(1)))
    await store.change((state) => markRead(state, entry(2)))
    expect([1, 2].map((id) => isRead({ ...emptyState }, entry(id)))).toEqual([false, false])
    const state = await store.load()
    expect([1, 2].map((id) => isRead(state, entry(id)))).toEqual([true, true])
  }
})
