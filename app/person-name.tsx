import type { Person } from '#db/post'
import { Html } from './post-body.tsx'

/** A name that leads to the profile where there is one. */
export function PersonName({ person, otherwise = 'Unknown author' }: { person: Person; otherwise?: string }) {
  const name = person.nameHtml ? <Html as="span" html={person.nameHtml} /> : person.name || person.handle || otherwise
  if (!person.url) return <b className="name">{name}</b>
  return (
    <a className="name" href={person.url} rel="noreferrer" dir="auto">
      {name}
    </a>
  )
}
