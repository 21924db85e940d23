type Remembered<T> = { until: number; value: Promise<T> }

/** Keys kept at once: filters, days and zones come from the address and may be many. */
const MOST = 500

/** So much longer than it took to make is a value kept: counting then costs half a percent of the time. */
const WORTH = 200

/**
 * Remembers what `make` gave for a key, longer the more it cost, for `seconds` at most, and asks once however many
 * wait: for numbers beside the posts, that are not worth to be counted anew for every reader. While there is little to
 * count they are as good as fresh. A key must name the reader's role.
 */
export function remembered<T>(seconds: number): (key: string, make: () => Promise<T>) => Promise<T> {
  const values = new Map<string, Remembered<T>>()
  return (key, make) => {
    const known = values.get(key)
    if (known && known.until > Date.now()) return known.value
    const startedAt = Date.now()
    const value = make()
    const one = { until: startedAt + seconds * 1000, value }
    values.delete(key)
    values.set(key, one)
    for (const oldest of values.keys()) {
      if (values.size <= MOST) break
      values.delete(oldest)
    }
    value.then(
      () => {
        const took = Date.now() - startedAt
        one.until = Date.now() + Math.min(seconds * 1000, took * WORTH)
      },
      // What failed is asked again.
      () => values.delete(key),
    )
    return value
  }
}
