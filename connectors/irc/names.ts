/** How IRC tells names apart, and finds them in what is said. */

/** What a nick may be made of: RFC 2812 §2.3.1, and the letters that newer servers allow beyond ASCII. */
export const NICK = /^[\p{L}[\]\\`_^{|}][\p{L}\p{N}[\]\\`_^{|}-]*$/u

const ADDRESS = /^([\p{L}[\]\\`_^{|}][\p{L}\p{N}[\]\\`_^{|}-]*)[:,](?=\s|$)/u

/** A name as servers compare it (CASEMAPPING=rfc1459): in Scandinavia {|}^ were the small letters of [\]~ (RFC 2812 §2.2). */
export function fold(name: string): string {
  return name.replace(/[A-Z[\]\\~]/g, (letter) => (letter === '~' ? '^' : String.fromCharCode(letter.charCodeAt(0) + 32)))
}

/** Whom a line speaks to, by the custom of `nick: …` or `nick, …` at its beginning; null when it begins otherwise. */
export function addressee(text: string): string | null {
  return ADDRESS.exec(text)?.[1] ?? null
}

/** Of whoever has this nick: anybody may take it. */
export function personId(network: string, nick: string): string {
  return `${network}/${fold(nick)}`
}

/** Of who is identified to the network's services as this account, whatever their nick. No nick has an equals sign. */
export function accountId(network: string, account: string): string {
  return `${network}/=${fold(account)}`
}

export function conversationKey(network: string, channel: string): string {
  return `${network}/${fold(channel)}`
}
