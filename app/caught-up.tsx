import { connectors } from '#connectors/registry'
import type { SourceInShort } from '#db/sources'
import type { WholeFilter } from '#lib/reading/filter-address'
import type { Settings } from '#lib/reading/preferences'
import { ago } from '#lib/sources/source-health'
import { isRead, isTroubled, observe } from './source-state.ts'
import { placeStrings as say } from './strings/place.ts'

type Props = {
  filter: WholeFilter /** The filter in words; empty for everything. */
  on: string
  sources: SourceInShort[]
  clock: Settings['clock']
  zone: string
  now: Date
}

/**
 * The card that ends the timeline, with what the server knows of it: how each platform fares. Hidden until
 * `app/reading/caught-up.ts` puts it where reading ends, and fills in what was read.
 */
export function CaughtUp({ filter, on, sources, clock, zone, now }: Props) {
  const { platforms, sources: only } = filter
  const read = observe(sources, now).filter((one) => isRead(one) && (only.length === 0 || only.includes(one.source.id)))
  const shown = connectors.filter(
    ({ id }) => (platforms.length === 0 || platforms.includes(id)) && read.some(({ source }) => source.platform === id),
  )
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <article> is something that somebody said; this is an item among them
    <div
      className="caught-up"
      role="article"
      aria-labelledby="caught-up"
      data-on={on || undefined}
      data-clock={clock}
      data-zone={zone}
      hidden
    >
      <h2 id="caught-up">{say.receiptTitle}</h2>
      <table>
        <tbody>
          {shown.map(({ id, name }) => {
            const own = read.filter(({ source }) => source.platform === id)
            const troubled = own.filter(isTroubled)
            const [first] = troubled
            return (
              <tr key={id} data-platform={id}>
                <th scope="row">{name}</th>
                <td data-read={id} />
                <td className={first ? 'amber' : undefined}>
                  {first
                    ? `${first.source.name}: ${first.health.words}`
                    : checked(
                        own.map(({ source }) => source),
                        now,
                      )}
                  {troubled.length > 1 && say.moreTroubled(troubled.length - 1)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <details hidden>
        <summary>{say.gapsRemain(0)}</summary>
        <ul />
      </details>
      <p>
        <button type="button">{say.toFirstUnread}</button>
        <button type="button">{say.markAll}</button>
      </p>
    </div>
  )
}

/** When the source that was asked longest ago was asked; `live` where all are. */
function checked(sources: SourceInShort[], now: Date): string {
  if (sources.every(({ mode }) => mode === 'live')) return say.live
  const times = sources.flatMap(({ lastSuccessAt }) => (lastSuccessAt ? [lastSuccessAt.getTime()] : []))
  return times.length > 0 ? say.lastChecked(ago(new Date(Math.min(...times)), now)) : say.neverChecked
}
