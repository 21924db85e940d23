/** The scripts and styles within a page that may run, as sources of a policy: a nonce, or hashes; empty for none. */
export type Inline = { scripts: string[]; styles: string[] }

/**
 * What every answer carries. `inline` are the scripts that Next writes itself: it reads a nonce for them from the policy
 * in the request's own headers (https://nextjs.org/docs/app/guides/content-security-policy). `development` opens what
 * hot reloading needs. `directMedia`: pictures, films and sound come from wherever their authors keep them, else from us.
 * `publicUrl` is where readers reach us: browsers that came by https are told never to come otherwise for a year.
 */
export function securityHeaders(inline: Inline, development: boolean, directMedia: boolean, publicUrl = ''): Map<string, string> {
  // Without includeSubDomains: other hosts of the domain are others' business.
  const https: [string, string][] = /^https:/i.test(publicUrl) ? [['Strict-Transport-Security', 'max-age=31536000']] : []
  return new Map([
    ...https,
    ['Content-Security-Policy', contentSecurityPolicy(inline, development, directMedia)],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()'],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ['X-Robots-Tag', 'noindex'],
  ])
}

/** What a page may run that is made for one answer. */
export function marked(nonce: string): Inline {
  return { scripts: [`'nonce-${nonce}'`], styles: [`'nonce-${nonce}'`] }
}

function contentSecurityPolicy({ scripts, styles }: Inline, development: boolean, directMedia: boolean): string {
  return [
    "default-src 'none'",
    // React's development build makes its stack traces with eval.
    ["script-src 'self'", ...scripts, ...(development ? ["'unsafe-eval'"] : [])].join(' '),
    ["style-src 'self'", ...(development ? ["'unsafe-inline'"] : styles)].join(' '),
    `img-src 'self' data:${directMedia ? ' https: http:' : ''}`,
    // What a script of ours puts together from the parts of a film is a blob.
    `media-src 'self' blob:${directMedia ? ' https: http:' : ''}`,
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws:' : ''}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
