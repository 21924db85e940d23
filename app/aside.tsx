import { connectors } from '#connectors/registry'
import type { SourceInShort } from '#db/sources'
import { isRead, isTroubled, type Observed, observe, stateInShort } from './source-state.ts'
import { digestStrings } from './strings/digest.ts'
import { sourcesStrings as words } from './strings/sources.ts'
import { shortDay } from './when.ts'

/** More sources of one platform than this stand on one line, so that forty blogs do not bury the rest. */
const FOLDED_FROM = 4

type Strip = { from: Date; count: number }[]

/** Beside the timeline where there is room: how busy the week was, and whether everything is being read. */
export function Aside({ sources, strip, zone, now }: { sources: SourceInShort[]; strip: Strip; zone: string; now: Date }) {
  const observed = observe(sources, now).filter(({ health }) => health.state !== 'paused')
  const read = observed.filter(isRead)
  const troubled = read.filter(isTroubled).length
  return (
    <aside aria-label={words.overview}>
      <h2>{words.week}</h2>
      <WeekStrip strip={strip} zone={zone} now={now} />
      <h2 id="sources">
        {words.title} <a href="/sources">{words.onTime(read.length, troubled)}</a>
      </h2>
      <ul className="brief">
        {connectors.flatMap(({ id, name }) => {
          const own = observed.filter(({ source }) => source.platform === id)
          if (own.length < FOLDED_FROM)
            return own.map((one) => <BriefSource key={one.source.id} one={one} label={one.source.name} now={now} />)
          const [first] = own
          const late = own.filter(isTroubled).length
          const label = late > 0 ? words.someLate(name, late, own.length) : words.several(name, own.length)
          return first ? [<BriefSource key={id} one={first} label={label} now={now} />] : []
        })}
      </ul>
      <p>
        <a href="/digest/mail">{digestStrings.dailyByMail}</a>
      </p>
    </aside>
  )
}

function BriefSource({ one, label, now }: { one: Observed; label: string; now: Date }) {
  return (
    <li data-platform={one.source.platform} title={one.health.words}>
      <span>{label}</span>
      <em className={isTroubled(one) ? 'amber' : undefined}>{stateInShort(one, now)}</em>
    </li>
  )
}

/** Bars of three hours each. Drawn as two paths, for what lies before today and since. */
function WeekStrip({ strip, zone, now }: { strip: Strip; zone: string; now: Date }) {
  const most = Math.max(1, ...strip.map(({ count }) => count))
  const sum = strip.reduce((total, { count }) => total + count, 0)
  const bar = ({ count }: { count: number }, index: number) => {
    const height = Math.max(2, Math.round((54 * count) / most))
    return `M${index * 4} 56v-${height}h3v${height}z`
  }
  const bars = strip.map(bar)
  const recent = Math.max(0, strip.length - 4)
  const [first, middle] = [strip[0], strip[Math.floor(strip.length / 2)]]
  return (
    <figure className="week">
      <svg viewBox={`0 0 ${strip.length * 4 - 1} 56`} preserveAspectRatio="none" role="img" aria-label={words.weekInWords(sum, most)}>
        <path d={bars.slice(0, recent).join('')} />
        <path className="recent" d={bars.slice(recent).join('')} />
      </svg>
      <figcaption aria-hidden="true">
        {first && <span>{shortDay(first.from, zone, now)}</span>}
        {middle && <span>{shortDay(middle.from, zone, now)}</span>}
        <span>{words.now}</span>
      </figcaption>
    </figure>
  )
}
