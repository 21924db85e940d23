import type { Metadata } from 'next'
import { listDeeds } from '#db/audit-log'
import { attempt } from '../attempt.ts'
import { Frame } from '../frame.tsx'
import { auditStrings as say } from '../strings/audit.ts'
import { Unreadable } from '../unreadable.tsx'
import { visitor } from '../visitor.ts'
import { isoTime } from '../when.ts'

export const metadata: Metadata = { title: say.title }

/** For owners: what owners did. */
export default async function AuditPage() {
  const { reader, zone } = await visitor()
  if (reader.role !== 'owner')
    return (
      <Frame>
        <h1>{say.title}</h1>
        <p className="lead">{say.ownerOnly}</p>
      </Frame>
    )
  const deeds = await attempt(() => listDeeds(reader))
  if (!deeds) return <Unreadable />
  return (
    <Frame>
      <h1>{say.title}</h1>
      <p className="lead">{deeds.length === 0 ? say.nothing : say.lead}</p>
      <ul>
        {deeds.map(({ at, who, what, about }) => (
          <li key={`${at.toISOString()} ${what} ${about}`}>{say.deed({ at: isoTime(at, zone), who, what, about })}</li>
        ))}
      </ul>
    </Frame>
  )
}
