import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, readConfig } from '#lib/config'
import { MailError, mailer, senderOf } from '#lib/digest/mail'
import { headersOf, serveSmtp } from '#tests/support/smtp-server'

const mail = { to: 'ada@example.org', subject: 'Hello', text: 'A line.\n' }
const with_ = (url: string, more: Record<string, string> = {}) =>
  readConfig({ NODE_ENV: 'test', SMTP_URL: url, MAIL_FROM: 'Backplane <digest@example.test>', ...more })

function sender(url: string, more: Record<string, string> = {}) {
  const made = mailer(with_(url, more))
  if (!made) throw new Error('No mailer')
  return { ...made, [Symbol.dispose]: () => made.close() }
}

test('a mail arrives with the sender, the Message-ID and the headers that were given, each on one line', async () => {
  await using relay = await serveSmtp()
  using mails = sender(relay.url)
  const unsubscribe = `<https://example.test/u/${'x'.repeat(120)}>, <mailto:unsubscribe+${'x'.repeat(80)}@example.test>`
  const returnPath = 'bounces+abc@example.test'
  await mails.send({
    ...mail,
    messageId: '<one@example.test>',
    headers: { 'List-Unsubscribe': unsubscribe },
    returnPath,
    html: '<p>A line.</p>',
  })
  const [got] = relay.received
  expect(got).toMatchObject({ from: returnPath, to: mail.to })
  const headers = headersOf(got?.raw ?? '')
  expect(headers.get('from')).toBe('Backplane <digest@example.test>')
  expect(headers.get('message-id')).toBe('<one@example.test>')
  expect(`\r\n${got?.raw}`).toContain(`\r\nList-Unsubscribe: ${unsubscribe}\r\n`)
  expect(headers.get('content-type')).toContain('multipart/alternative')
  expect(got?.raw.indexOf('text/plain')).toBeLessThan(got?.raw.indexOf('text/html') ?? 0)
  expect(headers.has('x-mailer')).toBe(false)
})

test('what a relay says decides whether a mail is tried again, given up, or the owner’s to mend', async () => {
  await using relay = await serveSmtp({ password: 'right' })
  const kindOf = async (url: string) => {
    using mails = sender(url)
    return await mails.send(mail).then(
      () => 'sent',
      (error: unknown) => (error instanceof MailError ? error.kind : error),
    )
  }
  const url = relay.url.replace('//', '//me:right@')
  expect(await kindOf(url)).toBe('sent')
  relay.relay.recipient = () => ({ code: 451 })
  expect(await kindOf(url)).toBe('later')
  relay.relay.recipient = () => ({ code: 550 })
  expect(await kindOf(url)).toBe('refused')
  relay.relay.recipient = () => 'take'
  relay.relay.data = () => ({ code: 554 })
  expect(await kindOf(url)).toBe('refused')
  relay.relay.data = () => 'drop'
  expect(await kindOf(url)).toBe('later')
  expect(await kindOf(relay.url.replace('//', '//me:wrong@'))).toBe('setup')
  await relay.close()
  expect(await kindOf(url)).toBe('later')
})

test('a signature covers both headers of one-click unsubscribing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backplane-dkim-'))
  const file = join(folder, 'key.pem')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await using relay = await serveSmtp()
  using mails = sender(relay.url, { DKIM_KEY: file })
  await mails.send({
    ...mail,
    headers: { 'List-Unsubscribe': '<https://example.test/u/x>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
  })
  const signature = headersOf(relay.received[0]?.raw ?? '').get('dkim-signature') ?? ''
  expect(signature).toMatch(/ d=example.test;.* s=backplane;/)
  const signed = (/ h=([^;]+);/.exec(signature)?.[1] ?? '').replace(/\s/g, '').toLowerCase().split(':')
  expect(signed).toEqual(expect.arrayContaining(['from', 'list-unsubscribe', 'list-unsubscribe-post', 'message-id', 'date']))
  rmSync(folder, { recursive: true })
  expect(() => mailer(with_(relay.url, { DKIM_KEY: file }))).toThrow(ConfigError)
})

test('without a relay and a sendmail nothing can be sent, and the relay’s password stands in no message', () => {
  expect(mailer(readConfig({ NODE_ENV: 'test', MODE: 'community', PUBLIC_URL: 'https://board.example.org' }))).toBe(null)
  expect(() => readConfig({ NODE_ENV: 'test', SMTP_URL: 'http://me:secret@example.org' })).toThrow(/SMTP_URL is wrong/)
})

test('mail comes from MAIL_FROM, else from the address of the instance, else from whoever gets it', () => {
  const from = (more: Record<string, string>) => senderOf(readConfig({ NODE_ENV: 'test', ...more }))?.address ?? null
  expect(from({ MAIL_FROM: 'x@example.org', DIGEST_TO: 'me@example.org' })).toBe('x@example.org')
  expect(from({ MODE: 'community', PUBLIC_URL: 'https://board.example.org/' })).toBe('backplane@board.example.org')
  expect(from({ DIGEST_TO: 'me@example.org' })).toBe('me@example.org')
  expect(from({})).toBe(null)
  expect(() => from({ MAIL_FROM: 'Backplane <x@example.org>\r\nBcc: all@example.org' })).toThrow(ConfigError)
})
