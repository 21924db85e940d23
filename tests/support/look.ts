import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** Opens an address in a browser that was never here, runs `look` on it, and closes it whatever comes of that. */
export async function lookAt<T>(
  browser: Browser,
  address: string,
  look: (page: Page) => Promise<T>,
  options: BrowserContextOptions = {},
): Promise<T> {
  const context = await browser.newContext(options)
  try {
    const page = await context.newPage()
    await page.goto(address)
    return await look(page)
  } finally {
    await context.close()
  }
}
