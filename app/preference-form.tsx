import type { ReactNode } from 'react'

type Props = {
  /** What is to be done: a word that `lib/reading/change-preferences.ts` knows. */
  does: string
  /** Where its reader is afterwards. */
  back: string
  /** Where its reader is when it could not be done, to mend it. */
  mend?: string
  /** What it says of itself: no field is seen for these. */
  fields?: Record<string, string | string[]>
  className?: string
  children: ReactNode
}

/** A form that changes a preference, and leads back. */
export function PreferenceForm({ does, back, mend, fields = {}, className, children }: Props) {
  const hidden = Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => ({ name, value })))
  return (
    <form method="post" action="/preferences" className={className}>
      <input type="hidden" name="do" value={does} />
      <input type="hidden" name="back" value={back} />
      {mend && <input type="hidden" name="mend" value={mend} />}
      {hidden.map(({ name, value }) => (
        <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}
