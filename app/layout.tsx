import type { Metadata, Viewport } from 'next'
import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { preload } from 'react-dom'
import '@fontsource-variable/ibm-plex-sans/index.css'
import '@fontsource/ibm-plex-mono/400.css'
import './fonts.css'
import './tokens.css'
import './page.css'
import './post.css'
import './search.css'
import './chat.css'
import './folds.css'
import './context.css'
import './live.css'
import './place.css'
import './settings.css'
import './access.css'
import './later.css'
import './platforms.css'
import './print.css'
import mono from '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2'
import sans from '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2'
import { BeginReading } from './in-browser.tsx'
import { Sentence } from './sentence.tsx'
import { appStrings } from './strings/app.ts'
import { frameStrings } from './strings/frame.ts'
import { visitor } from './visitor.ts'

export const metadata: Metadata = {
  title: { default: appStrings.name, template: `%s · ${appStrings.name}` },
  description: appStrings.description,
  // What people said elsewhere is not ours to hand to search engines.
  robots: 'noindex',
  icons: { icon: { url: '/icon.svg', type: 'image/svg+xml' }, apple: '/icons/maskable-192.png' },
}

/** The colours of the bars around the page, of the paper that the reader chose. */
export async function generateViewport(): Promise<Viewport> {
  const { theme } = (await visitor()).preferences.settings
  const papers = theme === 'contrast' ? { light: '#ffffff', dark: '#000000' } : { light: '#fbfaf8', dark: '#101315' }
  if (theme === 'light' || theme === 'dark') return { colorScheme: theme, themeColor: papers[theme] }
  return {
    colorScheme: 'light dark',
    themeColor: [
      { media: '(prefers-color-scheme: light)', color: papers.light },
      { media: '(prefers-color-scheme: dark)', color: papers.dark },
    ],
  }
}

/** What every page stands in: type, colours, what the reader chose of them, and in the demo the word that it is one. */
export default async function Layout({ children }: { children: ReactNode }) {
  // Also the page for what is not there: made at build, its scripts would lack the nonce that lets them run.
  await connection()
  for (const href of [sans, mono]) preload(href, { as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' })
  const { reader, preferences, zone } = await visitor()
  const { theme, density, keys, clock, counts } = preferences.settings
  return (
    <html
      lang="en"
      data-theme={theme === 'system' ? undefined : theme}
      data-density={density === 'compact' ? density : undefined}
      data-counts={counts ? undefined : 'off'}
      data-keys={keys ? undefined : 'off'}
      data-zone={zone}
      data-account={reader.account}
      data-clock={clock}
    >
      <body>
        {process.env.DEMO === '1' && (
          <section className="banner" aria-label={frameStrings.aboutDemo}>
            <Sentence of={frameStrings.demo} parts={{ command: <code>npm start</code> }} />
          </section>
        )}
        {children}
        <BeginReading />
      </body>
    </html>
  )
}
