import { sourcesNewStrings as words } from './strings/sources-new.ts'

/** Where somebody pastes what a source is to be made of. */
export function PasteForm() {
  return (
    <form method="post" action="/sources/new/look" encType="multipart/form-data" className="settings">
      <p className="field">
        <label htmlFor="paste-what">{words.what}</label>
        <span>
          <textarea id="paste-what" name="what" rows={2} autoComplete="off" spellCheck={false} aria-describedby="paste-what-hint" />
          <small id="paste-what-hint">{words.whatHint}</small>
        </span>
      </p>
      <p className="field">
        <label htmlFor="paste-file">{words.file}</label>
        <span>
          <input id="paste-file" type="file" name="file" accept=".opml,.xml,.yml,.yaml,.txt" aria-describedby="paste-file-hint" />
          <small id="paste-file-hint">{words.fileHint}</small>
        </span>
      </p>
      <p className="does">
        <button type="submit">{words.look}</button>
      </p>
    </form>
  )
}

/** One press that looks at what is written already. */
export function LookAgain({ what, children }: { what: string; children: React.ReactNode }) {
  return (
    <form method="post" action="/sources/new/look" encType="multipart/form-data" className="kept">
      <input type="hidden" name="what" value={what} />
      <button type="submit" className="plain">
        {children}
      </button>
    </form>
  )
}
