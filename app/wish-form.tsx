import { connectors } from '#connectors/registry'
import type { SourceRow } from '#db/sources'
import type { Wish } from '#db/subscriptions'
import { everies } from '#lib/digest/digest-wish'
import type { Star, View } from '#lib/reading/preferences'
import { Choice, Tick } from './choice.tsx'
import { digestStrings } from './strings/digest.ts'
import { ZoneField } from './zone-field.tsx'

const say = digestStrings.mail
const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

type What = { chosen: { address: string; name: string } | null; views: View[]; sources: SourceRow[]; stars: Star[] }

/** What a digest has: everything, what the address asks for, or a saved view; and of that only platforms, a source, a word. */
export function WhatFields({ chosen, views, sources, stars }: What) {
  const people = stars.filter(({ what }) => what === 'person')
  return (
    <>
      <fieldset className="choice">
        <legend>{say.what}</legend>
        <div>
          {chosen && (
            <label>
              <input type="radio" name="view" value={chosen.address} defaultChecked /> {say.these(chosen.name)}
            </label>
          )}
          <label>
            <input type="radio" name="view" value="" defaultChecked={!chosen} /> {say.everything}
          </label>
          {views.map(({ name, address }) => (
            <label key={name}>
              <input type="radio" name="view" value={address} /> <bdi>{name}</bdi>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset className="choice beside">
        <legend>{say.platforms}</legend>
        <div>
          {connectors.map(({ id, name }) => (
            <label key={id} className="tick">
              <input type="checkbox" name="platform" value={id} /> {name}
            </label>
          ))}
        </div>
      </fieldset>
      <p className="field">
        <label htmlFor="wish-source">{say.source}</label>
        <select id="wish-source" name="source" defaultValue="">
          <option value="">{say.anySource}</option>
          {sources.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </p>
      {people.length > 0 && (
        <p className="field">
          <label htmlFor="wish-person">{say.person}</label>
          <span>
            <select id="wish-person" name="person" defaultValue="" aria-describedby="wish-person-hint">
              <option value="">{say.anyPerson}</option>
              {people.map(({ key, name }) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
            </select>
            <small id="wish-person-hint">{say.personHint}</small>
          </span>
        </p>
      )}
      <p className="field">
        <label htmlFor="wish-word">{say.word}</label>
        <span>
          <input id="wish-word" name="word" maxLength={100} autoComplete="off" aria-describedby="wish-word-hint" />
          <small id="wish-word-hint">{say.wordHint}</small>
        </span>
      </p>
    </>
  )
}

type When = Pick<Wish, 'every' | 'hour' | 'weekday' | 'format' | 'quiet'> & { zone: string; ofBrowser: string }

/** When it comes, and in which form. */
export function WhenFields({ every, hour, weekday, format, quiet, zone, ofBrowser }: When) {
  return (
    <>
      <Choice name="every" legend={say.when} options={ordered(say.every)} value={every} />
      <p className="field">
        <label htmlFor="wish-hour">{say.hour}</label>
        <select id="wish-hour" name="hour" defaultValue={hour}>
          {HOURS.map((one) => (
            <option key={one} value={one}>
              {say.hours(one)}
            </option>
          ))}
        </select>
      </p>
      <p className="field">
        <label htmlFor="wish-weekday">{say.weekday}</label>
        <select id="wish-weekday" name="weekday" defaultValue={weekday}>
          {say.weekdays.map((name, index) => (
            <option key={name} value={index + 1}>
              {name}
            </option>
          ))}
        </select>
      </p>
      <ZoneField zone={zone} ofBrowser={ofBrowser} />
      <Choice name="format" legend={say.format} options={say.formats} value={format} beside />
      <fieldset className="choice">
        <legend className="unseen">{say.quiet}</legend>
        <div>
          <Tick name="quiet" label={say.quiet} on={quiet} />
        </div>
      </fieldset>
    </>
  )
}

function ordered(words: typeof say.every): Record<Wish['every'], string> {
  return { ...words, ...Object.fromEntries(everies.map((every) => [every, words[every]])) }
}
