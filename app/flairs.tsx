import { Fragment } from 'react'
import { hrefFor } from './address.ts'

/** The flairs of a post, each a door to all posts that bear it; `after` some words on the same line. */
export function Flairs({ flairs, after }: { flairs: string[]; after: boolean }) {
  return [...new Set(flairs)].map((flair, nth) => (
    <Fragment key={flair}>
      {after || nth > 0 ? ' · ' : ''}
      <a href={hrefFor({ flairs: [flair] })}>{flair}</a>
    </Fragment>
  ))
}
