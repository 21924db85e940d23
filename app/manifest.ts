import type { MetadataRoute } from 'next'
import { appStrings as words } from './strings/app.ts'

/** Lets a browser install Backplane as a program with a window of its own (https://www.w3.org/TR/appmanifest/). */
export default function manifest(): MetadataRoute.Manifest {
  const icon = (size: number, purpose: 'any' | 'maskable') => ({
    src: `/icons/${purpose}-${size}.png`,
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  })
  return {
    id: '/',
    name: words.name,
    short_name: words.name,
    description: words.description,
    lang: 'en',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: '#fbfaf8',
    theme_color: '#fbfaf8',
    categories: ['news', 'social'],
    icons: [
      icon(192, 'any'),
      icon(512, 'any'),
      icon(192, 'maskable'),
      icon(512, 'maskable'),
      { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
    ],
    shortcuts: [
      { name: words.timeline, url: '/' },
      { name: words.search, url: '/search' },
    ],
  }
}
