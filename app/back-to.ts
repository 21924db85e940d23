/**
 * The address of this site that a form asks to be led back to, with `problem` in it where there is one. What leads
 * elsewhere, or nowhere, leads to the settings.
 */
export function backTo(asked: string | null, origin: string, problem: string | null): string {
  const url = new URL(isOwn(asked, origin) ? asked : '/settings', origin)
  // `key` in an address is the owner's key. What need not change stays as it was written.
  for (const name of ['problem', 'key']) if (url.searchParams.has(name)) url.searchParams.delete(name)
  if (problem) url.searchParams.set('problem', problem)
  return url.pathname + url.search + url.hash
}

/** Two slashes at the beginning are another host, also where dots before them are taken away. */
function isOwn(asked: string | null, origin: string): asked is string {
  if (!asked?.startsWith('/') || !URL.canParse(asked, origin)) return false
  const { origin: of, pathname } = new URL(asked, origin)
  return of === new URL(origin).origin && /^\/(?![/\\])/.test(pathname)
}
