import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

/** What `deploy/` ships is held to what the program knows, and to each format's own tool where that is installed. */
const ROOT = join(import.meta.dirname, '../..')
const DEPLOY = join(ROOT, 'deploy')
const read = (file: string) => readFileSync(join(DEPLOY, file), 'utf8')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'backplane-deploy-'))
afterAll(() => rmSync(folder, { recursive: true }))

const Service = z.object({ environment: z.record(z.string(), z.unknown()), read_only: z.boolean().optional() })
const Compose = z.object({ services: z.object({ web: Service, worker: Service }) })

/** What the launcher itself, Node and Next are told; the rest is Backplane's configuration. */
const NOT_OURS = ['BACKPLANE_IMAGE', 'NODE_ENV', 'NEXT_TELEMETRY_DISABLED']

describe('what the files of deploy set', () => {
  const compose = Compose.parse(parse(read('compose.yaml'), { merge: true }))
  const settings = {
    'compose.yaml': Object.keys({ ...compose.services.web.environment, ...compose.services.worker.environment }),
    'kubernetes.yaml': [...read('kubernetes.yaml').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name ?? ''),
    Dockerfile: [...read('Dockerfile').matchAll(/^(?:ENV| {4}) ?([A-Z_]+)=/gm)].map(([, name]) => name ?? ''),
    'backplane@.service': [...read('backplane@.service').matchAll(/^Environment=([A-Z_]+)=/gm)].map(([, name]) => name ?? ''),
  }
  test.each(Object.entries(settings))('%s sets nothing that the README does not explain', (_file, names) => {
    expect(names.length).toBeGreaterThan(1)
    expect(names.filter((name) => !NOT_OURS.includes(name) && !readme.includes(`| \`${name}\``))).toEqual([])
  })

  test('two web processes and two workers run on roots that nobody writes, as nobody in particular', () => {
    expect(compose.services).toMatchObject({ web: { read_only: true }, worker: { read_only: true } })
    expect(read('Dockerfile')).toMatch(/^USER node$/m)
    const pods = parseAllDocuments(read('kubernetes.yaml')).map((document) => JSON.stringify(document.toJS()))
    const running = pods.filter((pod) => pod.includes('"containers"'))
    expect(running).toHaveLength(2)
    for (const pod of running) for (const held of ['"runAsNonRoot":true', '"readOnlyRootFilesystem":true']) expect(pod).toContain(held)
  })
})

const isInstalled = (program: string) => !spawnSync(program, ['--version']).error

/** What `program` has to say against a file: nothing, when it is right. */
function problemsBy(program: string, args: string[], env: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  return status === 0 ? '' : `${stdout}${stderr}`
}

describe('by the tool of its own, where that is installed', () => {
  test.skipIf(!isInstalled('docker-compose'))('compose.yaml, with what its example asks for, is one', () => {
    const given = join(folder, 'compose.env')
    const filled = read('compose.env.example').replace(/^(DATABASE_PASSWORD|AUTH_SECRET)=$/gm, '$1=0123456789abcdef0123456789abcdef')
    writeFileSync(given, filled)
    expect(problemsBy('docker-compose', ['-f', join(DEPLOY, 'compose.yaml'), '--env-file', given, 'config', '-q'])).toBe('')
  })

  test.skipIf(!isInstalled('caddy'))('compose.Caddyfile is one', () => {
    const args = ['validate', '--adapter', 'caddyfile', '--config', join(DEPLOY, 'compose.Caddyfile')]
    expect(problemsBy('caddy', args, { NAME: 'hpc.example.org', HOME: folder })).toBe('')
  })

  test.skipIf(!isInstalled('systemd-analyze')).each(['backplane.service', 'backplane@.service'])('%s is a unit', (unit) => {
    const copy = join(folder, unit.replace('@', '@web-1'))
    // The checkout lies where a person puts it.
    writeFileSync(copy, read(unit).replace(/^WorkingDirectory=.*$/m, `WorkingDirectory=${ROOT}`))
    const whose = unit.includes('@') ? [] : ['--user']
    expect(problemsBy('systemd-analyze', ['verify', '--man=no', ...whose, copy], { XDG_RUNTIME_DIR: folder })).toBe('')
  })
})

test('what the image copies and starts is there', () => {
  expect(existsSync(join(ROOT, 'lib/launch.js'))).toBe(true)
  const launch = readFileSync(join(ROOT, 'lib/launch.js'), 'utf8')
  for (const command of ['start', 'owner', 'backup']) expect(launch).toContain(`\n  ${command}: {`)
})
