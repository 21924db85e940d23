import { searchStrings as say } from './strings/search.ts'

/** The field in the bar of every page. A plain form; a script adds suggestions (`app/reading/search-suggestions.ts`). */
export function SearchField({ typed = '' }: { typed?: string }) {
  return (
    <search className="search">
      <form action="/search">
        <input
          type="search"
          name="q"
          id="search"
          defaultValue={typed}
          placeholder={say.label}
          aria-label={say.label}
          maxLength={500}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="search"
        />
        <button type="submit" aria-label={say.submit} />
      </form>
    </search>
  )
}
