import type { Lack, Setup } from '../contract.ts'
import { letter } from './letter.ts'
import type { Settings } from './settings.ts'

const APP_STEPS = [
  'Ask the owners of the workspace first, with the letter.',
  'They make an app from deploy/slack-manifest.yaml at https://api.slack.com/apps (README, “Slack”), install it, and invite it into each channel.',
  'Put its bot token into the environment, and name it in the source: token: env:SLACK_BOT_TOKEN, with the channels that were agreed to.',
  'Write permission: { by: who, on: date } into the source.',
]

export function lacks({ token, appToken }: Settings): Lack[] {
  const live: Lack[] = appToken
    ? []
    : [
        {
          what: 'It is not live: without an app-level token it is polled every two minutes.',
          steps: [
            'In the app, under Basic Information → App-Level Tokens, make one with connections:write, and name it: appToken: env:SLACK_APP_TOKEN.',
          ],
        },
      ]
  return [
    {
      what: 'What is said in a workspace is for its members: only those who signed in here see it, and it is kept for 90 days.',
      steps: [],
    },
    ...(token ? live : [{ what: 'Nothing is read without the workspace’s own app.', steps: APP_STEPS }]),
  ]
}

/** https://docs.slack.dev/apis/web-api/rate-limits: an app of the workspace's own keeps its limits. */
export const setup: Setup<Settings> = {
  works: 'Nothing before the workspace’s owners agreed. An export that they gave you can be imported.',
  ways: [
    { what: 'Public channels by name, for members who signed in here', cost: 'nothing: the app is the workspace’s own', steps: APP_STEPS },
  ],
  ask: {
    whom: 'The owners of the workspace: in Slack, under its name → Tools & settings → Manage members, or in the channel for questions',
    where: null,
    about: { workspace: 'HPC.social', channels: [] },
    letter,
  },
}
