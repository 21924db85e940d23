import type { Item, Listing } from './listing.ts'
import type { Memory } from './read.ts'

type Seen = Memory['seen'][number]

/**
 * What a feed says by what it no longer holds: within the span from its oldest entry to now it shows all that is there,
 * so that what is not among them was removed. Because such a death is final here, it takes two readings in a row
 * that could be trusted: in order of time, overlapping the last one, and with at most as many absent as present. Who
 * can ask for single posts (`say-nothing`) need not conclude.
 */
export function absences({ items }: Listing, memory: Memory | null, mode: 'count' | 'say-nothing') {
  const before = memory?.seen ?? []
  const there = items.filter(({ standing }) => standing === 'there')
  const present = there.flatMap(({ id, at }): Seen[] => (id && at ? [[id, Math.floor(at.getTime() / 1000)]] : []))
  const ids = new Set(items.map(({ id }) => id))
  const others = before.filter(([id]) => !ids.has(id))
  if (items.length === 0) return { gone: [], missing: [], seen: before }
  if (mode === 'say-nothing') return { gone: [], missing: [], seen: present }
  const oldest = Math.min(...present.map(([, time]) => time))
  const absent = others.filter(([, time]) => time > oldest)
  const due = before.filter(([, time]) => time > oldest)
  if (!isInOrder(items) || absent.length * 2 > due.length) return { gone: [], missing: [], seen: [...present, ...others] }
  const twice = new Set(memory?.missing)
  const missing = absent.filter(([id]) => !twice.has(id))
  return {
    gone: absent.flatMap(([id]) => (twice.has(id) ? [id] : [])),
    missing: missing.map(([id]) => id),
    seen: [...present, ...missing],
  }
}

function isInOrder(items: Item[]): boolean {
  return items.every(({ at }, index) => {
    const before = items[index - 1]?.at
    return at !== null && (!before || before >= at)
  })
}
