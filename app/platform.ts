import { connectors } from '#connectors/registry'

/** What the page says of a platform. A post may outlive its connector: then its own word has to do. */
export function platformOf(id: string): { name: string; openLabel: string } {
  return connectors.find((connector) => connector.id === id) ?? { name: id, openLabel: 'Open the original' }
}
