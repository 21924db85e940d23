import type { Page } from 'playwright-core'

/** Goes somewhere with `go`, and waits until reading has begun there: the server was asked what is unread, and it is drawn. */
export async function settled(page: Page, go: () => Promise<unknown>): Promise<void> {
  const asked = page.waitForResponse((response) => response.url().endsWith('/api/unread'))
  await go()
  await (await asked).finished()
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
}
