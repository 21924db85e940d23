import { connectors } from '#connectors/registry'
import type { Filter } from '#db/lanes'

/** What an address asks for, in canonical form: the same choice is the same view. Nonsense is ignored. */
export function filterFrom(query: URLSearchParams): Filter {
  const asked = new Set(query.getAll('platform').flatMap((value) => value.split(',').map((word) => word.trim().toLowerCase())))
  const platforms = connectors.map(({ id }) => id).filter((id) => asked.has(id))
  // Asking for every platform is asking for all.
  return { platforms: platforms.length === connectors.length ? [] : platforms }
}
