import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { configuration } from '#lib/config'
import { isInForce } from '#lib/reading/mutes'
import { Choice, Tick } from '../choice.tsx'
import { Frame } from '../frame.tsx'
import { MuteForm } from '../mute-form.tsx'
import { MuteList } from '../mute-list.tsx'
import { PreferenceForm } from '../preference-form.tsx'
import { ProblemLine } from '../problem-line.tsx'
import { StarList } from '../star-list.tsx'
import { preferencesStrings } from '../strings/preferences.ts'
import { ViewList } from '../view-list.tsx'
import { visitor } from '../visitor.ts'
import { zoneOf } from '../when.ts'
import { ZoneField } from '../zone-field.tsx'

const { settings: strings, stars, mutes, views } = preferencesStrings

export const metadata: Metadata = { title: strings.title }

type Asked = { saved?: string; problem?: string; view?: string }

/** All that a reader can choose, and what they starred, muted and saved. */
export default async function SettingsPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const { saved, problem, view } = await searchParams
  const { preferences, zone, now } = await visitor()
  const { settings } = preferences
  const ofBrowser = zoneOf((await cookies()).get('zone')?.value, configuration().TIME_ZONE)
  return (
    <Frame here="settings">
      <h1>{strings.title}</h1>
      <p className="lead">{strings.lead}</p>
      <ProblemLine word={problem} />
      {saved === '1' && (
        <p className="done" role="status">
          {strings.saved}
        </p>
      )}
      <PreferenceForm does="settings" back="/settings?saved=1" mend="/settings" className="settings">
        <h2>{strings.look}</h2>
        <Choice name="theme" legend={strings.theme} options={strings.themes} value={settings.theme} beside />
        <Choice name="density" legend={strings.density} options={strings.densities} value={settings.density} beside />
        <h2>{strings.time}</h2>
        <Choice name="clock" legend={strings.clock} options={strings.clocks} value={settings.clock} beside />
        <ZoneField zone={settings.zone} ofBrowser={ofBrowser} />
        <h2>{strings.reading}</h2>
        <Choice name="opening" legend={strings.opening} options={strings.openings} value={settings.opening} />
        <Choice name="media" legend={strings.media} options={strings.medias} value={settings.media} />
        <fieldset className="choice">
          <legend>{strings.more}</legend>
          <div>
            <Tick name="counts" label={strings.counts} on={settings.counts} />
            <Tick name="keys" label={strings.keys} hint={strings.keysHint} on={settings.keys} />
          </div>
        </fieldset>
        <p className="does">
          <button type="submit">{strings.save}</button>
        </p>
      </PreferenceForm>
      <section className="kept" id="stars" aria-labelledby="stars-title">
        <h2 id="stars-title">{stars.title}</h2>
        <StarList stars={preferences.stars} />
      </section>
      <section className="kept" id="mutes" aria-labelledby="mutes-title">
        <h2 id="mutes-title">{mutes.title}</h2>
        <MuteList mutes={preferences.mutes.filter((mute) => isInForce(mute, now))} zone={zone} now={now} />
        <h3>{mutes.add}</h3>
        <MuteForm muting={null} back="/settings#mutes" mend="/settings" zone={zone} now={now} />
      </section>
      <section className="kept" id="views" aria-labelledby="views-title">
        <h2 id="views-title">{views.title}</h2>
        <ViewList views={preferences.views} saving={view ?? null} />
      </section>
      <section className="kept" id="forget" aria-labelledby="forget-title">
        <h2 id="forget-title">{strings.forget}</h2>
        <p className="lead">{strings.forgetHint}</p>
        <PreferenceForm does="forget" back="/settings" className="settings">
          <p className="does">
            <button type="submit" className="plain">
              {strings.forgetButton}
            </button>
          </p>
        </PreferenceForm>
      </section>
    </Frame>
  )
}
