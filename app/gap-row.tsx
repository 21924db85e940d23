import type { Gap } from '#db/gaps'
import { named } from './named.ts'
import { gapStrings as say } from './strings/gaps.ts'
import { dayOf, timeBeside } from './when.ts'

/** Gaps with nothing said between them are one row once there are more: who reads one channel is not told of every night. */
const TOLD_APART = 2
const MOST_TOLD = 30

/** Gaps that follow each other, newest first, at their place on the rail. */
export function GapRows({ gaps, zone }: { gaps: Gap[]; zone: string }) {
  const [newest] = gaps
  if (!newest) return null
  if (gaps.length <= TOLD_APART) return gaps.map((gap) => <GapRow key={keyOf(gap)} gap={gap} zone={zone} />)
  const begin = new Date(Math.min(...gaps.map(({ from }) => from.getTime())))
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <article> is something that somebody said; this is an item among them
    <div className="gap" role="article">
      <details>
        <summary>
          {say.several(
            gaps.length,
            newest.open ? say.since(timeBeside(begin, newest.to, zone)) : spanOf({ from: begin, to: newest.to }, zone),
          )}
        </summary>
        {gaps.slice(0, MOST_TOLD).map((gap) => (
          <p key={keyOf(gap)}>
            <GapWords gap={gap} beside={newest.to} zone={zone} />
          </p>
        ))}
        {gaps.length > MOST_TOLD && <p>{say.further(gaps.length - MOST_TOLD)}</p>}
      </details>
    </div>
  )
}

function GapRow({ gap, zone }: { gap: Gap; zone: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <article> is something that somebody said; this is an item among them
    <div className="gap" role="article">
      <span>
        <GapWords gap={gap} beside={gap.to} zone={zone} />
      </span>
    </div>
  )
}

/** "Gap on #hpc, 16:02–16:37. The connection was refused; tried twice." */
function GapWords({ gap, beside, zone }: { gap: Gap; beside: Date; zone: string }) {
  const { off, open, reason, tries, sources } = gap
  const since = say.since(timeBeside(gap.from, beside, zone))
  const span = spanOf(gap, zone, beside)
  if (off && !open) return <b>{say.wasOff(span)}</b>
  return (
    <>
      <b>{open ? say.openOn(named(sources), since) : say.on(named(sources), span)}</b> {off && `${say.mostlyOff} `}
      {reason ? `${sentence(reason)}${say.tried(tries)}.` : say.maybeMissing}
    </>
  )
}

/** `16:02–16:37` on the day of `beside`; `21 Nov 23:10–22 Nov 07:02` over midnight. */
function spanOf({ from, to }: { from: Date; to: Date }, zone: string, beside = to): string {
  const start = timeBeside(from, dayOf(from, zone) === dayOf(to, zone) ? beside : to, zone)
  return `${start}–${timeBeside(to, from, zone)}`
}

function sentence(words: string): string {
  const plain = words.trim().replace(/\.$/, '')
  // Hosts keep their small letter.
  return /^[a-z]+ /.test(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain
}

function keyOf({ from, to, sources }: Gap): string {
  return [from.getTime(), to.getTime(), sources[0]].join(' ')
}
