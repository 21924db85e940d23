import type { Reach, SignInProvider } from '../contract.ts'
import { ConnectorError } from '../trouble.ts'
import { createWeb, NotThereError } from './web.ts'

const TEAM = 'https://slack.com/team_id'

/**
 * Sign in with Slack (https://docs.slack.dev/authentication/sign-in-with-slack): members of the workspace SLACK_TEAM
 * (its id, `T…`), by an app of its own (SLACK_CLIENT_ID, SLACK_CLIENT_SECRET). With its bot token (SLACK_BOT_TOKEN, scope
 * `users:read`) it is asked daily whether they still belong. SLACK_ISSUER and SLACK_API name another Slack, such as GovSlack.
 */
export function signIn(env: { [name: string]: string | undefined }): SignInProvider | null {
  const { SLACK_TEAM: team, SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret, SLACK_BOT_TOKEN: token, SLACK_API: api } = env
  if (!clientId && !clientSecret && !team) return null
  if (!clientId || !clientSecret || !team)
    throw new ConnectorError(
      'refused',
      'Signing in with Slack needs SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_TEAM, the id of the workspace (T…)',
    )
  return {
    id: 'slack',
    name: 'Slack',
    issuer: env.SLACK_ISSUER || 'https://slack.com',
    clientId,
    clientSecret,
    belongs: (claims) => claims[TEAM] === team,
    ...(token && { stillBelongs: (subject: string, reach: Reach) => stillThere({ token, ...(api && { api }) }, subject, reach) }),
  }
}

/** Who was deactivated is still known, as deleted. */
async function stillThere(settings: { token: string; api?: string }, subject: string, reach: Reach): Promise<boolean | null> {
  try {
    return !(await createWeb({ ...settings, channels: [] }, reach).user(subject)).deleted
  } catch (error) {
    if (error instanceof NotThereError) return false
    if (error instanceof ConnectorError) return null
    throw error
  }
}
