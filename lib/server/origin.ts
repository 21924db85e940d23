import { type Config, configuration } from '../config.ts'

/** Where this instance is reached, without a slash at the end: PUBLIC_URL, or the loopback address that was asked. */
export function originOf(headers: Headers): string {
  // In personal mode the gate let no Host through that is not loopback.
  const origin = configuration().PUBLIC_URL ?? `http://${headers.get('host') ?? '127.0.0.1'}`
  return origin.replace(/\/+$/, '')
}

/** The same for who was not asked by anybody: mail, and what is typed at a terminal. */
export function siteOf({ PUBLIC_URL, PORT }: Pick<Config, 'PUBLIC_URL' | 'PORT'>): string {
  return (PUBLIC_URL ?? `http://127.0.0.1:${PORT}`).replace(/\/+$/, '')
}
