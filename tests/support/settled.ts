import type { Page } from 'playwright-core'

/** Goes somewhere with `go`, and waits until reading has begun there: the server was asked what is unread, and it is drawn. */
export async function settled(page: Page, go: () => Promise<unknown>): Promise<void> {
  // What the page before asked and was cut off by leaving it never finishes.
  const asked = page.waitForEvent('requestfinished', (request) => request.url().endsWith('/api/unread'))
  await go()
  await asked
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
}
