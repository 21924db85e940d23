import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const PLACES = [
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * A Chromium of this machine: CHROMIUM_PATH, else on PATH, else in the usual places, else what Playwright has downloaded;
 * null when there is none. Throws when CHROMIUM_PATH names nothing.
 */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string | null {
  if (env.CHROMIUM_PATH) {
    if (existsSync(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH
    throw new Error(`CHROMIUM_PATH is ${env.CHROMIUM_PATH}, and there is no such file.`)
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  const places = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...PLACES, chromium.executablePath()]
  return places.find((place) => existsSync(place)) ?? null
}

/** Root has no sandbox; QUIC and the background services would look for the internet. */
export const CHROMIUM_ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
  // A rule for all, as a route of Playwright's would be, but such a route shows a form's redirect as the page behind it.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

/**
 * Starts it without a window and with a fresh profile; it talks to nobody of its own accord, and knows no host but this
 * computer. Close it after use.
 */
export function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath()
  if (!executablePath) throw new Error('There is no Chromium here: `npm test` fetches one, or set CHROMIUM_PATH.')
  return chromium.launch({
    executablePath,
    headless: true,
    args: CHROMIUM_ARGS,
  })
}
