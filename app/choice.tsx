/** One of several: a legend, and an option a line or, `beside` each other, where they are short. */
export function Choice<Value extends string>(props: {
  name: string
  legend: string
  options: Record<Value, string>
  value: Value
  beside?: boolean
}) {
  const { name, legend, options, value, beside = false } = props
  return (
    <fieldset className={beside ? 'choice beside' : 'choice'}>
      <legend>{legend}</legend>
      <div>
        {Object.entries<string>(options).map(([option, label]) => (
          <label key={option}>
            <input type="radio" name={name} value={option} defaultChecked={option === value} /> {label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** Yes or no, with a word of what it means. */
export function Tick({ name, label, hint, on }: { name: string; label: string; hint?: string; on: boolean }) {
  return (
    <label className="tick">
      <input type="checkbox" name={name} value="1" defaultChecked={on} /> {label}
      {hint && <small>{hint}</small>}
    </label>
  )
}
