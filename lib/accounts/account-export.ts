import { claimsOf } from '#db/account-claims'
import { keepsOf } from '#db/account-keeps'
import { accountById, traitsOf } from '#db/accounts'
import { feedKeysOf } from '#db/feed-keys'

/** All that is kept for an account, for whom it is: nothing in it opens anything. null where there is no such account. */
export async function accountExport(id: string) {
  const account = await accountById(id)
  if (!account) return null
  const [traits, keeps, feeds, claims] = await Promise.all([traitsOf(account), keepsOf(id), feedKeysOf(id), claimsOf(id)])
  const { email, name, role, createdAt } = account
  return {
    account: { id, email, name, role, since: createdAt },
    ...traits,
    place: keeps.reading,
    preferences: keeps.preferences,
    accountsElsewhere: claims.map(({ platform, authorId, handle, url, at, provenAt, seenIn, seenAt, checkedAt }) => {
      return { platform, id: authorId, handle, url, claimed: at, proved: provenAt, seenIn, seenAt, lastSeen: checkedAt }
    }),
    feeds: feeds.map((feed) => ({ name: feed.name, since: feed.createdAt, lastUsed: feed.usedAt })),
  }
}
