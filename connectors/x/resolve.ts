import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { User } from './answers.ts'
import { createClient } from './client.ts'
import type { Settings } from './settings.ts'

const List = z.object({ data: z.object({ name: z.string() }) })
const Users = z.object({ data: z.array(User).default([]) })

/** The list's name, or the accounts' ids, which names may be taken from: looked up once, since each look-up is paid for. */
export async function resolve(settings: Settings, reach: Reach): Promise<Settings> {
  const { list, users = [] } = settings
  const client = list || users.length > 0 ? await createClient(settings, reach) : null
  if (list && client) {
    reach.step?.(`Asking X what the list ${list} is called`)
    const found = List.safeParse(await client.list(list))
    return found.success ? { ...settings, label: found.data.data.name } : settings
  }
  if (!client) return settings
  reach.step?.(`Asking X for ${users.length === 1 ? `the account @${users[0]}` : `${users.length} accounts`}`)
  const { data } = Users.parse(await client.usersByUsernames(users, { 'user.fields': ['username', 'name', 'protected'] }))
  const known = new Map(data.map((user) => [user.username.toLowerCase(), user]))
  const missing = users.filter((user) => !known.has(user))
  if (missing.length > 0) throw new ConnectorError('refused', `X knows no account @${missing.join(', @')}`)
  const hidden = data.filter((user) => user.protected)
  if (hidden.length > 0)
    throw new ConnectorError('refused', `@${hidden.map(({ username }) => username).join(', @')} shows posts to those only whom they let in`)
  return { ...settings, ids: Object.fromEntries([...known].map(([name, { id }]) => [name, id])) }
}
