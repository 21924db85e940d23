import { connectors } from '#connectors/registry'
import { operators } from '#lib/reading/search-query'
import { searchHref } from './searched.ts'
import { searchStrings as say } from './strings/search.ts'

/** How to ask, each way with an example that is a door to what it finds. */
export function SearchHelp() {
  const [platform] = connectors
  const ways = [
    ...say.more,
    ...operators.map((operator) => {
      const { example, means } = say.operators[operator]
      return { example: operator === 'platform' && platform ? `${example}${platform.id}` : example, means }
    }),
  ]
  return (
    <section className="ways" aria-labelledby="ways">
      <h2 id="ways">{say.help}</h2>
      <dl>
        {ways.map(({ example, means }) => (
          <div key={example}>
            <dt>{example.endsWith(':') ? <code>{example}…</code> : <a href={searchHref(example)}>{example}</a>}</dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
      <p className="lead">{say.reach}</p>
    </section>
  )
}
