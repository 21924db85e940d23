import { parseArgs } from 'node:util'
import { z } from 'zod'
import { accountOf, inviteAccount, listAccounts, setRole } from '#db/accounts'
import { noteDeed } from '#db/audit-log'
import { ConfigError, configuration } from './config.ts'
import { communityProblem } from './mode.ts'
import { PostgresError } from './postgres.ts'
import { LINK_MINUTES, openSignIn } from './sign-in.ts'
import { withDatabase } from './with-database.ts'

// `npm run owner -- you@example.org` and its kin: who may sign in, said by who has a shell on the machine, whether the
// program runs or not. It prints for people.

const HELP = `  npm run owner -- you@example.org              makes an owner, and prints a link to sign in with
  npm run owner -- --member ada@example.org     makes a member, and prints a link to pass on
  npm run owner -- --remove ada@example.org     ends it, and signs them out everywhere
  npm run owner -- --list                       says who may sign in`

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())
process.on('disconnect', () => stopping.abort())

try {
  const wanted = wantedBy(process.argv.slice(process.argv[2] === 'owner' ? 3 : 2))
  if (typeof wanted === 'string') {
    say(wanted)
    process.exitCode = 1
  } else await withDatabase({ say, signal: stopping.signal }, wanted)
} catch (error) {
  const foreseen = error instanceof ConfigError || error instanceof PostgresError
  process.stderr.write(`${foreseen ? error.message : error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
}
// A pool that is not needed any more keeps nobody waiting.
process.exit()

/** What the words on the command line ask to be done, or how to ask. */
function wantedBy(words: string[]): (() => Promise<void>) | string {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: { member: { type: 'string' }, remove: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
    })
    const [owner] = positionals
    if (values.list) return list
    const address = values.member ?? values.remove ?? owner
    if (!address || values.help) return `Who should be the owner?\n${HELP}`
    if (!z.email().safeParse(address.trim()).success) return `“${address}” is no address of a mailbox.\n${HELP}`
    if (values.remove) return () => remove(address)
    return () => letIn(address, values.member ? 'member' : 'owner')
  } catch (error) {
    return `${error instanceof Error ? error.message.split('\n')[0] : error}\n${HELP}`
  }
}

async function letIn(email: string, role: 'member' | 'owner'): Promise<void> {
  const config = configuration()
  const problem = communityProblem(config)
  // Without the address that readers open there is nothing that a link could lead to.
  if (problem) throw new ConfigError(`${problem}\nSet MODE=community and PUBLIC_URL as for \`npm start\`, and run this again.`)
  const account = await inviteAccount(email, role)
  await noteDeed({ who: 'the command line', what: role === 'owner' ? 'made an owner' : 'made a member', about: account.email }, new Date())
  const link = await openSignIn(config).linkFor(account.email)
  say(
    `${account.email} is ${account.role === 'owner' ? 'an owner' : 'a member'}. This signs them in once, within ${LINK_MINUTES} minutes, when Backplane runs:`,
  )
  say(`  ${link?.url}`)
}

async function remove(email: string): Promise<void> {
  const account = await accountOf(email)
  if (!account) throw new ConfigError(`Nobody signs in as ${email}.`)
  const owners = (await listAccounts()).filter(({ role }) => role === 'owner')
  if (account.role === 'owner' && owners.length === 1) throw new ConfigError(`${email} is the only owner: make another one first.`)
  await setRole(account.id, 'barred')
  await noteDeed({ who: 'the command line', what: 'barred', about: account.email }, new Date())
  say(`${account.email} cannot sign in any more, and is signed out everywhere.`)
}

async function list(): Promise<void> {
  const all = await listAccounts()
  if (all.length === 0) say('Nobody can sign in yet.')
  for (const { email, role } of all) say(`  ${role.padEnd(7)} ${email}`)
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}
