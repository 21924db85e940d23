import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'
import type { Config } from './config.ts'

/**
 * The address of who asks, in canonical form (IPv4 also where it came wrapped in IPv6). In community mode each of the
 * TRUST_PROXY reverse proxies in front has added one to the right end of X-Forwarded-For; what stands left of theirs is the
 * asker's own claim and never believed. Without a proxy, or where the header is no list of addresses, it is that of the connection.
 */
export function clientAddress(
  { headers, socket }: { headers: IncomingMessage['headers']; socket: { remoteAddress?: string | undefined } },
  { MODE, TRUST_PROXY }: Pick<Config, 'MODE' | 'TRUST_PROXY'>,
): string {
  const direct = readAddress(socket.remoteAddress ?? '') ?? 'unknown'
  if (MODE !== 'community' || TRUST_PROXY === 0) return direct
  const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  return readAddress(hops.at(-TRUST_PROXY) ?? '') ?? direct
}

/** What one household or one machine has for itself: an IPv4 address, or the /64 of an IPv6 one, in which anybody can take any. */
export function addressBlock(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address
  const [network] = ipaddr.IPv6.networkAddressFromCIDR(`${address.replace(/%.*/, '')}/64`)
    .toString()
    .split('/')
  return `${network}/64`
}

/** Some proxies write the port, too, and IPv6 in brackets (RFC 7239 §6). */
function readAddress(written: string): string | null {
  const bare = written
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  return ipaddr.isValid(bare) && (bare.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(bare)) ? ipaddr.process(bare).toString() : null
}
