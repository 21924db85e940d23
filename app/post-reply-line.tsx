import type { ReplyTo } from '#db/post'

/** What a post answers: to whom, and a line of it. */
export function PostReplyLine({ replyTo }: { replyTo: ReplyTo | null }) {
  if (!replyTo) return null
  if (replyTo.state === 'unavailable') return <p className="relation">Replying to a post that is unavailable</p>
  const whom = replyTo.author ? replyTo.author.handle || replyTo.author.name : 'an earlier post'
  return (
    <p className="relation">
      Replying to{' '}
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
