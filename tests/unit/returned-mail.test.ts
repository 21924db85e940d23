import { expect, test } from 'vitest'
import { readReturned } from '#lib/digest/returned-mail'

const subscription = '5f0c2a68-6a0e-4b7e-9d3f-0d1f6a4c9b21'
const report = (status: string, action = 'failed') => `From: MAILER-DAEMON@mx.example\r
To: bounces+${subscription}@example.org\r
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Final-Recipient: rfc822; ada@example.org\r
Action: ${action}\r
Status: ${status}\r
--b--\r
`

test.each([
  ['5.1.1', 'failed', { kind: 'hard', subscription }],
  ['5.2.2', 'failed', { kind: 'soft', subscription }],
  ['4.4.7', 'failed', { kind: 'soft', subscription }],
  ['4.4.1', 'delayed', null],
])('a delivery report with status %s that it %s', (status, action, read) => {
  expect(readReturned(report(status, action))).toEqual(read)
})

test('a complaint is found by the mail that it quotes', () => {
  const complaint = `To: abuse@example.org\r\n\r\nFeedback-Type: abuse\r\n\r\nMessage-ID: <digest.2026-11-22.${subscription}@example.org>\r\n`
  expect(readReturned(complaint)).toEqual({ kind: 'complaint', subscription })
})

test('a mail that asks for no more, by its address or its subject, is a wish; an answer by a machine or a person is none', () => {
  const token = 'abcdefghijklmnopqrstuvwx'
  expect(readReturned(`To: bounces+unsubscribe-${token}@example.org\r\nSubject: \r\n\r\n`)).toEqual({ kind: 'unsubscribe', token })
  expect(readReturned(`To: digest@example.org\r\nSubject: unsubscribe ${token}\r\n\r\n`)).toEqual({ kind: 'unsubscribe', token })
  expect(
    readReturned(`To: bounces+${subscription}@example.org\r\nAuto-Submitted: auto-replied\r\nSubject: I am away\r\n\r\nUntil Monday.`),
  ).toBe(null)
})
