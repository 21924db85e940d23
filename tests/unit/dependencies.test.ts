import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import lock from '../../package-lock.json' with { type: 'json' }

/** What is installed with this program, as the lock file says. */
type Package = {
  name: string
  version: string
  hasInstallScript?: boolean
  optional?: boolean
  resolved?: string
  integrity?: string
  link?: boolean
}

const packages: Package[] = Object.entries(lock.packages)
  .filter(([place]) => place !== '')
  .map(([place, locked]) => ({ name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length), ...locked }))

/**
 * Versions with known vulnerabilities that something here could bring again, each with the first that is mended: what depends on
 * an older one gets an entry in `overrides`. Kept by hand, since there is no registry to ask in a test.
 */
const MENDED: [name: string, since: string, why: string][] = [
  ['esbuild', '0.25.0', 'its development server answers any page (GHSA-67mh-4wv8-2f99)'],
  ['tough-cookie', '4.1.3', 'prototype pollution (CVE-2023-26136)'],
  ['ws', '8.17.1', 'a request with many headers ends the process (CVE-2024-37890)'],
  ['form-data', '4.0.4', 'boundaries that can be guessed (CVE-2025-7783)'],
  ['qs', '6.14.1', 'no limit for arrays in brackets (CVE-2025-15284)'],
  ['json-schema', '0.4.0', 'prototype pollution (CVE-2021-3918)'],
  ['lodash', '4.17.21', 'commands in templates (CVE-2021-23337)'],
  ['nanoid', '3.3.8', 'ids that can be guessed (CVE-2024-55565)'],
  ['postcss', '8.4.31', 'line ends in comments (CVE-2023-44270)'],
  ['debug', '2.6.9', 'slow patterns (CVE-2017-16137)'],
  ['sanitize-html', '2.12.1', 'what files there are (CVE-2024-21501)'],
  ['semver', '7.5.2', 'slow patterns (CVE-2022-25883)'],
  ['undici', '7.18.2', 'answers that are decompressed without end (CVE-2026-22036)'],
  ['next', '16.0.7', 'code from requests (CVE-2025-66478)'],
  ['nodemailer', '7.0.7', 'mail to another domain than it says (GHSA-mm7p-fcc7-pg87)'],
  ['on-headers', '1.1.0', 'headers changed by mistake (CVE-2025-7339)'],
]

/** Whether version `a` is older than `b`, by their numbers; what comes before a release counts as the release. */
function isOlder(a: string, b: string): boolean {
  const [one, other] = [a, b].map((version) => (version.split(/[-+]/)[0] ?? '').split('.').map(Number))
  for (const index of [0, 1, 2]) if (one?.[index] !== other?.[index]) return (one?.[index] ?? 0) < (other?.[index] ?? 0)
  return false
}

test('a package with an install script is allowed or refused by its name', () => {
  const decided = Object.keys(manifest.allowScripts)
  const scripted = [...new Set(packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name))]
  expect(scripted.filter((name) => !decided.includes(name))).toEqual([])
  expect(decided.filter((name) => !scripted.includes(name))).toEqual([])
})

test('nothing is installed at a version whose vulnerability is known and mended', () => {
  const vulnerable = packages.flatMap(({ name, version }) =>
    MENDED.filter(([of, since]) => of === name && isOlder(version, since)).map(
      ([, since, why]) => `${name} ${version}, before ${since}: ${why}`,
    ),
  )
  expect(vulnerable).toEqual([])
  for (const [a, b] of [
    ['1.9.9', '2.0.0'],
    ['2.0.9', '2.0.10'],
    ['2.9.0', '2.10.0-beta.1'],
  ] as const)
    expect([isOlder(a, b), isOlder(b, a)]).toEqual([true, false])
})

// What is optional for other machines was never downloaded on the one that made the lock.
test('all of it comes from the registry, with the hash of what it was when it was taken', () => {
  expect(
    packages
      .filter(
        ({ resolved = '', integrity, link, optional }) =>
          /^(?:git|http:|file:)/.test(resolved) || link || !(optional || integrity?.startsWith('sha')),
      )
      .map(({ name }) => name),
  ).toEqual([])
})
