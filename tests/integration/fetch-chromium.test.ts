import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../support/program.ts'

vi.setConfig({ testTimeout: 90_000 })

const folder = temporaryFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const MODULE = join(import.meta.dirname, '../support/fetch-chromium.ts')
const isRootOnDebian =
  process.platform === 'linux' && process.getuid?.() === 0 && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))

/** Looks for a Chromium on a machine that has only what is in `bin`, and from which Playwright's download cannot be reached. */
function fetchOn(bin: string, env: { [name: string]: string } = {}) {
  const script = `const { fetchChromium } = await import(${JSON.stringify(MODULE)})
    await fetchChromium(console.log).then((path) => console.log('found ' + path), (error) => { console.error(error.message); process.exit(1) })`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    input: '',
    env: {
      NODE_ENV: 'test',
      PATH: bin,
      HOME: folder,
      PLAYWRIGHT_BROWSERS_PATH: join(folder, 'browsers'),
      PLAYWRIGHT_DOWNLOAD_HOST: 'http://127.0.0.1:9',
      ...env,
    },
  })
}

/** A folder for PATH with an apt-get that does as the script says. */
function machine(name: string, aptGet: string): string {
  const bin = join(folder, name)
  mkdirSync(bin)
  writeFileSync(join(bin, 'apt-get'), `#!/bin/sh\n${aptGet}\n`, { mode: 0o755 })
  return bin
}

test('CHROMIUM_PATH comes first, and a wrong one is said', () => {
  expect(fetchOn(folder, { CHROMIUM_PATH: process.execPath }).stdout).toBe(`found ${process.execPath}\n`)
  expect(fetchOn(folder, { CHROMIUM_PATH: '/nowhere' }).stderr).toBe('CHROMIUM_PATH is /nowhere, and there is no such file.\n')
})

test('where none can be fetched it ends with a sentence', () => {
  const { status, stdout, stderr } = fetchOn(machine('without', 'exit 100'))
  expect(status).toBe(1)
  expect(stdout).toMatch(/^There is no Chromium here: fetching Playwright's own/)
  expect(stderr).toMatch(/^The browser tests need a Chromium, and none could be fetched: [^\n]*\n$/)
})

test.runIf(isRootOnDebian)("root on Debian gets Debian's package when Playwright's cannot be had", () => {
  const bin = machine('debian', `case "$*" in *install*chromium*) echo > ${folder}/debian/chromium ;; esac`)
  const { status, stdout } = fetchOn(bin)
  expect(stdout).toContain("installing Debian's package chromium")
  expect(stdout).toMatch(new RegExp(`^found ${bin}/chromium$`, 'm'))
  expect(status).toBe(0)
})
