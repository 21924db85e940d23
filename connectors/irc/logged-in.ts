import type { Connector } from '../contract.ts'
import { accountId, NICK } from './names.ts'
import { nameOfNetwork, networkOf, serverOfNetwork } from './settings.ts'

/** `ada on Libera`, `NickServ account ada on irc.oftc.net`. */
const SAID = /^(?:irc:?\s+)?(?:nickserv\s+)?(?:account\s+)?(\S+)\s+(?:on|at|@)\s+(\S+)$/i
/** `irc://irc.libera.chat/ada`, and with `,isuser` or `,isnick` behind it. A channel has its sign. */
const LINK = /^ircs?:\/\/([\w.-]+)(?::\d+)?\/([^\s,/?#]+)(?:,is(?:user|nick))?$/i

/** Accounts of a network's services (NickServ), which servers tell with each line: https://ircv3.net/specs/extensions/account-tag */
export const loggedIn: Connector['loggedIn'] = {
  where: 'in a channel that is read here, while you are identified to NickServ',
  whose(input) {
    const written = input.trim()
    const [, said = '', at = ''] = SAID.exec(written) ?? []
    const [, linked = '', account = ''] = LINK.exec(written) ?? []
    const server = serverOfNetwork(at || linked) ?? (linked.includes('.') ? linked : null)
    const name = said || account
    if (!server || !NICK.test(name)) return null
    const network = networkOf(server)
    return { id: accountId(network, name), handle: `${name} on ${nameOfNetwork(network)}` }
  },
}
