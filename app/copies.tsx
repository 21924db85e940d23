import type { ReactNode } from 'react'
import type { TimelinePost } from '#db/timeline'
import type { Copies as FoldedCopies } from '#lib/reading/copies'
import type { Mute } from '#lib/reading/preferences'
import { askedMark } from './asked.ts'
import { endOf } from './mute-list.tsx'
import { muteOfPost } from './mute-of.ts'
import { PersonName } from './person-name.tsx'
import { platformOf } from './platform.ts'
import { PostContent } from './post-content.tsx'
import { linkTo } from './post-time.tsx'
import { copiesStrings as say } from './strings/copies.ts'
import { preferencesStrings } from './strings/preferences.ts'
import { isoTime, timeBeside } from './when.ts'

type Props = { copies: FoldedCopies; zone: string; now: Date /** On its own page nothing is folded. */; whole: boolean }

/**
 * The same thing elsewhere: a door to each copy with what was answered there, and each copy itself when it is asked for.
 * A copy that its reader muted is folded once more with the reason, or is not there.
 */
export function Copies({ copies: { main, others: all }, zone, now, whole }: Props) {
  const mutes = new Map(all.map((copy) => [copy, whole ? null : muteOfPost(copy, now)]))
  const others = all.filter((copy) => !mutes.get(copy)?.hard)
  if (others.length === 0) return null
  return (
    <>
      <p className="doors">
        {say.also}
        {others.map((copy) => (
          <span key={copy.id} data-platform={copy.platform} data-network={platformOf(copy.platform, copy.url).network}>
            <a className="platform" href={copy.url ?? linkTo(copy)} rel="noreferrer" title={copy.author.handle || copy.author.name}>
              {doorName(copy)}
            </a>
            {copy.replyCount !== null && copy.replyCount > 0 && ` ${say.replies(copy.replyCount)}`}
          </span>
        ))}
      </p>
      <details className="copies" data-fold={`copies-${main.entryId}`} open={whole}>
        <summary>{say.show(others.length)}</summary>
        {others.map((copy) => (
          <div
            className="reply"
            id={`l${copy.id}`}
            {...askedMark(copy.id)}
            key={copy.id}
            data-platform={copy.platform}
            data-network={platformOf(copy.platform, copy.url).network}
          >
            <PersonName
              person={copy.author}
              platform={copy.platform}
              otherwise={copy.place ?? undefined}
              pictured={platformOf(copy.platform).shownAsIs}
            />{' '}
            <span className="platform">{doorName(copy)}</span>{' '}
            <a className="at" href={linkTo(copy)} title={isoTime(copy.sortAt, zone)}>
              {timeBeside(copy.sortAt, main.sortAt, zone)}
            </a>
            <Kept mute={mutes.get(copy) ?? null} zone={zone} now={now}>
              <PostContent post={copy} zone={zone} now={now} />
            </Kept>
          </div>
        ))}
      </details>
    </>
  )
}

function Kept({ mute, zone, now, children }: { mute: Mute | null; zone: string; now: Date; children: ReactNode }) {
  if (!mute) return children
  return (
    <details className="muted-lines">
      <summary dir="auto">{preferencesStrings.mutes.muted(mute, endOf(mute, zone, now))}</summary>
      {children}
    </details>
  )
}

/** The platform, or the place on it where the platform has places: r/hpc says more than its platform's name. */
function doorName({ platform, place, url }: TimelinePost): string {
  const { name } = platformOf(platform, url)
  return place ? `${name}, ${place}` : name
}
