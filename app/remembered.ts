type Remembered<T> = { until: number; value: Promise<T> }

/** Keys kept at once: filters, days and zones come from the address and may be many. */
const MOST = 500

/**
 * Remembers what `make` gave for a key for some seconds, and asks once however many wait: for numbers beside the
 * posts, that cost more to count than they are worth to have to the second. A key must name the reader's role.
 */
export function remembered<T>(seconds: number): (key: string, make: () => Promise<T>) => Promise<T> {
  const values = new Map<string, Remembered<T>>()
  return (key, make) => {
    const known = values.get(key)
    if (known && known.until > Date.now()) return known.value
    const value = make()
    values.delete(key)
    values.set(key, { until: Date.now() + seconds * 1000, value })
    for (const oldest of values.keys()) {
      if (values.size <= MOST) break
      values.delete(oldest)
    }
    // What failed is asked again.
    value.catch(() => values.delete(key))
    return value
  }
}
