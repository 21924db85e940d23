/** An http(s) address, or null; never one at files.slack.com, which answers strangers with a login page. */
export function publicAddress(url: string | null | undefined): string | null {
  if (!url || !URL.canParse(url)) return null
  const { protocol, hostname } = new URL(url)
  return /^https?:$/.test(protocol) && !/(^|\.)files\.slack\.com$|^slack-files\.com$/.test(hostname) ? url : null
}
