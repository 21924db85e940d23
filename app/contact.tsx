import { aboutStrings as words } from './strings/about.ts'

/** Whom to ask: an address that can be pressed where it is one. */
export function Contact({ contact }: { contact: string }) {
  if (contact === '') return words.nobody
  if (/^https?:\/\//i.test(contact)) return <a href={contact}>{contact}</a>
  if (/^[^\s@:]+@[^\s@]+$/.test(contact)) return <a href={`mailto:${contact}`}>{contact}</a>
  return contact
}
