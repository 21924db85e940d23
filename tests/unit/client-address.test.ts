import { expect, test } from 'vitest'
import { addressBlock, clientAddress } from '#lib/server/client-address'

const asks = (forwarded: string | undefined, from = '127.0.0.1') => ({
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  socket: { remoteAddress: from },
})
const behind = (TRUST_PROXY: number) => ({ MODE: 'community', TRUST_PROXY }) as const

test.each([
  ['one proxy', '203.0.113.7', 1, '203.0.113.7'],
  ['one proxy, and a claim of the asker’s before it', '198.51.100.1, 203.0.113.7', 1, '203.0.113.7'],
  ['two proxies', '198.51.100.1, 203.0.113.7, 10.0.0.2', 2, '203.0.113.7'],
  ['IPv6', '2001:db8::1', 1, '2001:db8::1'],
  ['IPv6 with brackets and a port', '[2001:DB8:0::1]:4711', 1, '2001:db8::1'],
  ['IPv4 with a port', '203.0.113.7:4711', 1, '203.0.113.7'],
  ['IPv4 wrapped in IPv6', '::ffff:203.0.113.7', 1, '203.0.113.7'],
])('behind %s the address is the one that the outermost trusted proxy saw', (_what, header, proxies, expected) => {
  expect(clientAddress(asks(header), behind(proxies))).toBe(expected)
})

test.each([
  ['no proxy is trusted', '203.0.113.7', 0],
  ['there is no header', undefined, 1],
  ['fewer proxies wrote than are trusted', '203.0.113.7', 2],
  ['it is no address', 'unknown', 1],
  ['it is a number', '2130706433', 1],
  ['it is a name', 'localhost', 1],
  ['it is empty', '', 1],
])('where %s, it is that of the connection', (_what, header, proxies) => {
  expect(clientAddress(asks(header, '192.0.2.1'), behind(proxies))).toBe('192.0.2.1')
})

test('in personal mode no header is believed', () => {
  expect(clientAddress(asks('203.0.113.7', '::ffff:127.0.0.1'), { MODE: 'personal', TRUST_PROXY: 1 })).toBe('127.0.0.1')
})

test('an IPv6 network counts as one asker, an IPv4 address as one', () => {
  expect(addressBlock('2001:db8:1:2:3:4:5:6')).toBe(addressBlock('2001:db8:1:2::1'))
  expect(addressBlock('2001:db8:1:2::1')).not.toBe(addressBlock('2001:db8:1:3::1'))
  expect(addressBlock('203.0.113.7')).toBe('203.0.113.7')
  expect(addressBlock('fe80::1%eth0')).toBe('fe80::/64')
  expect(addressBlock('unknown')).toBe('unknown')
})

test.each([
  ['the proxy', '203.0.113.7', '10.0.0.2', '203.0.113.7'],
  ['two proxies of one network', '198.51.100.1, 203.0.113.7, 10.1.2.3', '::ffff:10.0.0.2', '203.0.113.7'],
  ['nothing but proxies', '10.1.0.1, 10.1.0.2', '10.0.0.2', '10.1.0.1'],
  ['the proxy, which passed on what is no address', '203.0.113.7, nobody, 10.1.2.3', '10.0.0.2', '10.0.0.2'],
  ['the proxy, and a header that is no address', 'nobody', '10.0.0.2', '10.0.0.2'],
  ['somebody else, whose header is their own claim', '203.0.113.7', '192.0.2.1', '192.0.2.1'],
])('behind proxies that are named, asked by %s, the address is the nearest that is none of them', (_what, header, from, expected) => {
  expect(clientAddress(asks(header, from), { MODE: 'community', TRUST_PROXY: ['10.0.0.2', '10.1.0.0/16'] })).toBe(expected)
})
