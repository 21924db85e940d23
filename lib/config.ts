import { resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { hide, hidePasswordOf } from './hidden.ts'
import { readSecretFile, SecretFileError } from './secret-file.ts'

const zones = () => Intl.supportedValuesOf('timeZone')

/** An address, or a name and an address in angle brackets; on one line, because it becomes a line of every mail. */
const isSender = (value: string) => /^([^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(value)

const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  )

const Environment = z.object({
  PORT: z.coerce.number('a port number').int().min(0, 'a port, 0 to 65535').max(65535, 'a port, 0 to 65535').default(3000),
  HOST: z.string().min(1, 'an address to listen on').default('127.0.0.1'),
  MODE: z.enum(['personal', 'community'], 'personal or community').default('personal'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'an http(s) address' }).optional(),
  /** Which reverse proxies stand in front and set X-Forwarded-*: how many, or their addresses and networks. Community mode only. */
  TRUST_PROXY: z
    .string()
    .default('0')
    .transform((given, context) => {
      if (/^\d{1,2}$/.test(given.trim())) return Number(given)
      const addresses = given.split(',').map((address) => address.trim())
      if (addresses.every((address) => ipaddr.isValid(address) || ipaddr.isValidCIDR(address))) return addresses
      context.addIssue({ code: 'custom', message: 'a number of proxies, or their addresses: 10.0.0.2,10.1.0.0/16' })
      return z.NEVER
    }),
  /** Who may become a member by a link to their mailbox, beside those whom an owner added: addresses, and domains without @. */
  MEMBERS: list.transform((items) => items.map((item) => item.toLowerCase().replace(/^@/, ''))),
  /** Signs cookies; web processes on several machines need the same. Else one is made and kept in DATA_DIR. */
  AUTH_SECRET: z.string().min(32, 'at least 32 characters').optional(),
  TIME_ZONE: z
    .string()
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone)
    .refine((zone) => zone === 'UTC' || zones().includes(zone), 'an IANA time zone such as Europe/Berlin'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'a postgres:// address' }).optional(),
  /** Postgres itself, where DATABASE_URL leads through PgBouncer: notifications do not come through in transaction mode. */
  DATABASE_DIRECT_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'a postgres:// address' }).optional(),
  /** Copies of it that Postgres keeps up to date and that readers' pages are read from while they are, as addresses with commas between. */
  DATABASE_REPLICA_URL: list.refine(
    (urls) => urls.every((url) => URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)),
    'postgres:// addresses with commas between',
  ),
  /** Pages that are told at once what is new, a web process; the others are asked to try again later. */
  LIVE_READERS: z.coerce.number('a number of open pages').int('a number of open pages').min(0, 'a number of open pages').default(2000),
  /** Pages that everybody who is not signed in is shown alike are held in this much memory, a web process; 0 makes each anew. */
  KEPT_PAGES_MB: z.coerce.number('a number of megabytes').int('a whole number').min(0, 'a whole number').default(32),
  DATA_DIR: z
    .string()
    .min(1, 'a folder')
    .default('.data')
    .transform((folder) => resolve(folder)),
  SOURCES: z
    .string()
    .min(1, 'a file')
    .default('sources.yaml')
    .transform((file) => resolve(file)),
  ROLE: z.enum(['web', 'worker'], 'web or worker, or unset for everything').optional(),
  CONTACT: z.string().default(''),
  /** `open`: search engines may keep the pages of posts whose authors let everybody find them. */
  INDEX: z.enum(['closed', 'open'], 'open, or closed').default('closed'),
  TRUSTED_HOSTS: list,
  /** Connectors that cost money or somebody's tokens, by their ids: `x,threads`. Nothing is read by one that is not named. */
  SWITCHED_ON: list.transform((ids) => ids.map((id) => id.toLowerCase())),
  /** Whether media reach readers through this program, so that no platform learns who reads; a reader may choose otherwise. */
  MEDIA_PROXY: z.enum(['on', 'off'], 'on or off').default('on'),
  MEDIA_CACHE_MB: z.coerce.number('a number of megabytes').int('a whole number').min(16, 'at least 16').default(512),
  /** The relay that takes our mail: `smtps://user:password@mail.example.org` or `smtp://…:587`. */
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'an smtp:// or smtps:// address' }).optional(),
  /** From whom: `Backplane <digest@example.org>`. */
  MAIL_FROM: z.string().refine(isSender, 'an address such as Backplane <digest@example.org>').optional(),
  /** The mailbox that bounces go to; what stands behind its + says whose. */
  MAIL_BOUNCES: z.email('an address').optional(),
  MAIL_PER_SECOND: z.coerce.number('a number of mails').int('a whole number').min(1, 'at least 1').default(50),
  /** A private key to sign mail with, where the relay does not: a file in PEM. */
  DKIM_KEY: z
    .string()
    .transform((file) => resolve(file))
    .optional(),
  DKIM_SELECTOR: z
    .string()
    .regex(/^[\w.-]+$/, 'a name such as backplane')
    .default('backplane'),
  /** Who gets the digest in personal mode. */
  DIGEST_TO: z.email('an address').optional(),
  /** An OpenID provider that vouches for readers, as institutes have one: its issuer, as its metadata say it. */
  OIDC_ISSUER: z.url({ protocol: /^https?$/, error: 'an http(s) address' }).optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  /** What the button says: “Sign in with …”. */
  OIDC_NAME: z.string().default('single sign-on'),
  /** Whom it lets in: domains of verified mail addresses, or a claim and its value, `groups=hpc`. */
  OIDC_DOMAINS: list.transform((items) => items.map((item) => item.toLowerCase().replace(/^@/, ''))),
  OIDC_CLAIM: z
    .string()
    .regex(/^.+=.+$/, 'a claim and its value: groups=hpc')
    .optional(),
  /** What it is asked for beside openid, profile and email: `offline_access`, so that it can be asked again. */
  OIDC_SCOPES: list,
  /** Lets programs read `/metrics`. */
  METRICS_TOKEN: z
    .string()
    .regex(/^\S{16,}$/, 'at least 16 characters without a space')
    .optional(),
  /** Lets a mailbox or a relay hand in mail that came back, at `/digest/returned`. */
  DIGEST_RETURNS_TOKEN: z
    .string()
    .regex(/^\S{16,}$/, 'at least 16 characters without a space')
    .optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'trace, debug, info, warn, error or silent').default('info'),
})

export type Config = z.infer<typeof Environment>

/** A wrong setting, said as a sentence each. */
export class ConfigError extends Error {}

/** What may stand in a file instead, which `<name>_FILE` names: of mode 0600, or it is refused. */
const SECRETS = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_REPLICA_URL',
  'AUTH_SECRET',
  'SMTP_URL',
  'METRICS_TOKEN',
  'DIGEST_RETURNS_TOKEN',
]

function withSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read = { ...env }
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`]
    if (!file || env[name]) continue
    try {
      read[name] = readSecretFile(resolve(file))
    } catch (error) {
      throw error instanceof SecretFileError ? new ConfigError(`${name}_FILE is wrong: ${error.message}.`) : error
    }
  }
  return read
}

/**
 * The environment, parsed once. An empty variable counts as unset, as compose files write it.
 * Throws ConfigError that names each wrong variable, what it was and what is allowed.
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const env = withSecretFiles(environment)
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in Environment.shape && value !== ''))
  const parsed = Environment.safeParse(given)
  if (parsed.success) {
    for (const secret of [parsed.data.AUTH_SECRET, parsed.data.METRICS_TOKEN, parsed.data.DIGEST_RETURNS_TOKEN]) hide(secret)
    const { DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_REPLICA_URL, SMTP_URL } = parsed.data
    for (const url of [DATABASE_URL, DATABASE_DIRECT_URL, ...DATABASE_REPLICA_URL, SMTP_URL]) hidePasswordOf(url)
    return parsed.data
  }
  const sentences = parsed.error.issues.map(({ path: [name], message }) => {
    // A secret is not repeated, nor the address of a database or relay, which carries a password.
    const shown = /^(DATABASE_.*|SMTP_)URL$|SECRET|TOKEN/.test(String(name)) ? '' : `=${given[String(name)]}`
    return `${String(name)}${shown} is wrong: it must be ${message}.`
  })
  throw new ConfigError(sentences.join('\n'))
}

let config: Config | undefined

/** This process's configuration; read at the first call, so that a build needs none. */
export function configuration(): Config {
  config ??= readConfig(process.env)
  return config
}
