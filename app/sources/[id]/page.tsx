import '../../sources.css'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { listGaps } from '#db/gaps'
import { delaysOf, runsByDay } from '#db/source-runs'
import { knownSource, type SourceRow, unreadableOf, withCounts } from '#db/sources'
import { ago, healthOf, span } from '#lib/sources/source-health'
import { hrefFor } from '../../address.ts'
import { attempt } from '../../attempt.ts'
import { Frame } from '../../frame.tsx'
import { GapRows } from '../../gap-row.tsx'
import { platformOf } from '../../platform.ts'
import { RunCharts } from '../../run-charts.tsx'
import { RunTable } from '../../run-table.tsx'
import { Moment, NextRun } from '../../source-table.tsx'
import { factsOf, stopped } from '../../source-words.ts'
import { sourceStrings as say } from '../../strings/source.ts'
import { Unreadable } from '../../unreadable.tsx'
import { UnreadableItems } from '../../unreadable-items.tsx'
import { type Visit, visitor } from '../../visitor.ts'

type Asked = { params: Promise<{ id: string }> }

const DAYS = 30

const sourceOf = cache(async (id: string): Promise<{ source: SourceRow | null } | null> => {
  const { reader } = await visitor()
  return attempt(() => knownSource(reader, Number(id)).then((source) => ({ source })))
})

export async function generateMetadata({ params }: Asked): Promise<Metadata> {
  return { title: (await sourceOf((await params).id))?.source?.name }
}

/** One source: how it fares now and fared for thirty days, what is missing of it, what of it was not understood. */
export default async function SourcePage({ params }: Asked) {
  const found = await sourceOf((await params).id)
  if (!found) return <Unreadable />
  const { source: known } = found
  // The web process looks first, and answers with words; this is for what goes in between.
  if (!known) notFound()
  const visit = await visitor()
  const { reader, zone, now } = visit
  const read = await attempt(() => readSource(known, visit))
  if (!read) return <Unreadable />
  const { source, days, delays, gaps, unreadable } = read
  const health = healthOf(source, now)
  return (
    <Frame here="sources">
      <div className="one-source" data-platform={source.platform}>
        <p>
          <a href="/sources">{say.all}</a>
        </p>
        <h1>{source.name}</h1>
        <p className="lead">
          {platformOf(source.platform).name}: {stopped(health.words)} {health.advice && stopped(health.advice)}{' '}
          <a href={hrefFor({ sources: [source.id] })}>{say.posts}</a>
        </p>
        {reader.role === 'owner' && <ReadNow source={source} />}
        <dl className="facts">
          <dt>{say.how}</dt>
          <dd>{factsOf(source, health).join(' · ')}</dd>
          <dt>{say.lastSuccess}</dt>
          <dd>
            {source.lastSuccessAt ? <Moment at={source.lastSuccessAt} told={ago(source.lastSuccessAt, now)} zone={zone} /> : say.none}
          </dd>
          <dt>{say.nextRun}</dt>
          <dd>
            <NextRun one={{ source, health }} zone={zone} now={now} />
          </dd>
          <dt>{say.lastPost}</dt>
          <dd>{source.lastPostAt ? <Moment at={source.lastPostAt} told={ago(source.lastPostAt, now)} zone={zone} /> : say.none}</dd>
          <dt>{say.firstRead}</dt>
          <dd>{source.firstReadAt ? <Moment at={source.firstReadAt} told={ago(source.firstReadAt, now)} zone={zone} /> : say.notYet}</dd>
          <dt>{say.inDay}</dt>
          <dd>{source.postsLastDay.toLocaleString('en')}</dd>
          <dt>{say.inAll}</dt>
          <dd>{source.postsInAll.toLocaleString('en')}</dd>
          <dt>{say.delay}</dt>
          <dd>{delays ? say.delays(span(delays.median * 1000), span(delays.most * 1000)) : say.delayUnknown}</dd>
        </dl>
        <section aria-labelledby="days">
          <h2 id="days">{say.days(DAYS)}</h2>
          {days.length === 0 ? (
            <p>{say.noRuns}</p>
          ) : (
            <>
              <RunCharts days={days} platform={source.platform} zone={zone} now={now} />
              <RunTable days={days} />
            </>
          )}
        </section>
        <section aria-labelledby="gaps">
          <h2 id="gaps">{say.gaps}</h2>
          {gaps.length === 0 ? <p>{say.noGaps}</p> : <GapRows gaps={gaps} zone={zone} />}
        </section>
        {reader.role === 'owner' && <UnreadableItems source={source} items={unreadable} zone={zone} />}
      </div>
    </Frame>
  )
}

async function readSource(row: SourceRow, { reader, zone, now }: Visit) {
  const from = new Date(now.getTime() - DAYS * 86_400_000)
  const [[source], days, delays, gaps, unreadable] = await Promise.all([
    withCounts(reader, [row]),
    runsByDay(reader, row.id, { zone, now }),
    delaysOf([row.id], now),
    listGaps(reader, { from, to: now, sources: [row.id], now }),
    unreadableOf(reader, row.id),
  ])
  return { source: source ?? { ...row, postsInAll: 0, postsLastDay: 0 }, days, delays: delays.get(row.id) ?? null, gaps, unreadable }
}

/** What is paused or off is not read; what its platform asked to wait for is not either. */
function ReadNow({ source }: { source: SourceRow }) {
  if (source.pausedAt || source.off) return null
  if (source.trouble === 'rate-limited') return <p>{say.toldToWait}</p>
  if (source.hurriedAt) return <p role="status">{say.willBeRead}</p>
  return (
    <form method="post" action="/sources/run">
      <input type="hidden" name="source" value={source.id} />
      <button type="submit">{say.readNow}</button>
    </form>
  )
}
