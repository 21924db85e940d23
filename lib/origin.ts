import { configuration } from './config.ts'

/** Where this instance is reached, without a slash at the end: PUBLIC_URL, or the loopback address that was asked. */
export function originOf(headers: Headers): string {
  // In personal mode the gate let no Host through that is not loopback.
  const origin = configuration().PUBLIC_URL ?? `http://${headers.get('host') ?? '127.0.0.1'}`
  return origin.replace(/\/+$/, '')
}
