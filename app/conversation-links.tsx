import type { Entry } from '#db/timeline'

/** Below a conversation: where it stands by itself, who permitted to read it, and how one is left out. */
export function ConversationLinks({ entry, whole, logged }: { entry: Entry; whole: boolean; logged: 'logged' | 'read' }) {
  const permissions = entry.posts.flatMap(({ sightings }) => sightings.map(({ permission }) => permission))
  const permission = permissions.find((one) => one !== null)
  const out = <a href="/about#opt-out">how to be left out</a>
  return (
    <>
      {!whole && <a href={`/p/${entry.id}`}>Link to this conversation</a>}
      {permission ? (
        <span title={`by ${permission.by}, on ${permission.on}`}>
          {logged} with the owners’ permission, {out}
        </span>
      ) : (
        logged === 'logged' && <span>this is a log, {out}</span>
      )}
    </>
  )
}
