import type { SourceRow } from '#db/sources'
import { declaredBy, entryInYaml, entryOf } from '#lib/sources/source-entry'
import type { Listed } from '#lib/sources/understand'
import { sourcesNewStrings as words } from './strings/sources-new.ts'

type Props = { paste: string; listed: Listed[]; present: Pick<SourceRow, 'key' | 'pausedAt'>[] }

/** The sources of a list, to be chosen from: all but those that are read already. */
export function SourceChoice({ paste, listed, present }: Props) {
  const read = new Set(present.flatMap(({ key, pausedAt }) => (pausedAt ? [] : [key])))
  const wrong = listed.flatMap((one) => ('wrong' in one ? [one.wrong] : []))
  return (
    <form method="post" action="/sources/new/add" className="settings">
      <input type="hidden" name="paste" value={paste} />
      <h2>{words.choose(listed.length - wrong.length)}</h2>
      <p className="lead">{words.chooseLead}</p>
      <fieldset className="choice from-list">
        <legend className="unseen">{words.choice}</legend>
        <div>
          {listed.map((one, index) => {
            if ('wrong' in one) return null
            const { platform, settings, name, kind } = one.meaning
            const source = declaredBy(entryInYaml(entryOf(platform, settings, null)))
            const there = typeof source !== 'string' && read.has(source.key)
            return (
              <label key={`${platform} ${JSON.stringify(settings)}`}>
                <input type="checkbox" name="take" value={index} defaultChecked={!there} disabled={there} /> {name}{' '}
                <small>{there ? words.there : kind}</small>
              </label>
            )
          })}
        </div>
      </fieldset>
      {wrong.length > 0 && (
        <details>
          <summary>{words.notIn(wrong.length)}</summary>
          <ul>
            {wrong.map((line) => (
              <li key={line}>
                <code>{line}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
      <p className="does">
        <button type="submit">{words.addAll}</button>
      </p>
    </form>
  )
}
