/** How LinkedIn is called and drawn: its own posts here, and links to it that people hand in. */
export const look = {
  id: 'linkedin',
  name: 'LinkedIn',
  // Drawn for this project: “in”, as the network writes itself.
  mark: { path: 'M6 10v9M6 4.9v.2M11.5 19v-9M11.5 14.5c0-6 8-6.5 8-.5v5', stroked: true },
  color: { light: '#0a66c2', dark: '#6fb4f5' },
  openLabel: 'Open on LinkedIn',
}
