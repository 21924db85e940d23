import type { Lack, Setup } from '../contract.ts'
import { letter } from './letter.ts'
import { liveAt, type Settings } from './settings.ts'

const JOIN_STEPS = [
  'Ask the operators of the channel first: a bot that nobody agreed to is thrown out, with reason.',
  'Register a nick of its own that says what it is, such as backplane-example, with NickServ (https://libera.chat/guides/registration).',
  'Name it in the source: nick and account, and password: env:NAME. With the nick the channel is read, for members only.',
  'Once the operators allow a public log, write permission: { by: who, on: date } into the source.',
]

export function lacks(settings: Settings): Lack[] {
  if (!('server' in settings)) return []
  return [
    {
      what: 'Nothing from before is there: the network keeps no history. What was said while this program was away is missing too, and shown as a gap.',
      steps: ['Logs that somebody kept can be brought in with npm run import -- irc, or a bouncer can be read instead of the network.'],
    },
    {
      what: 'Until the operators permit a public log, what is said is shown to members only.',
      steps: settings.nick ? JOIN_STEPS.slice(3) : JOIN_STEPS,
    },
  ]
}

const about = liveAt('irc.libera.chat', '#hpc')

/** https://libera.chat/policies (bots, public logging). */
export const setup: Setup<Settings> = {
  works: 'Nothing before the channel’s operators were asked. Logs that you kept yourself can be imported.',
  ways: [{ what: 'Listening live, under a nick of its own', cost: 'nothing', steps: JOIN_STEPS }],
  ...(about && { ask: { whom: 'The operators of the channel: /msg ChanServ ACCESS #hpc LIST names them', where: null, about, letter } }),
}
