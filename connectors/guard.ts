import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ConnectorError } from './trouble.ts'

/** Which addresses may be fetched. */
export type Guard = {
  /** Throws `refused` unless `url` is an http(s) address that does not name a private host outright. */
  check(url: string): void
  /**
   * For the connection itself: answers with the addresses that may be reached. Because the very look-up that the
   * connection uses is the one that is checked, a second answer from DNS cannot slip in between (rebinding).
   */
  lookup: LookupFunction
  /** Whether the owner named this host: to what is on its own machine or network more may be said than to strangers. */
  trusts(hostname: string): boolean
}

type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Hands out cloud machines' secrets though it lies in a public range: Azure's "wire server". */
const METADATA_ADDRESSES = new Set(['168.63.129.16'])

/** All of IPv6 that is handed out to anybody (IANA, "IPv6 Global Unicast Address Assignments"). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

/**
 * Only public addresses pass, and those that the owner trusts.
 * @param trustedHosts names or addresses as the owner wrote them; trusting `localhost` trusts loopback however written.
 */
export function createGuard(trustedHosts: string[], lookup: Lookup = systemLookup): Guard {
  const trusted = new Set(trustedHosts.map(plainHost))
  if (trusted.has('localhost')) for (const loopback of ['127.0.0.1', '::1']) trusted.add(loopback)

  const allowed = (hostname: string, address: string) => trusted.has(hostname) || trusted.has(address) || isPublic(address)
  const refusal = (hostname: string) =>
    new ConnectorError('refused', `${hostname} is a private address; name it in TRUSTED_HOSTS to allow it`)

  return {
    check(url) {
      if (!URL.canParse(url)) throw new ConnectorError('refused', `“${url}” is not an address`)
      const { protocol, hostname, username, password } = new URL(url)
      if (protocol !== 'https:' && protocol !== 'http:') throw new ConnectorError('refused', `${protocol} addresses are not fetched`)
      if (username || password) throw new ConnectorError('refused', `an address with a name or password in it is not fetched (${hostname})`)
      const host = plainHost(hostname)
      if (ipaddr.isValid(host) && !allowed(host, host)) throw refusal(host)
    },
    lookup(hostname, options, callback) {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, '', 0)
        const reachable = addresses.filter(({ address }) => allowed(plainHost(hostname), address))
        const [first] = reachable
        if (!first) return callback(refusal(hostname), '', 0)
        if (options.all) return callback(null, reachable)
        callback(null, first.address, first.family)
      })
    },
    trusts: (hostname) => trusted.has(plainHost(hostname)),
  }
}

/** Whether a literal address is one that anybody on the internet may reach. */
export function isPublic(literal: string): boolean {
  // `process` folds IPv4-mapped IPv6 (::ffff:127.0.0.1) into the IPv4 address that is really meant.
  const address = ipaddr.process(literal)
  if (address.kind() === 'ipv4') return address.range() === 'unicast' && !METADATA_ADDRESSES.has(address.toString())
  // NAT64 (RFC 6052) wraps an IPv4 address, and on IPv6-only networks every IPv4 host has one: the wrapped one counts.
  if (literal.toLowerCase().startsWith('64:ff9b::')) return isPublic(address.toByteArray().slice(12).join('.'))
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST)
}

/** Lower case, without brackets, port and trailing dot: as it may stand in TRUSTED_HOSTS, in a URL or in a look-up. */
function plainHost(written: string): string {
  const host = ipaddr.IPv6.isValid(written) ? `[${written}]` : written
  const { hostname } = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : { hostname: host.toLowerCase() }
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
