import type { Person } from '#db/post'
import { accountKey } from '#lib/reading/preferences'
import { chosen } from './chosen.ts'
import { preferencesStrings } from './strings/preferences.ts'

/** A small star beside the name of whom the reader of this page starred; nothing beside any other. */
export function StarMark({ person, platform }: { person: Person; platform: string }) {
  if (!isStarred('person', accountKey(platform, person.id))) return null
  return (
    <span className="star" role="img" aria-label={preferencesStrings.stars.starred}>
      ★
    </span>
  )
}

/** Whether the reader of this page starred it. */
export function isStarred(what: 'person' | 'source', key: string): boolean {
  return chosen().stars.some((star) => star.what === what && star.key === key)
}
