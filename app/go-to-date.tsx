import { contextStrings as say } from './strings/context.ts'

/** A date to go to; `t` leads into its field. */
export function GoToDate({ date }: { /** `2026-11-22` */ date: string }) {
  return (
    <form className="to-date" action="/day" method="get">
      <label htmlFor="date">{say.goToDate}</label>
      <input id="date" name="date" type="date" defaultValue={date} required />
      <button type="submit">{say.go}</button>
    </form>
  )
}
