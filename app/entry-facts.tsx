import type { Entry } from '#db/timeline'
import { isoTime } from './when.ts'

/** Where an entry comes from: which sources showed it, by which rule, and when. */
export function EntryFacts({ entry: { posts }, zone }: { entry: Entry; zone: string }) {
  const sources = Map.groupBy(
    posts.flatMap((post) => post.sightings),
    ({ sourceId }) => sourceId,
  )
  const seen = posts.map(({ firstSeenAt }) => firstSeenAt).toSorted((one, other) => one.getTime() - other.getTime())
  const [first, last] = [seen[0], seen.at(-1)]
  const edited = posts.filter(({ editedAt }) => editedAt !== null)
  const late = posts.filter((post) => post.late)
  const of = (some: unknown[]) => (posts.length > 1 ? `${some.length} of ${posts.length}` : null)
  return (
    <dl className="facts">
      <dt>Shown by</dt>
      {[...sources].map(([id, sightings]) => (
        <dd key={id}>
          <a href={`/sources#source-${id}`}>{sightings[0]?.source}</a>, {rulesInWords(sightings.map(({ rule }) => rule))}
        </dd>
      ))}
      <dt>First seen</dt>
      <dd>
        {first && isoTime(first, zone)}
        {first && last && last > first && `, the last of it ${isoTime(last, zone)}`}
      </dd>
      {edited[0]?.editedAt && (
        <>
          <dt>Edited</dt>
          <dd>{of(edited) ?? isoTime(edited[0].editedAt, zone)}</dd>
        </>
      )}
      {late.length > 0 && (
        <>
          <dt>Late</dt>
          <dd>{of(late) ?? 'it came here much later than it was said'}</dd>
        </>
      )}
    </dl>
  )
}

function rulesInWords(rules: string[]): string {
  const named = [...new Set(rules)].filter((rule) => rule && rule !== 'everything')
  return named.length > 0 ? `let in by ${named.map((rule) => `“${rule}”`).join(', ')}` : 'which lets everything in'
}
