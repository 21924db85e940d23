import { z } from 'zod'
import type { Reach } from '../contract.ts'
import { errorOfResponse } from '../http.ts'
import { ConnectorError, retryAfterSeconds } from '../trouble.ts'
import type { Settings } from './settings.ts'

/** LinkedIn's own client for Node is a wrapper of these headers that has stood still since 2023: of its API few readings are used. */
const ORIGIN = 'https://api.linkedin.com'
/** Its limits are of a day, which begins at midnight UTC (https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits). */
const DAY_MS = 86_400_000

export type Rest = ReturnType<typeof createRest>

const Page = z.object({ elements: z.array(z.unknown()), paging: z.object({ total: z.int().optional() }).optional() })
const Organization = z.object({ id: z.coerce.string(), localizedName: z.string(), vanityName: z.string().optional() })
const Found = z.object({ elements: z.array(Organization) })
const Batch = z.object({ results: z.record(z.string(), z.unknown()).default({}), statuses: z.record(z.string(), z.int()).default({}) })

export function createRest({ token, version, api = ORIGIN }: Settings, { http, signal }: Reach) {
  /** `query` is written as it goes: Rest.li's lists have brackets that are no part of a value. */
  async function ask<T extends z.ZodType>(path: string, query: string, shape: T, method?: string): Promise<z.infer<T>> {
    const url = `${new URL(api).origin}/rest/${path}${query && `?${query}`}`
    const headers = {
      authorization: `Bearer ${token}`,
      'linkedin-version': version,
      'x-restli-protocol-version': '2.0.0',
      ...(method && { 'x-restli-method': method }),
    }
    const response = await http.fetch(url, { headers, signal })
    const data: unknown = await response.json().catch(() => null)
    if (!response.ok) throw errorOf(response, data, version)
    const read = shape.safeParse(data)
    if (!read.success) throw new ConnectorError('malformed', `LinkedIn answered ${path.split('/')[0]} with something else`)
    return read.data
  }

  return {
    organization: (id: string) => ask(`organizations/${id}`, '', Organization),
    async organizationCalled(word: string) {
      return (await ask('organizations', `q=vanityName&vanityName=${encodeURIComponent(word)}`, Found)).elements[0] ?? null
    },
    /** What was changed last comes first. https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api */
    posts: (urn: string, start: number, count: number) =>
      ask('posts', `q=author&author=${encodeURIComponent(urn)}&start=${start}&count=${count}&sortBy=LAST_MODIFIED`, Page, 'FINDER'),
    these: (urns: string[]) => ask('posts', `ids=List(${urns.map(encodeURIComponent).join(',')})`, Batch, 'BATCH_GET'),
  }
}

const Failure = z.object({ code: z.string().catch(''), message: z.string().catch('') })

/** https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling */
function errorOf(response: Response, data: unknown, version: string): ConnectorError {
  const { status, headers } = response
  const { code = '', message = '' } = Failure.safeParse(data).data ?? {}
  if (status === 426 || /VERSION/.test(code))
    return new ConnectorError(
      'refused',
      `LinkedIn serves version ${version} of its API no longer: write a newer month into the source, such as version: '${served()}'`,
    )
  if (status === 401)
    return new ConnectorError(
      'refused',
      /EXPIRED/.test(code)
        ? 'The token has ended, as LinkedIn’s do after 60 days: its administrator makes another'
        : 'LinkedIn does not take the token any more: its administrator may have taken it back. Ask for another',
    )
  if (status === 403)
    return new ConnectorError(
      'refused',
      `LinkedIn lets nobody read that but the page’s administrators, with r_organization_social${message ? `: ${message}` : ''}`,
    )
  if (status === 404) return new ConnectorError('refused', 'LinkedIn knows no such page, or shows it to its administrators only')
  if (status === 429) {
    const untilMidnight = Math.ceil((DAY_MS - (Date.now() % DAY_MS)) / 1000)
    return new ConnectorError('rate-limited', 'LinkedIn takes no more requests from this app today', {
      retryAfterSeconds: retryAfterSeconds(headers.get('retry-after')) ?? untilMidnight,
    })
  }
  if (status === 400) return new ConnectorError('malformed', `LinkedIn did not understand what it was asked: ${message}`)
  return errorOfResponse(response, 'api.linkedin.com')
}

/** Of three months ago: neither the newest, nor one that ends soon. */
function served(): string {
  const at = new Date()
  at.setUTCMonth(at.getUTCMonth() - 3, 1)
  return `${at.getUTCFullYear()}${String(at.getUTCMonth() + 1).padStart(2, '0')}`
}
