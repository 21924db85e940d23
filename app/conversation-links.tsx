import type { Entry } from '#db/timeline'
import { Sentence } from './sentence.tsx'
import { postStrings as words } from './strings/post.ts'

/** Below a conversation: where it stands by itself, who permitted to read it, and how one is left out. */
export function ConversationLinks({ entry, whole, logged }: { entry: Entry; whole: boolean; logged: 'logged' | 'read' }) {
  const permissions = entry.posts.flatMap(({ sightings }) => sightings.map(({ permission }) => permission))
  const permission = permissions.find((one) => one !== null)
  const out = <a href="/about#opt-out">{words.leftOut}</a>
  return (
    <>
      {!whole && <a href={`/p/${entry.id}`}>{words.linkToConversation}</a>}
      {permission ? (
        <span title={words.permittedBy(permission.by, permission.on)}>
          <Sentence of={words.permitted[logged]} parts={{ out }} />
        </span>
      ) : (
        logged === 'logged' && (
          <span>
            <Sentence of={words.isLog} parts={{ out }} />
          </span>
        )
      )}
    </>
  )
}
