import type { Person, ReplyTo } from '#db/post'
import { Sentence } from './sentence.tsx'
import { postStrings as words } from './strings/post.ts'

/** What a post answers: to whom, and a line of it. Who answers oneself continues a thread. */
export function PostReplyLine({ replyTo, author }: { replyTo: ReplyTo | null; author: Person }) {
  if (!replyTo) return null
  if (replyTo.state === 'unavailable') return <p className="relation">{words.replyToNothing}</p>
  const own = replyTo.author !== null && replyTo.author.id === author.id
  const whom = own ? words.ownPost : replyTo.author ? replyTo.author.handle || replyTo.author.name : words.earlierPost
  const post = replyTo.url ? (
    <a href={replyTo.url} rel="noreferrer">
      {whom}
    </a>
  ) : (
    whom
  )
  return (
    <p className="relation">
      <Sentence of={own ? words.continuing : words.replying} parts={{ post }} />
      {replyTo.text && (
        <>
          : <bdi>{replyTo.text}</bdi>
        </>
      )}
    </p>
  )
}
