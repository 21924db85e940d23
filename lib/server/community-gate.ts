import type { IncomingMessage } from 'node:http'
import type { Config } from '../config.ts'
import { throughProxy } from './client-address.ts'
import { type Answer, FORWARDED, isLoopback, misshapen, notForUs, type Shape } from './gate.ts'

/** What a community's instance is reached by. */
export type CommunityGate = Shape & { config: Pick<Config, 'MODE' | 'PUBLIC_URL' | 'TRUST_PROXY'> }

/** Asked by what watches over the program from the same machine, which knows no public name. */
const FOR_THE_MACHINE = /^\/(?:api\/health|metrics)\/?(?:\?|$)/

/**
 * Decides, in community mode, on a request before it is known who asks: what to answer instead, or null to let it in, under
 * the name of PUBLIC_URL, the only one that is answered.
 */
export function admitCommunity(request: IncomingMessage, { config, ...shape }: CommunityGate): Answer | null {
  const { origin, host } = new URL(config.PUBLIC_URL ?? 'http://localhost')
  const refusal = misshapen(request, shape) ?? notNamed(request, host, config) ?? notForUs(request, origin)
  request.headers.host = host
  return refusal
}

/** Takes from a request what proxies wrote into it, and anybody may have written: what stands behind us would believe it. */
export function withoutProxies(request: IncomingMessage): void {
  for (const header of Object.keys(request.headers)) if (FORWARDED.test(header)) delete request.headers[header]
}

/** A proxy may pass on the name in X-Forwarded-Host, or as it was asked. */
function notNamed(request: IncomingMessage, host: string, config: CommunityGate['config']): Answer | null {
  const hosts = request.headersDistinct.host ?? []
  const [asked = ''] = hosts
  if (hosts.length !== 1) return { status: 400, sentence: 'A request names one host.' }
  const forwarded = throughProxy(request, config) ? request.headers['x-forwarded-host'] : undefined
  const names = [asked, ...[forwarded ?? []].flat()]
  if (names.some((name) => isName(name, host, config.PUBLIC_URL))) return null
  const fromHere = isLoopback(asked) && isLoopback(bracketed(request.socket.remoteAddress ?? '')) && !isForwarded(request)
  if (fromHere && FOR_THE_MACHINE.test(request.url ?? '')) return null
  return { status: 421, sentence: `This is ${host}: ask for it by that name.` }
}

/** With or without the port that goes without saying, in any letters. */
function isName(name: string, host: string, publicUrl = ''): boolean {
  const address = `${new URL(publicUrl).protocol}//${name.trim()}`
  return /^[\w.:[\]-]+$/.test(name.trim()) && URL.canParse(address) && new URL(address).host === host
}

function isForwarded({ headers }: IncomingMessage): boolean {
  return Object.keys(headers).some((header) => FORWARDED.test(header))
}

function bracketed(address: string): string {
  const plain = address.replace(/^::ffff:/, '')
  return plain.includes(':') ? `[${plain}]` : plain
}
