import { colorOf } from './person-name.tsx'
import { PreferenceForm } from './preference-form.tsx'
import { peopleStrings } from './strings/people.ts'

const say = peopleStrings.color

/** A colour for the person, under all their accounts; kept with what else this reader chose. */
export function ColorForm({ keys, name, back }: { keys: string[]; name: string; back: string }) {
  const chosen = keys.map(colorOf).find((color) => color !== null) ?? 'none'
  return (
    <PreferenceForm does="color" back={back} fields={{ key: keys, name }} className="colors">
      <fieldset className="choice beside">
        <legend>{say.title}</legend>
        <div>
          {Object.entries(say.options).map(([color, label]) => (
            <label key={color} className={`dyed-${color}`}>
              <input type="radio" name="color" value={color} defaultChecked={color === chosen} /> {label}
            </label>
          ))}
        </div>
      </fieldset>
      <p className="does">
        <button type="submit">{say.does}</button>
      </p>
    </PreferenceForm>
  )
}
