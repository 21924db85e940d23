import type { Metadata } from 'next'
import { Frame } from '../../frame.tsx'
import { signInStrings as strings } from '../../strings/sign-in.ts'

export const metadata: Metadata = { title: strings.enterTitle }

/** Where a link leads. To look at it uses nothing up: programs that search mail for harm open every link in it. */
export default async function LinkPage({ searchParams }: { searchParams: Promise<{ token?: string | string[] }> }) {
  const { token } = await searchParams
  return (
    <Frame here="account">
      <h1>{strings.enterTitle}</h1>
      <p className="lead">{strings.enterLead}</p>
      <form method="post" action="/sign-in/enter" className="settings">
        <input type="hidden" name="token" value={[token].flat()[0] ?? ''} />
        <p className="does">
          <button type="submit">{strings.enter}</button>
        </p>
      </form>
    </Frame>
  )
}
