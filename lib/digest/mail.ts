import { existsSync, readFileSync } from 'node:fs'
import { createTransport } from 'nodemailer'
import parseAddresses from 'nodemailer/lib/addressparser'
import { type Config, ConfigError } from '../config.ts'
import { isLoopback } from '../server/gate.ts'
import { mailPace } from './mail-pace.ts'

/** One mail to one person. What is not said, the transport fills in. */
export type Mail = {
  /** One bare address. */
  to: string
  subject: string
  text: string
  html?: string
  /** With angle brackets. The same again is the same mail: whoever gets it twice sees it once. */
  messageId?: string
  date?: Date
  /** Each stays on one line as it is given: some relays' signatures break over folded ones. */
  headers?: { [name: string]: string }
  /** Where bounces go (the envelope's sender); the address of MAIL_FROM where it is not said. */
  returnPath?: string
}

/** `send` resolves once the relay took the mail, and throws MailError. `close` lets what is being sent finish. */
export type Mailer = { send(mail: Mail, signal?: AbortSignal): Promise<void>; close(): void }

/**
 * Why a mail was not taken, by what to do: `later`: the relay asks for it, or is not there; `refused`: it will never
 * take this mail or this recipient; `setup`: it does not know us, and the owner must act.
 */
export class MailError extends Error {
  readonly kind: 'later' | 'refused' | 'setup'
  /** SMTP's reply; null where there was none. */
  readonly code: number | null
  /** It is this recipient that is refused, not what the mail says. */
  readonly recipient: boolean

  constructor(kind: MailError['kind'], code: number | null, message: string, recipient = false) {
    super(message)
    this.kind = kind
    this.code = code
    this.recipient = recipient
  }
}

/** Where Unix programs hand their mail to whatever sends it there. */
const SENDMAIL = ['/usr/sbin/sendmail', '/usr/lib/sendmail']
const CONNECTIONS = 4
const CONNECT_MS = 15_000
/** RFC 5321 lets a relay think for minutes after DATA; a connection that is silent for longer is none. */
const SILENCE_MS = 120_000

/**
 * What DKIM signs here: RFC 6376 §5.4.1, and both headers that one-click unsubscribing wants signed (RFC 8058 §4), of
 * which nodemailer's own list has only the first.
 */
const SIGNED =
  'From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:Auto-Submitted:' +
  'List-Id:List-Help:List-Unsubscribe:List-Unsubscribe-Post:List-Subscribe:List-Owner:List-Archive'

/**
 * What sends mail: the relay of SMTP_URL over a few lasting connections, else, in personal mode, this computer's own
 * sendmail; null where there is neither, which pages say. Connects when the first mail is sent. Throws ConfigError.
 */
export function mailer(config: Config): Mailer | null {
  const sender = senderOf(config)
  const dkim = dkimOf(config, sender?.address ?? '')
  const transport = config.SMTP_URL ? relay(config.SMTP_URL, dkim) : sendmail(config)
  if (!transport || !sender) return null
  const turn = config.SMTP_URL ? mailPace(new URL(config.SMTP_URL).host, config.MAIL_PER_SECOND) : async () => {}
  return {
    async send({ to, headers = {}, returnPath, ...mail }, signal) {
      const lines = Object.entries(headers).map(([key, value]) => ({ key, value: { prepared: true, value } }))
      await turn()
      try {
        await transport.sendMail({
          ...mail,
          signal,
          from: sender,
          to: { name: '', address: to },
          envelope: { from: returnPath ?? sender.address, to },
          headers: lines,
          xMailer: false,
          disableFileAccess: true,
          disableUrlAccess: true,
        })
      } catch (error) {
        throw mailErrorOf(error)
      }
    },
    close: () => transport.close(),
  }
}

/** Whether mail can be sent, without connecting. */
export function canMail(config: Config): boolean {
  return senderOf(config) !== null && (Boolean(config.SMTP_URL) || sendmail(config) !== null)
}

/** From whom mail comes: MAIL_FROM, else in community mode an address at PUBLIC_URL, else whoever gets the digest. */
export function senderOf({ MAIL_FROM, MODE, PUBLIC_URL, DIGEST_TO }: Config): { name: string; address: string } | null {
  const [given] = parseAddresses(MAIL_FROM ?? '', { flatten: true })
  if (given?.address) return { name: given.name || 'Backplane', address: given.address }
  if (MODE === 'community' && PUBLIC_URL) return { name: 'Backplane', address: `backplane@${new URL(PUBLIC_URL).hostname}` }
  return DIGEST_TO ? { name: 'Backplane', address: DIGEST_TO } : null
}

function relay(url: string, dkim: ReturnType<typeof dkimOf>) {
  const { hostname, username, protocol } = new URL(url)
  return createTransport({
    // What the address says behind its question mark (`?maxConnections=2`) wins over what stands here.
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    // A lasting connection may have been closed meanwhile: once more at once; every further try is the caller's.
    maxRequeues: 1,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A password goes over no open wire; on this computer nobody listens, and certificates name no localhost.
    requireTLS: protocol === 'smtp:' && username !== '' && !isLoopback(hostname),
    ignoreTLS: protocol === 'smtp:' && isLoopback(hostname),
    dkim,
  })
}

function sendmail({ MODE }: Config) {
  const path = SENDMAIL.find((one) => existsSync(one))
  return MODE === 'personal' && path ? createTransport({ sendmail: true, path, newline: 'unix' }) : null
}

function dkimOf({ DKIM_KEY, DKIM_SELECTOR }: Config, sender: string) {
  const domainName = sender.split('@')[1]
  if (!DKIM_KEY || !domainName) return undefined
  if (!existsSync(DKIM_KEY)) throw new ConfigError(`DKIM_KEY=${DKIM_KEY} is wrong: there is no such file.`)
  // The domain of the sender, because only a signature of that counts (DMARC calls it aligned).
  return { domainName, keySelector: DKIM_SELECTOR, privateKey: readFileSync(DKIM_KEY, 'utf8'), headerFieldNames: SIGNED }
}

function mailErrorOf(error: unknown): MailError {
  if (!(error instanceof Error)) return new MailError('later', null, String(error))
  const code = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : null
  const name = 'code' in error ? error.code : null
  if (name === 'EAUTH' || name === 'ENOAUTH' || name === 'ECONFIG') return new MailError('setup', code, error.message)
  // Of replies RFC 5321 makes 5yz final; 503 says that the conversation went wrong, not the mail.
  const refused = (code !== null && code >= 500 && code !== 503) || (code === null && name === 'EENVELOPE')
  const recipient = 'command' in error && error.command === 'RCPT TO'
  return new MailError(refused ? 'refused' : 'later', code, error.message, recipient)
}
