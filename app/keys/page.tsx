import type { Metadata } from 'next'
import { Frame } from '../frame.tsx'
import { KeyTable } from '../key-table.tsx'
import { keyStrings as say } from '../strings/keys.ts'

export const metadata: Metadata = { title: say.title }

/** What single keys do. They take a script; what they do does not. */
export default function KeysPage() {
  return (
    <Frame>
      <h1>{say.title}</h1>
      <p className="lead">
        {say.lead} <a href="/settings">{say.off}</a>
      </p>
      <KeyTable />
    </Frame>
  )
}
