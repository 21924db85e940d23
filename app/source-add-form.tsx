import { sourcesNewStrings as words } from './strings/sources-new.ts'

/** Adds an entry, which can be changed before. */
export function AddForm({ yaml, open = false }: { yaml: string; open?: boolean }) {
  return (
    <form method="post" action="/sources/new/add" className="settings add">
      <details open={open}>
        <summary>{words.asCode}</summary>
        <p className="field">
          <label htmlFor="add-yaml" className="unseen">
            {words.asCode}
          </label>
          <span>
            <textarea
              id="add-yaml"
              name="yaml"
              rows={Math.max(2, Math.ceil(yaml.length / 76))}
              defaultValue={yaml}
              spellCheck={false}
              aria-describedby="add-yaml-hint"
            />
            <small id="add-yaml-hint">{words.asCodeHint}</small>
          </span>
        </p>
      </details>
      <button type="submit">{words.add}</button>
    </form>
  )
}
