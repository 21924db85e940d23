import type { Speaker } from '#db/post'
import type { Message } from './message.ts'
import type { Context } from './names.ts'
import type { Settings } from './settings.ts'

/** Whether somebody asked to be left out: by the id of their account, or by its name. */
export function isLeftOut(userId: string | null, { users, optOut = [] }: Context): boolean {
  if (!userId || optOut.length === 0) return false
  const account = users[userId]?.account.toLowerCase()
  return optOut.some((written) => {
    const name = written.trim().replace(/^@/, '')
    return name === userId || name.toLowerCase() === account
  })
}

/**
 * Whose messages are not to stay, by the id of their account or by its name. The settings do not say which workspace they
 * mean: where messages of several are here, only ids count, because a name is somebody else's in another.
 */
export function leftOut({ optOut = [] }: Pick<Settings, 'optOut'>, said: Speaker[]): ((speaker: Speaker) => boolean) | null {
  if (optOut.length === 0) return null
  const names = new Set(optOut.map((written) => written.trim().replace(/^@/, '')))
  const accounts = new Set([...names].map((name) => name.toLowerCase()))
  const teamOf = ({ id }: Speaker) => id.split('/')[0]
  const oneTeam = new Set(said.map(teamOf)).size <= 1
  return (speaker) => names.has(speaker.id.split('/')[1] ?? '') || (oneTeam && accounts.has(speaker.handle.replace(/^@/, '').toLowerCase()))
}

/** Who said a message, as far as that is a person. */
export function speakerOf({ user, comment }: Pick<Message, 'user' | 'comment'>): string | null {
  return user ?? comment?.user ?? null
}
