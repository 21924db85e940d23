import { workerAlive } from '#db/heartbeats'

export const dynamic = 'force-dynamic'

/** A database that takes longer does not answer, as far as a reader is concerned. */
const PATIENCE_MS = 2000
/** Workers beat every few seconds: half a minute of silence is no accident. */
const WORKER_SILENCE_SECONDS = 30

/**
 * 200 only when the database answers and a worker is alive; else 503, with what is missing. `?part=web` asks whether this
 * process can serve: a balancer that took it out because no worker lives would take the pages from readers, too.
 */
export async function GET(request: Request): Promise<Response> {
  const worker = await within(PATIENCE_MS, workerAlive(WORKER_SILENCE_SECONDS)).catch(() => null)
  const missing = worker === null ? ['database'] : worker ? [] : ['worker']
  const parts = { database: worker !== null, worker: worker ?? false }
  const headers = { 'Cache-Control': 'no-store' }
  const ok = new URL(request.url).searchParams.get('part') === 'web' ? parts.database : missing.length === 0
  return Response.json({ ok, ...parts, missing }, { status: ok ? 200 : 503, headers })
}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer))
}
