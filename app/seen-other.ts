/** Leads the browser of who filled in a form to a page of ours (303), which shows what came of it. */
export function seeOther(path: string, said: { [name: string]: string | undefined } = {}): Response {
  const query = new URLSearchParams(Object.entries(said).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  const to = query.size > 0 ? `${path}?${query}` : path
  return new Response(null, { status: 303, headers: { Location: to, 'Cache-Control': 'no-store' } })
}
