import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveBatch } from '#db/save-batch'
import { builtPages } from '#tests/support/build'
import { launchChromium } from '#tests/support/chromium'
import { testDatabase } from '#tests/support/database'
import { aBatch, aPost, heldSource } from '#tests/support/post'
import { startWeb, type Web } from '#tests/support/web'

const database = testDatabase()
let web: Web
let browser: Browser

beforeAll(async () => {
  const { source, holder } = await heldSource('A blog', { platform: 'feed' })
  await saveBatch(source, holder, aBatch([aPost('one')]), new Date())
  await builtPages()
  web = await startWeb({ DATABASE_URL: database.url })
  browser = await launchChromium()
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await web?.stop()
})

/** Opens a page and returns what its browser complained of. */
async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // The status of a page that is not there is no complaint about the page.
    if (message.type() === 'error' && !message.text().includes('status of 404')) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(web.origin + path, { waitUntil: 'networkidle' })
  return { page, complaints }
}

test.each(['/', '/sources', '/nonsense'])('%s: its own scripts and styles run under the policy', async (path) => {
  const { page, complaints } = await open(path)
  // React marks the document once it has taken it over.
  await page.waitForFunction(() => Object.keys(document).some((name) => name.startsWith('__react')))
  expect(complaints).toEqual([])
  await page.close()
})

test('a script or style that got into a page does not run', async () => {
  const { page, complaints } = await open('/')
  const ran = await page.evaluate(async () => {
    const holder = document.createElement('div')
    holder.innerHTML = '<img src="data:," onerror="window.ran = true"><style>body { opacity: 0 }</style>'
    document.body.append(holder)
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.body.append(script)
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    return 'ran' in window || getComputedStyle(document.body).opacity === '0'
  })
  expect(ran).toBe(false)
  expect(complaints.join()).toContain('Content Security Policy')
  await page.close()
})
