import { changeSubscription, confirmSubscription, endSubscription, subscriptionOf } from '#db/subscriptions'
import { isTooMuch } from '#lib/digest/digest-wish'
import { ledTo } from '../../led-to.ts'
import { wishAsked } from '../../wish-asked.ts'

export const dynamic = 'force-dynamic'

/** Who has the link of a digest begins it, changes it or ends it: the field `do` says which. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const token = form.get('t') ?? ''
  const done = async (): Promise<string> => {
    switch (form.get('do')) {
      case 'confirm':
        await confirmSubscription(token, new Date())
        return 'begun=1'
      case 'end':
        await endSubscription({ token }, 'asked', new Date())
        return 'ended=1'
      default: {
        const { every, hour, zone, weekday, format, quiet } = await wishAsked(form)
        const changed = { every, hour, zone, weekday, format, quiet }
        const before = await subscriptionOf(token)
        if (before && isTooMuch({ ...before, ...changed })) return 'problem=much'
        await changeSubscription(token, changed)
        return 'saved=1'
      }
    }
  }
  return ledTo(`/digest/subscription?t=${encodeURIComponent(token)}&${await done()}`)
}
