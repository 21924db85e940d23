import { AccountLink } from './account-link.tsx'
import { PlainFrame, type Props } from './plain-frame.tsx'

/** The frame of a page that knows who looks at it: with their way to sign in, or to their account. */
export function Frame(props: Omit<Props, 'account'>) {
  return <PlainFrame {...props} account={<AccountLink here={props.here === 'account'} />} />
}
