import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Config } from '../config.ts'

/** What is known of who asks: headers, and the connection. */
type Asker = { headers: IncomingMessage['headers']; socket: { remoteAddress?: string | undefined } }
type Trust = Pick<Config, 'MODE' | 'TRUST_PROXY'>

/**
 * The address of who asks, in canonical form (IPv4 also where it came wrapped in IPv6). In community mode each reverse proxy
 * in front has added one to the right end of X-Forwarded-For, and TRUST_PROXY says how many of them are believed, or
 * which; what stands left of theirs is the asker's own claim and never believed. Without a proxy, or where the header is no list of
 * addresses, it is that of the connection.
 */
export function clientAddress(asker: Asker, trust: Trust): string {
  const direct = readAddress(asker.socket.remoteAddress ?? '') ?? 'unknown'
  if (!throughProxy(asker, trust)) return direct
  const hops = [asker.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const { TRUST_PROXY } = trust
  if (typeof TRUST_PROXY === 'number') return readAddress(hops.at(-TRUST_PROXY) ?? '') ?? direct
  const addresses = hops.map(readAddress)
  // The nearest that is no proxy of ours; all of them ours, the farthest.
  const nearest = addresses.findLast((address) => address === null || !isAmong(address, TRUST_PROXY))
  return (nearest === undefined ? addresses[0] : nearest) ?? direct
}

/** Whether the connection is that of a reverse proxy that is trusted, so that its X-Forwarded-* say what was asked. */
export function throughProxy({ socket }: Pick<Asker, 'socket'>, { MODE, TRUST_PROXY }: Trust): boolean {
  if (MODE !== 'community') return false
  return typeof TRUST_PROXY === 'number' ? TRUST_PROXY > 0 : isAmong(readAddress(socket.remoteAddress ?? '') ?? '', TRUST_PROXY)
}

function isAmong(address: string, networks: string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return networks.some((network) => {
    const [base, bits] = ipaddr.isValidCIDR(network) ? ipaddr.parseCIDR(network) : [ipaddr.process(network), null]
    return base.kind() === parsed.kind() && parsed.match(base, bits ?? (parsed.kind() === 'ipv4' ? 32 : 128))
  })
}

/** What one household or one machine has for itself: an IPv4 address, or the /64 of an IPv6 one, in which anybody can take any. */
export function addressBlock(address: string): string {
  if (isIPv4(address) || !ipaddr.IPv6.isValid(address)) return address
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
  // Most are; the library takes fifty times as long to say the same.
  if (isIPv4(bare)) return bare
  return ipaddr.isValid(bare) && (bare.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(bare)) ? ipaddr.process(bare).toString() : null
}
