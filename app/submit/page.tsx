import type { Metadata } from 'next'
import type { Reader } from '#db/audience'
import { getTimeline } from '#db/timeline'
import { handedIn, submissionFields, submissionProblems } from '#lib/reading/submit-link'
import { attempt } from '../attempt.ts'
import { Frame } from '../frame.tsx'
import { submitStrings as strings } from '../strings/submit.ts'
import { visitor } from '../visitor.ts'
import { isoTime } from '../when.ts'

export const metadata: Metadata = { title: strings.title }

type Asked = { [name: string]: string | string[] | undefined }

/** Where a reader hands in a link, and the owner withdraws one. */
export default async function SubmitPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const asked = await searchParams
  const { reader, zone } = await visitor()
  const problem = submissionProblems.find((word) => word === asked.problem)
  return (
    <Frame>
      <h1>{strings.title}</h1>
      <p className="lead">{reader.role === 'anonymous' ? strings.members : strings.lead}</p>
      {problem && (
        <p className="problem" role="alert">
          {strings.problems[problem]}
        </p>
      )}
      {asked.withdrawn === '1' && (
        <p className="done" role="status">
          {strings.withdrawn}
        </p>
      )}
      {reader.role !== 'anonymous' && <SubmitForm asked={asked} zone={zone} />}
      {reader.role === 'owner' && <Submitted reader={reader} zone={zone} />}
    </Frame>
  )
}

function SubmitForm({ asked, zone }: { asked: Asked; zone: string }) {
  const field = (name: keyof typeof submissionFields, hint?: string) => ({
    ...{ id: `submit-${name}`, name, maxLength: submissionFields[name], defaultValue: [asked[name]].flat()[0] },
    ...{ autoComplete: name === 'name' ? 'name' : 'off', 'aria-describedby': hint && `submit-${name}-hint` },
  })
  return (
    <form method="post" action="/submit/send" className="settings">
      <Field name="url" label={strings.url} hint={strings.urlHint}>
        <input type="url" required {...field('url', strings.urlHint)} />
      </Field>
      <Field name="title" label={strings.says} hint={strings.saysHint}>
        <input required {...field('title', strings.saysHint)} />
      </Field>
      <Field name="author" label={strings.author}>
        <input {...field('author')} />
      </Field>
      <Field name="at" label={strings.at} hint={strings.atHint(zone)}>
        <input type="datetime-local" {...field('at', strings.atHint(zone))} />
      </Field>
      <Field name="note" label={strings.note} hint={strings.noteHint}>
        <textarea rows={3} {...field('note', strings.noteHint)} />
      </Field>
      <Field name="name" label={strings.name} hint={strings.nameHint}>
        <input required {...field('name', strings.nameHint)} />
      </Field>
      <p className="does">
        <button type="submit">{strings.does}</button>
      </p>
    </form>
  )
}

function Field({ name, label, hint, children }: { name: string; label: string; hint?: string; children: React.ReactNode }) {
  return (
    <p className="field">
      <label htmlFor={`submit-${name}`}>{label}</label>
      <span>
        {children}
        {hint && <small id={`submit-${name}-hint`}>{hint}</small>}
      </span>
    </p>
  )
}

/** The newest of what was handed in, each with the way to take it back. */
async function Submitted({ reader, zone }: { reader: Reader; zone: string }) {
  const { id: platform } = handedIn()
  const page = await attempt(() => getTimeline(reader, { platforms: [platform], limit: 50 }))
  const posts = (page?.entries ?? []).flatMap((entry) => entry.posts).filter((post) => post.platform === platform)
  return (
    <section className="kept" aria-labelledby="submitted">
      <h2 id="submitted">{strings.own}</h2>
      {posts.length === 0 && <p>{strings.none}</p>}
      <ul className="list">
        {posts.map(({ id, externalId, url, card, share, sortAt }) => (
          <li key={id}>
            <b dir="auto">
              <a href={`/p/${id}`}>{card?.title || url}</a>
            </b>
            <small>{[share && strings.by(share.by.name), isoTime(sortAt, zone)].filter(Boolean).join(' · ')}</small>
            <form method="post" action="/submit/send">
              <input type="hidden" name="withdraw" value={externalId} />
              <button type="submit" className="plain" aria-label={strings.withdrawNamed(card?.title || (url ?? ''))}>
                {strings.withdraw}
              </button>
            </form>
          </li>
        ))}
      </ul>
    </section>
  )
}
