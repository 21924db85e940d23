import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { stopWithNpm } from '#lib/stop-with-npm'
import { fetchChromium } from './support/fetch-chromium.ts'

/**
 * What `npm test`, `npm run check` and `npm run test:peers` run, one step after the other, until one fails. Words after
 * `npm test --` go to Vitest: a part of a file's name runs the tests of such files only.
 */
const root = join(import.meta.dirname, '..')
const tool = (file: string) => join(root, 'node_modules', file)
const [command = 'test', ...words] = process.argv.slice(2)
const vitest = (...projects: string[]) => [
  tool('vitest/vitest.mjs'),
  'run',
  ...['--config', join(root, 'tests/vitest.config.ts'), '--passWithNoTests'],
  ...projects.flatMap((project) => ['--project', project]),
  ...words,
]

type Step = { what: string; run: string[] }
const CHECK: Step[] = [
  { what: 'Types', run: [tool('typescript/bin/tsc'), '--noEmit'] },
  { what: 'Lint and format', run: [tool('@biomejs/biome/bin/biome'), 'check'] },
]
const STEPS: { [command: string]: Step[] } = {
  check: CHECK,
  test: [
    ...CHECK,
    { what: 'Unit and integration tests, on a real Postgres', run: vitest('unit', 'integration') },
    { what: 'The pages, where they are not built yet', run: [join(root, 'lib/launch.js'), 'build'] },
    { what: 'Browser tests, in a real Chromium', run: vitest('browser') },
  ],
  'test:peers': [{ what: 'Tests against real servers', run: vitest('peers') }],
}

stopWithNpm()
try {
  const steps = STEPS[command] ?? []
  // First, because it may ask.
  if (command === 'test') {
    const path = await fetchChromium(console.log)
    process.env.CHROMIUM_PATH = path
    console.log(`The browser tests use ${path}.`)
  }
  for (const [index, { what, run }] of steps.entries()) {
    console.log(`\n${index + 1}/${steps.length} ${what}`)
    const startedAt = Date.now()
    const code = await exitCode(run)
    if (code !== 0) {
      console.error(`\n${what}: failed.`)
      process.exit(code)
    }
    console.log(`${what}: good, ${Math.round((Date.now() - startedAt) / 1000)} s.`)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

function exitCode(args: string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
  // Ctrl-C reaches the child by itself, and it has to clean up; a signal to this process has to be passed on.
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGTERM', pass).on('SIGINT', () => {})
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}
