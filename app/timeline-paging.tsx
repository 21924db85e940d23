import type { TimelinePage } from '#db/timeline'
import { type Address, hrefFor } from './address.ts'
import { placeStrings as say } from './strings/place.ts'
import { dayName } from './when.ts'

type Props = { address: Address; page: TimelinePage; zone: string; now: Date }

/** How many entries stand above a page that begins at a place, as far as they were counted. */
export type Above = { count: number; more: boolean }

/** Leads to what comes before the page in reading order, and to the newest posts; nothing at the top of everything. */
export function PagingAbove({ address, page, above }: Omit<Props, 'zone' | 'now'> & { above: Above | null }) {
  const { before: _, after: __, at: ___, ...view } = address
  const oldestFirst = address.order === 'oldest'
  const beyond = oldestFirst ? page.older : page.newer
  const moved = Boolean(address.before ?? address.after ?? address.at)
  if (!beyond && !oldestFirst && !moved) return null
  return (
    <p className="paging" data-edge="above">
      {beyond && (
        <a rel="prev" href={hrefFor({ ...view, ...(oldestFirst ? { before: beyond } : { after: beyond }) })}>
          {oldestFirst ? say.olderAbove : above ? say.newerAbove(above.count, above.more) : say.newerPosts}
        </a>
      )}
      {(moved || oldestFirst) && (
        <a className="newest" href={hrefFor({ ...view, order: 'newest' })}>
          {say.newest}
        </a>
      )}
    </p>
  )
}

/** Leads to what comes after the page in reading order, or says that nothing does. */
export function PagingBelow({ address, page, zone, now }: Props) {
  const { before: _, after: __, at: ___, ...view } = address
  const oldestFirst = address.order === 'oldest'
  const beyond = oldestFirst ? page.newer : page.older
  const last = page.entries.at(-1)
  if (beyond) {
    return (
      <p className="paging" data-edge="below">
        <a rel="next" href={hrefFor({ ...view, ...(oldestFirst ? { after: beyond } : { before: beyond }) })}>
          {oldestFirst ? say.newerBelow : say.olderPosts}
        </a>
      </p>
    )
  }
  if (!last) return null
  return (
    <p className="end" data-edge="below">
      {oldestFirst ? say.now : say.end(dayName(last.sortAt, zone, now))}
    </p>
  )
}
