import { Fragment, type ReactNode } from 'react'

type Props = { /** With a name in braces where a part stands: `See {page}.` */ of: string; parts: { [name: string]: ReactNode } }

/** A sentence of the catalogue with what is more than words in it, wherever its language wants that. */
export function Sentence({ of, parts }: Props) {
  // What was taken out by the pattern's group stands at every second place.
  return of.split(/\{(\w+)\}/).map((piece, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one sentence never change places
    return <Fragment key={index}>{index % 2 === 0 ? piece : parts[piece]}</Fragment>
  })
}
