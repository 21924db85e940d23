import type { Metadata } from 'next'
import { Frame } from '../frame.tsx'
import { Sentence } from '../sentence.tsx'
import { reportStrings as words } from '../strings/opt-out.ts'

type Asked = { [name: string]: string | string[] | undefined }

export const metadata: Metadata = { title: words.title }

/** `/report?post=…`: what is wrong with a post, for the owner to look at. Says nothing of whether there is such a post. */
export default async function ReportPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const { post: asked, said } = await searchParams
  const [written = ''] = [asked].flat()
  const post = /^\d{1,15}$/.test(written) ? written : null
  return (
    <Frame>
      <h1>{words.title}</h1>
      {said === 'sent' ? (
        <p className="done" role="status">
          {words.sent}
        </p>
      ) : said || !post ? (
        <p className="problem" role="alert">
          {words.notSent}
        </p>
      ) : (
        <>
          <p className="lead">{words.lead}</p>
          <form method="post" action="/report/send" className="settings">
            <input type="hidden" name="post" value={post} />
            <p className="field">
              <span>{words.post}</span>
              <a href={`/p/${post}`}>/p/{post}</a>
            </p>
            <p className="field">
              <label htmlFor="report-words">{words.words}</label>
              <span>
                <textarea id="report-words" name="words" rows={4} maxLength={1000} required />
              </span>
            </p>
            <p className="does">
              <button type="submit">{words.send}</button>
            </p>
          </form>
          <p className="lead">
            <Sentence of={words.yours} parts={{ link: <a href={`/opt-out?post=${post}`}>{words.leaveOut}</a> }} />
          </p>
        </>
      )}
    </Frame>
  )
}
