import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { z } from 'zod'
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts'
import { middle, say } from './measure.ts'

/** With what it brings it weighs 176 MB, so that it is no package of ours: npm fetches it into its cache when it is asked for. */
const LIGHTHOUSE = 'lighthouse@13.5.0'
/** What it measures varies with the machine; its own advice is the middle of several (https://github.com/GoogleChrome/lighthouse/blob/main/docs/variability.md). */
const RUNS = 3
const TARGET = 0.98
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const

const Score = z.object({ score: z.number() })
const Report = z.object({ categories: z.object({ performance: Score, accessibility: Score, 'best-practices': Score }) })
type Report = z.infer<typeof Report>

/**
 * Lighthouse's marks for the page at `address`, for a desk and for a phone, of 100. Also a program of its own:
 * `node tests/bench/lighthouse.ts <address>`.
 */
export async function measureLighthouse(address: string, of: string): Promise<void> {
  const visit = await entered(address)
  for (const form of ['desktop', 'mobile'] as const) {
    const reports: Report[] = []
    try {
      for (let run = 0; run < RUNS; run++) reports.push(await lighthouse(visit, form))
    } catch (error) {
      return say(`${of}: Lighthouse`, `not measured: ${error instanceof Error ? error.message.split('\n')[0] : error}`, '≥ 98')
    }
    for (const category of CATEGORIES) {
      const score = middle(reports.map(({ categories }) => categories[category].score).toSorted((one, other) => one - other))
      say(`${of}: Lighthouse, ${form}, ${category}`, String(Math.round(score * 100)), `≥ ${TARGET * 100}`)
    }
  }
}

type Visit = { address: string; headers: { [name: string]: string } }

/** As somebody comes who was here before: an address that holds a key gives a cookie and leads on, which only the first visit waits for. */
async function entered(address: string): Promise<Visit> {
  const answer = await fetch(address, { redirect: 'manual' })
  const cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0])
  const onward = answer.headers.get('Location')
  return onward ? { address: new URL(onward, address).href, headers: { Cookie: cookie.join('; ') } } : { address, headers: {} }
}

async function lighthouse({ address, headers }: Visit, form: 'desktop' | 'mobile'): Promise<Report> {
  const options = [
    '--output=json',
    '--output-path=stdout',
    '--quiet',
    '--no-enable-error-reporting',
    `--only-categories=${CATEGORIES}`,
    `--extra-headers=${JSON.stringify(headers)}`,
  ]
  const quoted = CHROMIUM_ARGS.map((argument) => argument.replace(/=(.* .*)/, '="$1"'))
  const flags = [`--chrome-flags=--headless ${quoted.join(' ')}`, ...(form === 'desktop' ? ['--preset=desktop'] : [])]
  const command = ['exec', '--yes', `--package=${LIGHTHOUSE}`, '--', 'lighthouse', address, ...options, ...flags]
  const env = { ...process.env, CHROME_PATH: chromiumPath() ?? '' }
  // Elsewhere than in the checkout, whose own packages npm would look at first.
  const { stdout } = await promisify(execFile)('npm', command, { cwd: tmpdir(), env, maxBuffer: 64 * 1024 * 1024 })
  return Report.parse(JSON.parse(stdout))
}

const [, called, address] = process.argv
if (called?.endsWith('lighthouse.ts') && address) await measureLighthouse(address, 'the page')
