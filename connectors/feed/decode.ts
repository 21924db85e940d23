import { getEncoding } from 'encoding-sniffer'

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The text of a document that a server sent. Servers and files contradict each other about encodings, so bytes that
 * are whole UTF-8 are taken for that whatever is claimed (text of another encoding is not, by accident); else the BOM,
 * the `charset` of the Content-Type and the XML declaration count, in this order (RFC 7303 §3). Bytes that mean
 * nothing become U+FFFD: a broken character is no reason to lose a post.
 */
export function decode(bytes: Uint8Array, contentType: string | null): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const charset = /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType ?? '')?.[1]
  const label = getEncoding(buffer, { transportLayerEncodingLabel: charset, defaultEncoding: 'windows-1252' })
  // These are ASCII bytes, or pairs with zeros, and so would pass for UTF-8.
  if (/^(utf-16|iso-2022)/i.test(label)) return textOf(label, bytes)
  try {
    return STRICT_UTF8.decode(bytes)
  } catch {
    // A server's default of UTF-8 is wrong here; what the document says of itself is likelier.
    const declared = /^utf-?8$/i.test(label) ? getEncoding(buffer, { defaultEncoding: 'utf-8' }) : label
    return textOf(declared, bytes)
  }
}

function textOf(label: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    // A label that nobody knows.
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
