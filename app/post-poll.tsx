import type { Poll } from '#db/post'
import { Html } from './post-body.tsx'
import { embedStrings as words } from './strings/embeds.ts'
import { clock, dayName, instantOf, isoTime } from './when.ts'

/** A poll as it stood when it was last read. One cannot vote here. */
export function PostPoll({ poll, zone, now }: { poll: Poll; zone: string; now: Date }) {
  const votes = poll.options.map((option) => option.votes)
  const shown = votes.every((count) => count !== null)
  const cast = votes.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  // Where several options may be chosen, a share is one of the people, not of the votes.
  const whole = (poll.multiple && poll.voters) || cast
  const closes = instantOf(poll.closesAt)
  const facts = [
    poll.multiple && words.severalAnswers,
    shown ? counted(poll, cast) : words.votesNotShown,
    closes && (closes <= now ? words.closed : words.openUntil)(dayName(closes, zone, now), clock(closes, zone)),
  ]
  return (
    <div className="poll">
      <ul>
        {poll.options.map(({ text, html, votes: count }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two options may read the same; their order is the author's
          <li key={index}>
            {html ? <Html as="span" html={html} /> : <span dir="auto">{text}</span>}
            {shown && count !== null && (
              <>
                <b>{whole > 0 ? Math.round((100 * count) / whole) : 0}%</b>
                <progress max={Math.max(1, whole)} value={count} aria-hidden="true" />
              </>
            )}
          </li>
        ))}
      </ul>
      <p title={closes ? isoTime(closes, zone) : undefined}>{[words.poll, ...facts.filter(Boolean)].join(' · ')}</p>
    </div>
  )
}

function counted({ multiple, voters }: Poll, cast: number): string {
  if (multiple && voters !== null) return words.people(voters)
  return words.votes(cast)
}
