import { connectors } from '#connectors/registry'

type Said = { name: string; openLabel: string; shareLabel: string; conversationLayout: 'chat' | 'thread' | null }

/** What the page says of a platform. A post may outlive its connector: then its own word has to do. */
export function platformOf(id: string): Said {
  const {
    name = id,
    openLabel = 'Open the original',
    shareLabel = 'Reposted by',
    conversationLayout = null,
  } = connectors.find((connector) => connector.id === id) ?? {}
  return { name, openLabel, shareLabel, conversationLayout }
}
