import type { Lack, Setup } from '../contract.ts'
import type { Settings } from './settings.ts'

export const switched = {
  price:
    'LinkedIn lets programs read only the pages of organisations that you administer, through an app that it has vetted (Community Management API)',
  limits: 'it costs nothing; tokens last 60 days, and each version of its API a year or so',
  instead: 'For nothing: a single post is handed in on /submit; somebody’s own export is brought in with npm run import',
}

const APP_STEPS = [
  'Make an app at https://www.linkedin.com/developers/apps for the page, and ask for the Community Management API; LinkedIn looks at each request.',
  'An administrator of the page makes a token with r_organization_social in the app’s token generator; it lasts 60 days.',
  'Put it into the environment or a file of mode 0600, and name it in the source: token: env:LINKEDIN_TOKEN.',
]

export function lacks({ name, token }: Settings): Lack[] {
  if (name) return []
  return [
    {
      what: 'Only what the page itself posts: no program may read other people’s posts, hashtags or groups.',
      steps: token ? [] : APP_STEPS,
    },
    { what: 'Pictures and films are named by their descriptions, and are seen on LinkedIn.', steps: [] },
  ]
}

export const setup: Setup<Settings> = {
  works: 'Nothing is read: no program may read other people’s posts, hashtags or groups there.',
  ways: [
    {
      what: 'What is worth reading',
      cost: 'nothing',
      steps: [
        'Hand it in on /submit: its link stands in the timeline, with who handed it in.',
        'Ask the person to publish it on a blog or newsletter too: those have feeds.',
      ],
    },
    {
      what: 'What somebody shared, up to now',
      cost: 'nothing',
      steps: ['They ask LinkedIn for a copy of their data, and you bring it in with npm run import -- linkedin <export>.'],
    },
    {
      what: 'The page of an organisation that you administer',
      cost: 'nothing but an app that LinkedIn has vetted',
      steps: ['Write linkedin into SWITCHED_ON in the environment.', ...APP_STEPS],
    },
  ],
}
