/** What stands around every page, and what is said where there is no page. */
export const frameStrings = {
  timeline: 'Timeline',
  sources: 'Sources',
  activity: 'Activity',
  settings: 'Settings',
  sections: 'Sections',
  skipToContent: 'Skip to the content',
  skipToPosts: 'Skip to the posts',
  skipToSources: 'Skip to the sources',
  foot: 'About this page',
  about: 'What is collected',
  goToDate: 'Go to a date',
  aboutDemo: 'About this demo',
  demo: 'These posts are made up: this is the demo. {command} reads the real ones.',
  noPageTitle: 'No such page',
  noPage: 'There is no such page.',
  noPageWhy: 'The address may be mistyped, or what stood there was deleted where it was said.',
  toTimeline: 'Go to the timeline',
  unreadable: 'This page could not be made.',
  unreadableWhy:
    'No post is lost. The database may be starting or stopped: {again} in a moment. If it stays like this, the program’s log says what happened.',
  tryAgain: 'try again',
}
