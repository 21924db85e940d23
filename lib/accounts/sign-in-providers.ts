import type { SignInProvider } from '#connectors/contract'
import { connectors } from '#connectors/registry'
import { ConnectorError } from '#connectors/trouble'
import { type Config, ConfigError } from '../config.ts'

/** Who vouches for readers here, in the order in which the page shows them. Throws ConfigError where one is set up by half. */
export function signInProviders(config: Config, env: { [name: string]: string | undefined } = process.env): SignInProvider[] {
  try {
    const platforms = connectors.flatMap((connector) => connector.signIn?.(env) ?? [])
    return [...platforms, ...(ofInstitute(config) ?? [])]
  } catch (error) {
    throw error instanceof ConnectorError ? new ConfigError(`${error.message}.`) : error
  }
}

function ofInstitute(config: Config): SignInProvider[] | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, OIDC_NAME: name, OIDC_DOMAINS: domains } = config
  const { OIDC_CLAIM: claim, OIDC_SCOPES: scopes } = config
  if (!issuer && !clientId && !clientSecret) return null
  if (!issuer || !clientId || !clientSecret)
    throw new ConfigError('OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are needed together.')
  if (domains.length === 0 && !claim)
    throw new ConfigError('Say whom OIDC_ISSUER lets in: OIDC_DOMAINS=example.org, or a claim such as OIDC_CLAIM=groups=hpc.')
  const belongs = (claims: { [claim: string]: unknown }) => isOfDomain(claims, domains) || (claim !== undefined && saysSo(claims, claim))
  return [{ id: 'oidc', name, issuer, clientId, clientSecret, scopes, belongs }]
}

/** Only an address that the provider has verified says where somebody belongs. */
function isOfDomain({ email, email_verified: verified }: { [claim: string]: unknown }, domains: string[]): boolean {
  return (
    (verified === true || verified === 'true') && typeof email === 'string' && domains.includes(email.toLowerCase().split('@')[1] ?? '')
  )
}

/** A claim may be a list, as of groups. */
function saysSo(claims: { [claim: string]: unknown }, wanted: string): boolean {
  const at = wanted.indexOf('=')
  const said = claims[wanted.slice(0, at)]
  return [said].flat().some((one) => String(one) === wanted.slice(at + 1))
}
