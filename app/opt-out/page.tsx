import type { Metadata } from 'next'
import { requestBy } from '#db/requests'
import { configuration } from '#lib/config'
import { tagThatProves, whereToProve } from '#lib/consent/opt-out'
import { attempt } from '../attempt.ts'
import { Choice } from '../choice.tsx'
import { Contact } from '../contact.tsx'
import { Frame } from '../frame.tsx'
import { Sentence } from '../sentence.tsx'
import { optOutStrings as words } from '../strings/opt-out.ts'
import { Unreadable } from '../unreadable.tsx'

type Asked = { [name: string]: string | string[] | undefined }

export const metadata: Metadata = { title: words.title }

/** `/opt-out` asks who wants to be left out; `?code=…` says how far it is, and what is to be done next. `?post=…` is about a post here. */
export default async function OptOutPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const asked = await searchParams
  const code = one(asked.code)
  const said = one(asked.said)
  const problem = said && said in words.problems ? words.problems[said] : null
  const found = await attempt(() => (code ? requestBy(code).then((request) => ({ request })) : Promise.resolve({ request: null })))
  if (!found) return <Unreadable />
  const { request } = found
  if (!request) return <Begun problem={(code ? words.problems.unknown : problem) ?? null} asked={asked} />
  const where = whereToProve(request)
  const tag = tagThatProves(request)
  return (
    <Frame>
      <h1>{words.title}</h1>
      <div className="prose">
        {problem && request.state === 'proving' && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <p>
          <Sentence of={request.kind === 'post' ? words.aboutPost : words.aboutAuthor} parts={{ whom: <b>{request.address}</b> }} />
        </p>
        {request.state === 'proving' && (
          <>
            <p>
              <Sentence of={words.put} parts={{ where: where ?? '' }} />
            </p>
            <p className="contact">
              <code>{request.code}</code>
            </p>
            {tag && (
              <>
                <p>{words.orLinked}</p>
                <p className="contact">
                  <code>{tag}</code>
                </p>
              </>
            )}
            <p>{words.thenCheck}</p>
            <form method="post" action="/opt-out/check" className="settings">
              <input type="hidden" name="code" value={request.code} />
              <p className="does">
                <button type="submit" name="do" value="check">
                  {words.check}
                </button>{' '}
                <button type="submit" name="do" value="owner" className="plain">
                  {words.toOwner}
                </button>
              </p>
            </form>
            <p>{words.ownerHint}</p>
          </>
        )}
        {request.state === 'open' && <p role="status">{words.waits}</p>}
        {request.state === 'done' && <p role="status">{request.kind === 'post' ? words.donePost : words.done}</p>}
        {request.state === 'refused' && (
          <>
            <p role="status">{words.refused}</p>
            <p className="contact">
              <Contact contact={configuration().CONTACT} />
            </p>
          </>
        )}
        {request.state !== 'done' && <p>{words.keepAddress}</p>}
      </div>
    </Frame>
  )
}

/** The form, before anything was asked. */
function Begun({ problem, asked }: { problem: string | null; asked: Asked }) {
  const post = one(asked.post)
  const about = post && /^\d{1,15}$/.test(post) ? `/p/${post}` : ''
  return (
    <Frame>
      <h1>{words.title}</h1>
      <p className="lead">{words.lead}</p>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <form method="post" action="/opt-out/ask" className="settings">
        <p className="field">
          <label htmlFor="opt-out-address">{words.address}</label>
          <span>
            <input
              id="opt-out-address"
              name="address"
              required
              maxLength={1000}
              defaultValue={about}
              autoComplete="off"
              aria-describedby="opt-out-address-hint"
            />
            <small id="opt-out-address-hint">{words.addressHint}</small>
          </span>
        </p>
        <Choice name="wish" legend={words.wish} options={words.wishes} value={about ? 'post' : 'author'} />
        <p className="field">
          <label htmlFor="opt-out-words">{words.words}</label>
          <span>
            <textarea id="opt-out-words" name="words" rows={3} maxLength={1000} aria-describedby="opt-out-words-hint" />
            <small id="opt-out-words-hint">{words.wordsHint}</small>
          </span>
        </p>
        <p className="does">
          <button type="submit">{words.ask}</button>
        </p>
      </form>
      <p className="lead">
        <a href="/about">{words.about}</a>
      </p>
    </Frame>
  )
}

function one(value: string | string[] | undefined): string | undefined {
  return [value].flat()[0]
}
