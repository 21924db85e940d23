import type { View } from '#lib/reading/preferences'
import { viewsToYaml } from '#lib/reading/view-snippet'
import { feeds } from './feed-links.tsx'
import { PreferenceForm } from './preference-form.tsx'
import { preferencesStrings } from './strings/preferences.ts'

const strings = preferencesStrings.views

/** Saved views with their feeds, and the forms that save, rename, remove, share and take them in. `saving`: the address that is to be saved. */
export function ViewList({ views, saving }: { views: View[]; saving: string | null }) {
  return (
    <>
      {views.length === 0 && <p className="lead">{strings.none}</p>}
      {views.length > 0 && (
        <ul className="list">
          {views.map((view) => (
            <ViewItem key={view.name} view={view} />
          ))}
        </ul>
      )}
      {saving && (
        <PreferenceForm does="save-view" back="/settings#views" mend={`/settings?view=${encodeURIComponent(saving)}`} className="settings">
          <h3>{strings.save}</h3>
          <p className="field">
            <label htmlFor="view-name">{strings.saveAs}</label>
            <input id="view-name" name="name" required maxLength={80} autoComplete="off" />
          </p>
          <p className="field">
            <label htmlFor="view-address">{strings.address}</label>
            <input id="view-address" name="address" required defaultValue={saving} maxLength={2000} spellCheck={false} />
          </p>
          <p className="does">
            <button type="submit">{strings.does}</button>
          </p>
        </PreferenceForm>
      )}
      {views.length > 0 && (
        <details>
          <summary>{strings.share}</summary>
          <pre>
            <code>{viewsToYaml(views)}</code>
          </pre>
        </details>
      )}
      <details>
        <summary>{strings.paste}</summary>
        <PreferenceForm does="paste-views" back="/settings#views" mend="/settings" className="settings">
          <p className="field">
            <label htmlFor="snippet">{strings.lines}</label>
            <span>
              <textarea id="snippet" name="snippet" required rows={5} spellCheck={false} aria-describedby="snippet-hint" />
              <small id="snippet-hint">{strings.pasteHint}</small>
            </span>
          </p>
          <p className="does">
            <button type="submit">{strings.add}</button>
          </p>
        </PreferenceForm>
      </details>
    </>
  )
}

function ViewItem({ view: { name, address } }: { view: View }) {
  // A feed has no reader, and so no stars.
  const ofReader = /[?&]starred=1/.test(address)
  return (
    <li>
      <b dir="auto">
        <a href={`/${address}`}>{name}</a>
      </b>{' '}
      <small>
        {(ofReader ? [] : feeds).map(({ path, name: format }) => (
          <a key={path} href={path + address}>
            {format}
          </a>
        ))}
      </small>
      <details>
        <summary aria-label={strings.renameNamed(name)}>{strings.rename}</summary>
        <PreferenceForm does="rename-view" back="/settings#views" mend="/settings" fields={{ name }}>
          <input name="to" aria-label={strings.newName} required maxLength={80} defaultValue={name} autoComplete="off" />{' '}
          <button type="submit">{strings.rename}</button>
        </PreferenceForm>
      </details>
      <PreferenceForm does="remove-view" back="/settings#views" fields={{ name }}>
        <button type="submit" className="plain" aria-label={strings.removeNamed(name)}>
          {strings.remove}
        </button>
      </PreferenceForm>
    </li>
  )
}
