import type { AccountProof } from '#db/people-schema'
import type { AccountProfile } from '#db/person-accounts'

/** That two accounts, `<platform>:<id>`, are one person's. */
export type Proven = { one: string; other: string; proof: Omit<AccountProof, 'with'> }

/**
 * What two profiles prove of each other. Only what a person can have done themselves, on both sides: a link that the
 * platform found to lead back, a domain that is the name of the one and the verified page of the other, or links in both
 * directions. Names that are alike prove nothing. Pure.
 */
export function provenBy(one: AccountProfile, other: AccountProfile): Proven | null {
  const [from, to] = [keyOf(one), keyOf(other)]
  if (from === to) return null
  const proven = (kind: AccountProof['kind'], profile: AccountProfile): Proven => ({
    one: from,
    other: to,
    proof: { kind, seenAt: profile.addresses[0] ? `https://${profile.addresses[0]}` : null },
  })
  const forth = linkTo(one, other)
  const back = linkTo(other, one)
  // What leads to a whole domain that is the other's name is proved by who holds the domain.
  const kindOf = (url: string): AccountProof['kind'] => (url.includes('/') ? 'verified-link' : 'domain')
  if (forth?.verified) return proven(kindOf(forth.url), one)
  if (back?.verified) return proven(kindOf(back.url), other)
  return forth && back ? proven('mutual-links', one) : null
}

function linkTo(from: AccountProfile, to: AccountProfile) {
  const links = from.links.filter(({ url }) => to.addresses.includes(url))
  return links.find(({ verified }) => verified) ?? links[0]
}

function keyOf({ platform, accountId }: AccountProfile): string {
  return `${platform}:${accountId}`
}

/** An address as it is compared: without protocol, `www.`, the slash at its end and what stands behind `?` and `#`. null for what is none. */
export function plainAddress(written: string): string | null {
  if (!/^https?:\/\//i.test(written) || !URL.canParse(written)) return null
  const { host, pathname } = new URL(written)
  return `${host.replace(/^www\./, '')}${pathname.replace(/\/+$/, '')}`.toLowerCase()
}

/** The part of a handle by which its person is called: `ada` of `@ada@example.org`, `@ada.example.org` and `ada on Libera.Chat`. */
export function calledBy(handle: string): string {
  return handle.replace(/^@|^u\//, '').split(/[@.\s]/)[0] || handle
}

/** `Ada Example!` is `ada-example`. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return plain.slice(0, 60) || 'somebody'
}
