import type { Mute } from '#lib/reading/preferences'
import { PreferenceForm } from './preference-form.tsx'
import { preferencesStrings } from './strings/preferences.ts'
import { shortDay, timeBeside } from './when.ts'

const strings = preferencesStrings.mutes

/** What is muted, how, until when, each with the way to end it. */
export function MuteList({ mutes, zone, now }: { mutes: Mute[]; zone: string; now: Date }) {
  if (mutes.length === 0) return <p className="lead">{strings.none}</p>
  return (
    <ul className="list">
      {mutes.map((mute) => (
        <li key={`${mute.what} ${mute.keys[0]}`}>
          <b dir="auto">{mute.what === 'tag' ? `#${mute.name}` : mute.name}</b>{' '}
          <small>
            {strings.kinds[mute.what]} · {strings.ends(endOf(mute, zone, now))} · {mute.hard ? strings.hard : strings.soft}
          </small>
          <PreferenceForm does="unmute" back="/settings#mutes" fields={{ what: mute.what, key: mute.keys[0] ?? '' }}>
            <button type="submit" className="plain" aria-label={strings.unmuteNamed(mute)}>
              {strings.unmute}
            </button>
          </PreferenceForm>
        </li>
      ))}
    </ul>
  )
}

/** `1 Dec`, or `18:42` within a day; null for never. */
export function endOf({ until }: Mute, zone: string, now: Date): string | null {
  if (!until) return null
  return until.getTime() - now.getTime() <= 86_400_000 ? timeBeside(until, now, zone) : shortDay(until, zone, now)
}
