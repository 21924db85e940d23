import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** Opens an address in a browser that was never here, runs `look` on it, and closes it whatever comes of that. Strangers' hosts are not asked for. */
export async function lookAt<T>(
  browser: Browser,
  address: string,
  look: (page: Page) => Promise<T>,
  options: BrowserContextOptions = {},
): Promise<T> {
  const context = await browser.newContext(options)
  try {
    const page = await context.newPage()
    await page.route(/\.(example|org)\//, (route) => route.abort())
    await page.goto(address)
    return await look(page)
  } finally {
    await context.close()
  }
}
