import type { SourceRow, unreadableOf } from '#db/sources'
import { withSecretsStruckOut } from '#lib/secrets'
import { sourceStrings as say } from './strings/source.ts'
import { isoTime } from './when.ts'

type Props = { source: SourceRow; items: Awaited<ReturnType<typeof unreadableOf>>; zone: string }

/** What of a source was not understood, each as it can be put into a report. */
export function UnreadableItems({ source, items, zone }: Props) {
  return (
    <section aria-labelledby="unreadable">
      <h2 id="unreadable">{say.unreadable}</h2>
      <p>{source.unreadable === 0 ? say.noneUnreadable : say.unreadableWhy(source.unreadable)}</p>
      {items.map(({ id, at, reason, payload }) => (
        <details key={id}>
          <summary>
            {say.reportOf(isoTime(at, zone))}
            {withSecretsStruckOut(reason, source.settings)}
          </summary>
          <pre className="report">{withSecretsStruckOut(reportOf(source, { at, reason, payload }), source.settings)}</pre>
        </details>
      ))}
    </section>
  )
}

/** For who mends the program: English whatever the reader's language. */
function reportOf({ platform, settings }: SourceRow, { at, reason, payload }: { at: Date; reason: string; payload: string }): string {
  return [
    `platform: ${platform}`,
    `settings: ${JSON.stringify(settings)}`,
    `at: ${at.toISOString()}`,
    `reason: ${reason}`,
    '',
    pretty(payload),
  ].join('\n')
}

function pretty(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}
