// Kept on the process, not the module: Next bundles this file beside the copy that the web process itself loads.
const held = globalThis as typeof globalThis & { backplaneHidden?: Set<string> }

/** Shorter ones would hide ordinary words, and are no secrets. */
const SHORTEST = 8

/** From now on this secret stands in no log line and no sentence of this process, whoever writes it there. */
export function hide(secret: string | undefined): void {
  if (!secret || secret.length < SHORTEST) return
  held.backplaneHidden ??= new Set()
  // As it stands in a text, in an address, and in JSON.
  for (const written of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) held.backplaneHidden.add(written)
}

/** The password within an address, hidden; the rest of it is told where it helps. */
export function hidePasswordOf(url: string | undefined): void {
  if (!url || !URL.canParse(url)) return
  const { password } = new URL(url)
  hide(password)
  hide(decodeURIComponent(password))
}

/** The text with every secret that this process was given replaced. */
export function withoutHidden(text: string): string {
  let clean = text
  for (const secret of held.backplaneHidden ?? []) clean = clean.replaceAll(secret, '(hidden)')
  return clean
}
