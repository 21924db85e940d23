import type { Message } from './message.ts'
import type { Context } from './names.ts'

/** Whether somebody asked to be left out: by the id of their account, or by its name. */
export function isLeftOut(userId: string | null, { users, optOut = [] }: Context): boolean {
  if (!userId || optOut.length === 0) return false
  const account = users[userId]?.account.toLowerCase()
  return optOut.some((written) => {
    const name = written.trim().replace(/^@/, '')
    return name === userId || name.toLowerCase() === account
  })
}

/** Who said a message, as far as that is a person. */
export function speakerOf({ user, comment }: Pick<Message, 'user' | 'comment'>): string | null {
  return user ?? comment?.user ?? null
}
