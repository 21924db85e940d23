import type { SourceInShort } from '#db/sources'
import { readSources } from '#lib/sources/read-sources'
import { differenceOf } from '#lib/sources/sources-here'
import { sourcesNewStrings as words } from './strings/sources-new.ts'

/**
 * For owners: what of the sources is other than the file says, and what can be done about it. `here` are those that this
 * page lists, which can be paused from it.
 */
export async function SourceManage({ sources, here }: { sources: SourceInShort[]; here: SourceInShort[] }) {
  const text = await readSources()
  const { added, paused, notYet, still } = differenceOf(text ?? '', sources)
  const running = here.filter(({ pausedAt, key, platform }) => !pausedAt && key.startsWith(`${platform}:`))
  const differs = added.length + paused.length + notYet.length + still.length > 0
  return (
    <section className="kept manage" id="manage" aria-labelledby="manage-title">
      <h2 id="manage-title">{words.manage}</h2>
      <p>
        <a href="/sources/new">{words.addLink}</a> · <a href="/setup">{words.setupLink}</a>
      </p>
      <h3>{words.differs}</h3>
      {text === null ? <p>{words.fileGone}</p> : <p>{differs ? words.differsLead : words.same}</p>}
      {added.length > 0 && <Rows title={words.addedHere} sources={added} actions={['remove', 'pause']} />}
      {paused.length > 0 && <Rows title={words.pausedHere} sources={paused} actions={[]} />}
      {text !== null && notYet.length > 0 && <p>{words.notYet(notYet)}</p>}
      {text !== null && still.length > 0 && <p>{words.still(still)}</p>}
      {text !== null && added.length + paused.length > 0 && (
        <p>
          <a href="/sources/export" download="sources.yaml">
            {words.export}
          </a>{' '}
          <small>{words.exportHint}</small>
        </p>
      )}
      {running.length > 0 && (
        <form method="post" action="/sources/change" className="pause">
          <input type="hidden" name="do" value="pause" />
          <label htmlFor="pause-source">{words.pauseLabel}</label>{' '}
          <select id="pause-source" name="source">
            {running.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>{' '}
          <button type="submit">{words.pause}</button>
        </form>
      )}
    </section>
  )
}

type Action = 'pause' | 'resume' | 'remove'

function Rows({ title, sources, actions }: { title: string; sources: SourceInShort[]; actions: Action[] }) {
  return (
    <>
      <h4>{title}</h4>
      <ul className="changed">
        {sources.map(({ id, name, platform, pausedHere }) => (
          <li key={id} data-platform={platform}>
            <b>{name}</b>
            {[...actions.filter((action) => action !== 'pause' || !pausedHere), ...(pausedHere ? (['resume'] as const) : [])].map(
              (action) => (
                <form key={action} method="post" action="/sources/change">
                  <input type="hidden" name="do" value={action} />
                  <input type="hidden" name="source" value={id} />
                  <button type="submit" className="plain" aria-label={`${words[action]}: ${name}`}>
                    {words[action]}
                  </button>
                </form>
              ),
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
