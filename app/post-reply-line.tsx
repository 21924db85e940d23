import type { Person, ReplyTo } from '#db/post'

/** What a post answers: to whom, and a line of it. Who answers oneself continues a thread. */
export function PostReplyLine({ replyTo, author }: { replyTo: ReplyTo | null; author: Person }) {
  if (!replyTo) return null
  if (replyTo.state === 'unavailable') return <p className="relation">Replying to a post that is unavailable</p>
  const own = replyTo.author !== null && replyTo.author.id === author.id
  const whom = own ? 'their own post' : replyTo.author ? replyTo.author.handle || replyTo.author.name : 'an earlier post'
  return (
    <p className="relation">
      {own ? 'Continuing ' : 'Replying to '}
      {replyTo.url ? (
        <a href={replyTo.url} rel="noreferrer">
          {whom}
        </a>
      ) : (
        whom
      )}
      {replyTo.text && (
        <>
          : <bdi>{replyTo.text}</bdi>
        </>
      )}
    </p>
  )
}
