import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { chromium } from 'playwright-core'
import { chromiumPath } from './chromium.ts'

const CLI = join(import.meta.dirname, '../../node_modules/playwright-core/cli.js')
const ADVICE = 'install one and set CHROMIUM_PATH to it, or run this where one can be fetched.'

/**
 * The path of a Chromium, which is fetched where there is none: Playwright's own download into its cache, else, for root
 * on Debian, the package. At a terminal it asks first; elsewhere it says what it does. Throws one sentence when it cannot.
 */
export async function fetchChromium(say: (sentence: string) => void): Promise<string> {
  const there = chromiumPath()
  if (there) return there
  const mayInstall = process.getuid?.() === 0 && isDebian()
  if (!(await agreed(mayInstall))) throw new Error(`The browser tests need a Chromium: ${ADVICE}`)

  say("There is no Chromium here: fetching Playwright's own (about 180 MB, kept in its cache) …")
  // Its own patience is minutes for each of several hosts.
  // Its errors are stacks; what counts is said below.
  await run(process.execPath, [CLI, 'install', '--no-shell', 'chromium'], { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' }, 'ignore')
  const own = chromium.executablePath()
  // It may lack libraries of the system, which the package brings along.
  if (existsSync(own) && spawnSync(own, ['--version']).status === 0) return own
  if (mayInstall) {
    say("Playwright's could not be used: installing Debian's package chromium …")
    await run('apt-get', ['update', '-q'], {})
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], { DEBIAN_FRONTEND: 'noninteractive' })
    const packaged = chromiumPath({ ...process.env, CHROMIUM_PATH: '' })
    if (packaged && packaged !== own) return packaged
  }
  throw new Error(`The browser tests need a Chromium, and none could be fetched: ${ADVICE}`)
}

function isDebian(): boolean {
  return existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
}

async function agreed(mayInstall: boolean): Promise<boolean> {
  if (!process.stdin.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const otherwise = mayInstall ? " (or else Debian's package)" : ''
  const answer = await terminal.question(
    `There is no Chromium for the browser tests. Fetch Playwright's own, about 180 MB${otherwise}? [Y/n] `,
  )
  terminal.close()
  return !/^n/i.test(answer.trim())
}

/** Lets a program print; whether it succeeded is looked at afterwards. */
function run(program: string, args: string[], env: { [name: string]: string }, errors: 'inherit' | 'ignore' = 'inherit'): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', errors], env: { ...process.env, ...env } })
  return new Promise((resolve) => child.on('error', () => resolve()).on('close', () => resolve()))
}
