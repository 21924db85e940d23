import { preferencesStrings } from './strings/preferences.ts'

const strings = preferencesStrings.settings

/** The zones that this program knows, by continent. */
const zones = Map.groupBy([...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])], (zone) => zone.split('/')[0] ?? zone)

/** The zone that times are told in; the browser's own where none is chosen. */
export function ZoneField({ zone, ofBrowser }: { zone: string; ofBrowser: string }) {
  return (
    <p className="field">
      <label htmlFor="zone">{strings.zone}</label>
      <select id="zone" name="zone" defaultValue={zone}>
        <option value="">{strings.zoneOfBrowser(ofBrowser)}</option>
        {[...zones].map(([continent, names]) => (
          <optgroup key={continent} label={continent}>
            {names.map((name) => (
              <option key={name} value={name}>
                {name.replaceAll('_', ' ')}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </p>
  )
}
