import { parseArgs } from 'node:util'
import { z } from 'zod'
import { accountOf, inviteAccount, listAccounts, setRole } from '#db/accounts'
import { noteDeed } from '#db/audit-log'
import { LINK_MINUTES, openSignIn } from '../accounts/sign-in.ts'
import { ConfigError, configuration } from '../config.ts'
import { communityProblem } from '../server/mode.ts'
import { CommandError, runCommand } from './run-command.ts'
import { withDatabase } from './with-database.ts'

// `npm run owner -- you@example.org` and its kin: who may sign in, said by who has a shell on the machine, whether the
// program runs or not. It prints for people.

const HELP = `  npm run owner -- you@example.org              makes an owner, and prints a link to sign in with
  npm run owner -- --member ada@example.org     makes a member, and prints a link to pass on
  npm run owner -- --remove ada@example.org     ends it, and signs them out everywhere
  npm run owner -- --list                       says who may sign in`

await runCommand('owner', async ({ words, say, signal }) => {
  const wanted = wantedBy(words)
  await withDatabase({ say, signal }, () => wanted(say))
})

type Say = (sentence: string) => void

/** What the words on the command line ask to be done, or how to ask. */
function wantedBy(words: string[]): (say: Say) => Promise<void> {
  const { values, positionals } = readWords(words)
  const [owner] = positionals
  if (values.list) return list
  const address = values.member ?? values.remove ?? owner
  if (!address || values.help) throw new CommandError(`Who should be the owner?\n${HELP}`)
  if (!z.email().safeParse(address.trim()).success) throw new CommandError(`“${address}” is no address of a mailbox.\n${HELP}`)
  if (values.remove) return (say) => remove(address, say)
  return (say) => letIn(address, values.member ? 'member' : 'owner', say)
}

function readWords(args: string[]) {
  const options = { member: { type: 'string' }, remove: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean' } } as const
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message.split('\n')[0] : error}\n${HELP}`)
  }
}

async function letIn(email: string, role: 'member' | 'owner', say: Say): Promise<void> {
  const config = configuration()
  const problem = communityProblem(config)
  // Without the address that readers open there is nothing that a link could lead to.
  if (problem) throw new ConfigError(`${problem}\nSet MODE=community and PUBLIC_URL as for \`npm start\`, and run this again.`)
  const account = await inviteAccount(email, role)
  await noteDeed({ who: 'the command line', what: role === 'owner' ? 'made an owner' : 'made a member', about: account.email }, new Date())
  const link = await openSignIn(config, []).linkFor(account.email)
  say(
    `${account.email} is ${account.role === 'owner' ? 'an owner' : 'a member'}. This signs them in once, within ${LINK_MINUTES} minutes, when Backplane runs:`,
  )
  say(`  ${link?.url}`)
}

async function remove(email: string, say: Say): Promise<void> {
  const account = await accountOf(email)
  if (!account) throw new CommandError(`Nobody signs in as ${email}.`)
  const owners = (await listAccounts()).filter(({ role }) => role === 'owner')
  if (account.role === 'owner' && owners.length === 1) throw new CommandError(`${email} is the only owner: make another one first.`)
  await setRole(account.id, 'barred')
  await noteDeed({ who: 'the command line', what: 'barred', about: account.email }, new Date())
  say(`${account.email} cannot sign in any more, and is signed out everywhere.`)
}

async function list(say: Say): Promise<void> {
  const all = await listAccounts()
  if (all.length === 0) say('Nobody can sign in yet.')
  for (const { email, role } of all) say(`  ${role.padEnd(7)} ${email}`)
}
