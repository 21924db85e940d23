// Plain JavaScript that Node 20.9 runs: this is looked at before anything is installed.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ platform: string, arch: string, musl: boolean, node: string }} Machine */

/** On Linux x64 with glibc a Node comes as a package; everywhere else the machine's own does the work. */
/** @param {Machine} machine */
export function bringsItsNode({ platform, arch, musl }) {
  return platform === 'linux' && arch === 'x64' && !musl
}

/**
 * What this machine lacks, as one sentence, or null. Node 20.9 is what Next and npm ask for; Node 22.18 runs TypeScript as it is.
 * @param {Machine} machine
 * @returns {string | null}
 */
export function whatIsMissing(machine) {
  const { platform, arch, node } = machine
  if (platform === 'win32')
    return 'Backplane does not run on Windows itself: start it in WSL 2 (https://learn.microsoft.com/windows/wsl/install).'
  const needed = bringsItsNode(machine) ? '20.9' : '22.18'
  if (atLeast(node, needed)) return null
  const place = bringsItsNode(machine) ? '' : ` on ${platform} ${arch}${machine.musl ? ' with musl' : ''}`
  return `Backplane needs Node ${needed} or newer${place}, and this is Node ${node}: install one from https://nodejs.org/ and run this again.`
}

/**
 * @param {string} version
 * @param {string} needed
 */
function atLeast(version, needed) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number)
  return major > neededMajor || (major === neededMajor && minor >= neededMinor)
}

/** @returns {Machine} */
export function thisMachine() {
  const report = process.report
  // Looking up the names of open connections could take long.
  Object.assign(report, { excludeNetwork: true })
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (report.getReport())
  const musl = process.platform === 'linux' && !header.glibcVersionRuntime
  return { platform: process.platform, arch: process.arch, musl, node: process.versions.node }
}

/**
 * Whether node_modules is what the lock asks for. npm writes down what it has installed, at its end; packages for other
 * platforms are in the lock only, so that an optional one may be missing, but not be another version.
 * @param {string} root
 * @param {string[]} needed folders in node_modules that must be there although they are optional
 */
export function installIsStale(root, needed) {
  const written = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(written) || needed.some((folder) => !existsSync(join(root, 'node_modules', folder)))) return true
  const installed = JSON.parse(readFileSync(written, 'utf8')).packages
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(locked).some(([path, { version, optional, integrity }]) => {
    if (path === '') return false
    const there = installed[path]
    return there ? there.version !== version || there.integrity !== integrity : !optional
  })
}

/** What a build is made of. */
const INPUTS = [
  'app',
  'connectors',
  'db',
  'lib',
  'public',
  'next.config.js',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'proxy.ts',
]

/**
 * A hash of everything a build is made of: the same inputs need no new build.
 * @param {string} root
 */
export function hashOfInputs(root) {
  const hash = createHash('sha256')
  for (const input of INPUTS) if (existsSync(join(root, input))) add(input)
  return hash.digest('hex')

  /** @param {string} path */
  function add(path) {
    const full = join(root, path)
    const entries = readdirIfFolder(full)
    if (!entries) return hash.update(`${path}\0`).update(readFileSync(full)).update('\0')
    for (const entry of entries.sort()) if (entry !== 'fixtures' && entry !== 'migrations') add(join(path, entry))
  }
}

/** @param {string} path */
function readdirIfFolder(path) {
  try {
    return readdirSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return null
    throw error
  }
}

/**
 * Why npm could not install, as one sentence, from what it printed.
 * @param {string} output
 */
export function whyNotInstalled(output) {
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network/i.test(output))
    return 'The packages could not be fetched, because the package registry cannot be reached: connect to the internet (or set HTTPS_PROXY) and run this again.'
  if (/ENOSPC/.test(output)) return 'The packages could not be installed, because the disk is full: make room and run this again.'
  if (/EACCES|EPERM|EROFS/.test(output))
    return 'The packages could not be installed, because this user may not write to node_modules: run this as the owner of the folder.'
  const last = output
    .split('\n')
    .filter((line) => /npm error (?!A complete log|\s)/.test(line))
    .map((line) => line.replace(/^npm error\s*/, ''))
  return `The packages could not be installed: ${last.slice(-2).join(' ') || 'npm gave no reason'}.`
}
