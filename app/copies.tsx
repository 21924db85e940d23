import type { TimelinePost } from '#db/timeline'
import type { Copies as FoldedCopies } from '#lib/copies'
import { askedMark } from './asked.ts'
import { PersonName } from './person-name.tsx'
import { platformOf } from './platform.ts'
import { PostContent } from './post-content.tsx'
import { linkTo } from './post-time.tsx'
import { copiesStrings as say } from './strings/copies.ts'
import { isoTime, timeBeside } from './when.ts'

type Props = { copies: FoldedCopies; zone: string; now: Date /** On its own page nothing is folded. */; whole: boolean }

/** The same thing elsewhere: a door to each copy with what was answered there, and each copy itself when it is asked for. */
export function Copies({ copies: { main, others }, zone, now, whole }: Props) {
  return (
    <>
      <p className="doors">
        {say.also}
        {others.map((copy) => (
          <span key={copy.id} data-platform={copy.platform}>
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
          <div className="reply" id={`l${copy.id}`} {...askedMark(copy.id)} key={copy.id} data-platform={copy.platform}>
            <PersonName person={copy.author} platform={copy.platform} otherwise={copy.place ?? undefined} />{' '}
            <span className="platform">{doorName(copy)}</span>{' '}
            <a className="at" href={linkTo(copy)} title={isoTime(copy.sortAt, zone)}>
              {timeBeside(copy.sortAt, main.sortAt, zone)}
            </a>
            <PostContent post={copy} zone={zone} now={now} />
          </div>
        ))}
      </details>
    </>
  )
}

/** The platform, or the place on it where the platform has places: r/hpc says more than its platform's name. */
function doorName({ platform, place }: TimelinePost): string {
  const { name } = platformOf(platform)
  return place ? `${name}, ${place}` : name
}
