import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Reader } from '#db/audience'
import { mailFigures } from '#db/mail-figures'
import { type Measures, measure } from '#db/measures'
import type { Config } from '../config.ts'
import { nextDigest } from '../digest/next-digest.ts'
import { log } from '../log.ts'
import { showsToken } from './bearer.ts'
import { isLoopback } from './gate.ts'

/** `/metrics` of this web process, as Prometheus reads it (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export type Metrics = {
  /** Times the answer to this request. */
  watch(request: IncomingMessage, response: ServerResponse): void
  /**
   * Whether the request was one for metrics, and was answered: to owners, to who shows METRICS_TOKEN, and in community
   * mode to this machine itself, directly (`direct`), whose users are its operators. The numbers count what is for members, too.
   */
  take(request: IncomingMessage, response: ServerResponse, reader: Reader, direct: boolean): Promise<boolean>
}

/** A page takes some 10 ms, an image from elsewhere seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics(
  { METRICS_TOKEN }: Pick<Config, 'METRICS_TOKEN'>,
  live: { count(): number },
  kept: { counts(): { kept: number; made: number; bytes: number } },
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const answers = new Histogram({
    name: 'backplane_answer_seconds',
    help: 'Time from a request to the end of its answer, by what was asked for and how it went.',
    labelNames: ['kind', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  })
  new Gauge({
    name: 'backplane_live_readers',
    help: 'Open pages of this process that are told what is new.',
    registers: [registry],
    collect() {
      this.set(live.count())
    },
  })
  new Counter({
    name: 'backplane_kept_pages_total',
    help: 'Pages that everybody is shown alike, by whether one that was there was shown (kept) or one had to be made.',
    labelNames: ['how'],
    registers: [registry],
    collect() {
      const { kept: shown, made } = kept.counts()
      this.reset()
      this.inc({ how: 'kept' }, shown)
      this.inc({ how: 'made' }, made)
    },
  })
  new Gauge({
    name: 'backplane_kept_pages_bytes',
    help: 'Memory that such pages take.',
    registers: [registry],
    collect() {
      this.set(kept.counts().bytes)
    },
  })
  const faults = new Counter({
    name: 'backplane_measure_faults_total',
    help: 'Times that the database could not be asked.',
    registers: [registry],
  })
  const fill = gauges(registry)

  return {
    watch(request, response) {
      const kind = kindOf(request.url ?? '/')
      // How long a page stays open says nothing about us.
      if (kind === 'live') return
      const end = answers.startTimer({ kind })
      response.on('close', () => end({ status: response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : 'left' }))
    },
    async take(request, response, reader, direct) {
      if (!/^\/metrics\/?(?:\?|$)/.test(request.url ?? '')) return false
      const allowed = reader.role === 'owner' || direct || showsToken(request.headers.authorization, METRICS_TOKEN)
      const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }
      if (!allowed) {
        response.writeHead(403, headers).end('Metrics are for owners, and for who shows METRICS_TOKEN as a bearer token.\n')
        return true
      }
      try {
        const now = new Date()
        const [measures, mail, nextAt] = await Promise.all([measure({ role: 'owner' }), mailFigures(now), nextDigest(now)])
        if (measures) fill(measures, { ...mail, nextAt })
      } catch (err) {
        // What is known without the database is told all the same: that is when it is looked at.
        log.warn({ err }, 'the database could not be asked for metrics')
        faults.inc()
      }
      response.writeHead(200, { ...headers, 'Content-Type': registry.contentType }).end(await registry.metrics())
      return true
    },
  }
}

/** Whether it was asked on this machine itself, under a name of this machine, and through nobody. */
export function isDirect({ headers, socket }: IncomingMessage, config: Pick<Config, 'MODE'>): boolean {
  const from = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const forwarded = Object.keys(headers).some((name) => /^(?:forwarded|via|x-forwarded-|x-real-ip)/.test(name))
  const here = isLoopback(headers.host ?? '') && isLoopback(from.includes(':') ? `[${from}]` : from)
  return config.MODE === 'community' && here && !forwarded
}

type MailMeasures = Awaited<ReturnType<typeof mailFigures>> & { nextAt: Date | null }

/** Returns what sets them to what the database says now. Sources that are gone are told of no more. */
function gauges(registry: Registry): (measures: Measures, mail: MailMeasures) => void {
  const one = (name: string, help: string, labelNames: string[] = []) => new Gauge({ name, help, labelNames, registers: [registry] })
  const bySource = ['source', 'platform']
  const all = {
    posts: one('backplane_posts', 'Posts that are stored, roughly.'),
    unindexed: one('backplane_unindexed_posts', 'Posts that search has yet to look at.'),
    workers: one('backplane_workers', 'Workers that gave a sign of life in the last 30 s.'),
    seen: one('backplane_source_posts_seen', 'Posts that a source showed since it was added.', bySource),
    unreadable: one('backplane_source_unreadable', 'Items of a source that were not understood.', bySource),
    failures: one('backplane_source_failures', 'Failures of a source since its last success.', bySource),
    polls: one('backplane_source_polls', 'Readings of a source that ended in the last 30 days, by how.', [...bySource, 'outcome']),
    lag: one('backplane_source_lag_seconds', 'Since a source was last read to the end.', bySource),
    subscriptions: one('backplane_digest_subscriptions', 'Subscriptions of digests by mail, by state.', ['state']),
    mails: one('backplane_digest_mails', 'Digests of the last 24 hours by what became of them, and those that wait (`open`).', ['outcome']),
    lastMail: one('backplane_digest_last_sent_timestamp_seconds', 'When a digest was last sent; 0: never.'),
    nextMail: one('backplane_digest_next_timestamp_seconds', 'When the next digest is due; 0: nobody gets one.'),
    jobs: one('backplane_jobs', 'Jobs by queue and state: what waits is `created` or `retry`.', ['queue', 'state']),
  }
  return (measures, mail) => {
    for (const gauge of [all.seen, all.unreadable, all.failures, all.polls, all.lag, all.jobs]) gauge.reset()
    all.posts.set(measures.posts)
    all.unindexed.set(measures.unindexed)
    all.workers.set(measures.workers)
    for (const { id, name, platform, ...its } of measures.sources) {
      // Two sources may bear one name.
      const labels = { source: `${id} ${name}`, platform }
      all.seen.set(labels, its.postsSeen)
      all.unreadable.set(labels, its.unreadable)
      all.failures.set(labels, its.failures)
      all.polls.set({ ...labels, outcome: 'ok' }, its.runs - its.failedRuns)
      all.polls.set({ ...labels, outcome: 'failed' }, its.failedRuns)
      if (its.silentSeconds !== null) all.lag.set(labels, its.silentSeconds)
    }
    for (const state of ['running', 'ended', 'bounced'] as const) all.subscriptions.set({ state }, mail[state])
    for (const outcome of ['sent', 'failed', 'skipped', 'open'] as const) all.mails.set({ outcome }, mail[outcome])
    all.lastMail.set((mail.lastSentAt?.getTime() ?? 0) / 1000)
    all.nextMail.set((mail.nextAt?.getTime() ?? 0) / 1000)
    for (const { queue, state, count } of measures.jobs) all.jobs.set({ queue, state }, count)
  }
}

/** Few words: every label is a series of its own, and a reader's questions are nobody's business. */
function kindOf(url: string): string {
  const path = url.replace(/[?#].*/s, '')
  if (path === '/api/live') return 'live'
  if (path.startsWith('/_next/')) return 'static'
  if (path.startsWith('/media/')) return 'media'
  if (path.startsWith('/api/')) return 'api'
  if (/^\/search(?:\/|$)/.test(path)) return 'search'
  return /\.(?:xml|json)$/.test(path) ? 'feed' : 'page'
}
