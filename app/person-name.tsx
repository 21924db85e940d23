import type { Person } from '#db/post'
import { accountKey } from '#lib/reading/preferences'
import { chosen } from './chosen.ts'
import { Html } from './post-body.tsx'
import { StarMark } from './star-mark.tsx'
import { postStrings as words } from './strings/post.ts'

type Props = {
  id?: string
  person: Person
  /** Where it is known, a reader's star is shown. */
  platform?: string
  otherwise?: string
  /** Where their network's rules want their picture shown. */
  pictured?: boolean
}

/** A name that leads to the profile where there is one. */
export function PersonName({ id, person, platform, otherwise = words.unknownAuthor, pictured = false }: Props) {
  const name = person.nameHtml ? <Html as="span" html={person.nameHtml} /> : person.name || person.handle || otherwise
  const star = platform && <StarMark person={person} platform={platform} />
  const picture = pictured && person.avatar && (
    <img
      className="avatar"
      src={person.avatar}
      alt=""
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      width={24}
      height={24}
    />
  )
  const color = platform && colorOf(accountKey(platform, person.id))
  const className = ['name', color && `dyed-${color}`].filter(Boolean).join(' ')
  if (!person.url)
    return (
      <b className={className} id={id}>
        {picture}
        {name}
        {star}
      </b>
    )
  return (
    <a className={className} id={id} href={person.url} rel="noreferrer" dir="auto">
      {picture}
      {name}
      {star}
    </a>
  )
}

/** The colour that the reader of this page gave to whose account it is. */
export function colorOf(key: string): string | null {
  return chosen().colors.find(({ keys }) => keys.includes(key))?.color ?? null
}
