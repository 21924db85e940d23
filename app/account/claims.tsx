import type { AccountClaim } from '#db/account-claims'
import { whereToClaim } from '#lib/accounts/own-claims'
import { platformOf } from '../platform.ts'
import { Sentence } from '../sentence.tsx'
import { claimStrings as say } from '../strings/claims.ts'

type Props = {
  claims: AccountClaim[]
  /** The page of the person whose accounts they are, where there is one. */
  page: string | null
  /** What came of the last form, and of which claim; null where none was sent. */
  said: { word: string; of: number } | null
  now: Date
  dayOf: (day: Date) => string
}

/** Which accounts elsewhere are somebody's: each with how far that is proved and what to do next, and a form for another one. */
export function Claims({ claims, page, said, now, dayOf }: Props) {
  const [problem, done] = [said && say.problems[said.word], said && say.done[said.word]]
  const about = claims.some(({ id }) => id === said?.of)
  return (
    <>
      <Said problem={about ? null : problem} done={about ? null : done} />
      {claims.length > 0 && (
        <ul className="claims">
          {claims.map((claim) => (
            <li key={claim.id} id={`claim-${claim.id}`} data-platform={claim.platform}>
              <p>
                <b>{claim.url ? <a href={claim.url}>{claim.handle}</a> : claim.handle}</b>, {platformOf(claim.platform).name}
              </p>
              {claim.id === said?.of && <Said problem={problem} done={done} />}
              {claim.provenAt ? <Proved claim={claim} at={claim.provenAt} dayOf={dayOf} /> : <Open claim={claim} now={now} dayOf={dayOf} />}
            </li>
          ))}
        </ul>
      )}
      {page && (
        <p>
          <Sentence of={say.page} parts={{ page: <a href={page}>{say.pageLink}</a> }} />
        </p>
      )}
      <form method="post" action="/account/claims">
        <p className="ways">
          <label htmlFor="claim-name">{say.name}</label>
          <input
            id="claim-name"
            name="name"
            size={30}
            maxLength={300}
            required
            autoComplete="off"
            placeholder={say.example}
            aria-describedby="claim-hint"
          />
          <button type="submit">{say.begin}</button>
        </p>
        <p>
          <small id="claim-hint">{say.nameHint}</small>
        </p>
      </form>
    </>
  )
}

function Said({ problem, done }: { problem: string | null | undefined; done: string | null | undefined }) {
  if (problem)
    return (
      <p className="problem" role="alert">
        {problem}
      </p>
    )
  return done ? (
    <p className="done" role="status">
      {done}
    </p>
  ) : null
}

function Proved({ claim, at, dayOf }: { claim: AccountClaim; at: Date; dayOf: Props['dayOf'] }) {
  const { id, handle, seenAt, seenIn, checkedAt } = claim
  const called = seenIn !== 'post' ? say.there : seenAt ? say.here.open : say.here.closed
  const there = seenAt ? <a href={seenAt}>{called}</a> : called
  return (
    <>
      <p>
        {say.proved(dayOf(at), dayOf(checkedAt ?? at))} {seenIn && <Sentence of={say.seen[seenIn]} parts={{ there }} />}
      </p>
      <form method="post" action="/account/claims">
        <p className="ways">
          <button type="submit" name="end" value={id} className="plain" aria-label={`${say.unlink}: ${handle}`}>
            {say.unlink}
          </button>
        </p>
      </form>
    </>
  )
}

function Open({ claim, now, dayOf }: { claim: AccountClaim; now: Date; dayOf: Props['dayOf'] }) {
  const { id, handle, code, expiresAt } = claim
  const { where, isSaid, tag } = whereToClaim(claim)
  const isOver = expiresAt <= now
  return (
    <>
      {isOver ? (
        <p>{say.over}</p>
      ) : (
        <>
          <p>{isSaid ? say.sayIt(where) : say.put(where)}</p>
          <p className="contact">
            <code>{code}</code>
          </p>
          {!isSaid && <p>{say.orPost}</p>}
          {tag && (
            <details>
              <summary>{say.orLinked}</summary>
              <p className="contact">
                <code>{tag}</code>
              </p>
            </details>
          )}
          <p>{say.until(dayOf(expiresAt))}</p>
        </>
      )}
      <form method="post" action="/account/claims">
        <p className="ways">
          {isOver ? (
            <button type="submit" name="name" value={claim.who ?? handle}>
              {say.another}
            </button>
          ) : (
            <button type="submit" name="check" value={id} aria-label={`${say.check}: ${handle}`}>
              {say.check}
            </button>
          )}
          <button type="submit" name="end" value={id} className="plain" aria-label={`${say.giveUp}: ${handle}`}>
            {say.giveUp}
          </button>
        </p>
      </form>
    </>
  )
}
