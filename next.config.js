import { PHASE_PRODUCTION_SERVER } from 'next/constants.js'

/** @type {import('next').NextConfig} */
const config = {
  // `npm run check` holds types and lint; a reader's first start need not wait for them again.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  // The web process compresses, so that it can keep the compressed bytes.
  compress: false,
  // Server-side packages that read files beside themselves, or that every process should share unbundled.
  serverExternalPackages: [
    ...['postgres', 'pino', 'pino-pretty', 'undici', 'pg-boss', 'feedsmith', 'drizzle-orm', 'snoowrap'],
    ...['@observablehq/plot', 'linkedom', 'better-auth', 'nodemailer'],
    // Large ones that connectors bring: bundled they are read and held once more for each route that knows the connectors.
    ...['@atproto/api', 'masto', '@slack/web-api', '@slack/socket-mode', 'irc-framework', 'twitter-api-v2', '@atcute/jetstream'],
    ...['cheerio', 'entities', 'sanitize-html', 'html-to-text', 'zod', 'yaml', 'temporal-polyfill', 'file-type'],
  ],
  turbopack: { root: import.meta.dirname },
  // No page uses Next's pictures; off, so that nobody can have it fetch and convert any.
  images: { unoptimized: true },
  devIndicators: false,
  // Days have the addresses that people write.
  rewrites: async () => [
    { source: '/:year(\\d{4})/:month(\\d{2})/:day(\\d{2})', destination: '/day/:year-:month-:day' },
    { source: '/digest/:date(\\d{4}-\\d{2}-\\d{2}).txt', destination: '/digest-text/:date' },
  ],
}

/**
 * Where pages are made, what the registry knows of the platforms becomes a style among the others. The loader only hands
 * it on: Turbopack runs loaders on whichever Node is first on PATH, which may be too old for TypeScript.
 * @param {string} phase
 * @returns {Promise<import('next').NextConfig>}
 */
export default async function configFor(phase) {
  if (phase === PHASE_PRODUCTION_SERVER) return config
  const { platformStyle } = await import('./app/platform-style.ts')
  const loaders = [{ loader: './app/given-style.cjs', options: { style: platformStyle } }]
  return { ...config, turbopack: { ...config.turbopack, rules: { '**/app/platforms.css': { loaders } } } }
}
