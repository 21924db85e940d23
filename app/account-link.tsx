import { signIn } from '#lib/accounts/sign-in'
import { frameStrings as words } from './strings/frame.ts'
import { visitor } from './visitor.ts'

/** In a community the way to sign in, or to the account of who is; in personal mode nothing. */
export async function AccountLink({ here }: { here: boolean }) {
  if (!signIn()) return null
  const { reader } = await visitor()
  return (
    <a className="who" href={reader.account ? '/account' : '/sign-in'} aria-current={here ? 'page' : undefined}>
      {reader.account ? words.account : words.signIn}
    </a>
  )
}
