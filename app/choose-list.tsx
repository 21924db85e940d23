import { samePerson } from '#db/same-person'
import type { Entry, TimelinePost } from '#db/timeline'
import { accountKey } from '#lib/reading/preferences'
import { muteHref } from './mute-href.ts'
import { PreferenceForm } from './preference-form.tsx'
import { isStarred } from './star-mark.tsx'
import { preferencesStrings } from './strings/preferences.ts'

const { stars, mutes, choose } = preferencesStrings

/** Of a long conversation: more people are found on their own lines. */
const MOST_PEOPLE = 40

/** Who and what of an entry can be starred or muted. Each line says whose posts it is about, for the menu of one of them. */
export function ChooseList({ entry }: { entry: Entry }) {
  const back = `/p/${entry.id}`
  const { posts } = entry
  const people = [...Map.groupBy(posts, ({ platform, author }) => accountKey(platform, author.id))].slice(0, MOST_PEOPLE)
  const sources = new Map(posts.flatMap(({ sightings }) => sightings.map(({ sourceId, source }) => [String(sourceId), source])))
  const flairs = [...new Set(posts.flatMap(({ badges }) => badges))]
  const tags = [...new Set(posts.flatMap((post) => post.tags))]
  return (
    <section className="kept choose" id="choose" aria-labelledby="choose-title">
      <h2 id="choose-title">{choose.title}</h2>
      <ul className="list">
        {people.map(([key, said]) => {
          const name = said[0]?.author.name || said[0]?.author.handle
          // Without a key of their own, nobody is told from the others.
          if (!name || !said[0]?.author.id) return null
          return (
            <li key={key} data-posts={said.map(({ id }) => id).join(' ')}>
              <StarForm what="person" starKey={key} name={name} back={back} />
              <a href={muteHref({ what: 'person', keys: accountsOf(said, posts), name }, back)}>{mutes.mute(name)}</a>
            </li>
          )
        })}
        {[...sources].map(([key, name]) => (
          <li key={`source ${key}`}>
            <StarForm what="source" starKey={key} name={name} back={back} />
            <a href={muteHref({ what: 'source', keys: [key], name }, back)}>{mutes.mute(mutes.what({ what: 'source', name }))}</a>
          </li>
        ))}
        {[...flairs.map((name) => ({ what: 'flair' as const, name })), ...tags.map((name) => ({ what: 'tag' as const, name }))].map(
          ({ what, name }) => (
            <li key={`${what} ${name}`} data-page-only="">
              <a href={muteHref({ what, keys: [name], name }, back)}>{mutes.mute(mutes.what({ what, name }))}</a>
            </li>
          ),
        )}
        <li>
          <a href={muteHref(null, back)}>{choose.word}</a>
        </li>
      </ul>
    </section>
  )
}

function StarForm({ what, starKey, name, back }: { what: 'person' | 'source'; starKey: string; name: string; back: string }) {
  const named = mutes.what({ what, name })
  const starred = isStarred(what, starKey)
  return (
    <PreferenceForm does={starred ? 'unstar' : 'star'} back={back} fields={{ what, key: starKey, name }}>
      <button type="submit" className="plain">
        {starred ? stars.unstarNamed(named) : stars.star(named)}
      </button>
    </PreferenceForm>
  )
}

/** The accounts that are known to be one person's: those of copies of one thing whose names do not contradict each other. */
function accountsOf(said: TimelinePost[], posts: TimelinePost[]): string[] {
  const copies = posts.some(({ conversation }) => conversation) ? said : posts.filter((post) => said.some((one) => samePerson(one, post)))
  return [...new Set([...said, ...copies].map(({ platform, author }) => accountKey(platform, author.id)))]
}
