import { Temporal } from 'temporal-polyfill'
import { Choice } from './choice.tsx'
import type { Muting } from './mute-href.ts'
import { PreferenceForm } from './preference-form.tsx'
import { preferencesStrings } from './strings/preferences.ts'

const strings = preferencesStrings.mutes

/** Mutes `muting`, or a word that is written into it, for how long, and how. `mend` is the page that it stands on. */
export function MuteForm({
  muting,
  back,
  mend,
  zone,
  now,
}: {
  muting: Muting | null
  back: string
  mend: string
  zone: string
  now: Date
}) {
  const tomorrow = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDate().add({ days: 1 }).toString()
  return (
    <PreferenceForm
      does="mute"
      back={back}
      mend={mend}
      fields={muting ? { what: muting.what, key: muting.keys, name: muting.name } : { what: 'word' }}
      className="settings"
    >
      {!muting && (
        <p className="field">
          <label htmlFor="mute-word">{strings.kinds.word}</label>
          <span>
            <input id="mute-word" name="key" required maxLength={200} autoComplete="off" aria-describedby="mute-word-hint" />
            <small id="mute-word-hint">{strings.wordHint}</small>
          </span>
        </p>
      )}
      <fieldset className="choice beside">
        <legend>{strings.howLong}</legend>
        <div>
          {Object.entries(strings.spans).map(([span, label]) => (
            <label key={span}>
              <input type="radio" name="for" value={span} defaultChecked={span === 'week'} /> {label}
            </label>
          ))}
          <input type="date" name="until" min={tomorrow} aria-label={strings.date} />
        </div>
      </fieldset>
      <Choice name="how" legend={strings.how} options={strings.hows} value="soft" />
      <p className="does">
        <button type="submit">{strings.does}</button>
      </p>
    </PreferenceForm>
  )
}
