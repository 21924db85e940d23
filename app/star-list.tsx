import type { Star } from '#lib/reading/preferences'
import { platformOf } from './platform.ts'
import { PreferenceForm } from './preference-form.tsx'
import { preferencesStrings } from './strings/preferences.ts'

const strings = preferencesStrings.stars

/** Who and what is starred, each with the way to take the star away. */
export function StarList({ stars }: { stars: Star[] }) {
  if (stars.length === 0) return <p className="lead">{strings.none}</p>
  return (
    <>
      <ul className="list">
        {stars.map(({ what, key, name }) => (
          <li key={`${what} ${key}`}>
            <b dir="auto">{name}</b> <small>{what === 'source' ? strings.sources : platformOf(key.split(':')[0] ?? '').name}</small>
            <PreferenceForm does="unstar" back="/settings#stars" fields={{ what, key }}>
              <button type="submit" className="plain" aria-label={strings.unstarNamed(name)}>
                {strings.unstar}
              </button>
            </PreferenceForm>
          </li>
        ))}
      </ul>
      <p>
        <a href="/?starred=1">{strings.seeAll}</a>
      </p>
    </>
  )
}
