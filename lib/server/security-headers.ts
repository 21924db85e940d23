/**
 * What every answer carries. `nonce` marks the inline scripts that Next writes itself; Next reads it from the policy
 * in the request's own headers (https://nextjs.org/docs/app/guides/content-security-policy). `development` opens what
 * hot reloading needs. `directMedia`: pictures, films and sound come from wherever their authors keep them, else from us.
 * `publicUrl` is where readers reach us: browsers that came by https are told never to come otherwise for a year.
 */
export function securityHeaders(nonce: string, development: boolean, directMedia: boolean, publicUrl = ''): Map<string, string> {
  // Without includeSubDomains: other hosts of the domain are others' business.
  const https: [string, string][] = /^https:/i.test(publicUrl) ? [['Strict-Transport-Security', 'max-age=31536000']] : []
  return new Map([
    ...https,
    ['Content-Security-Policy', contentSecurityPolicy(nonce, development, directMedia)],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()'],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ['X-Robots-Tag', 'noindex'],
  ])
}

function contentSecurityPolicy(nonce: string, development: boolean, directMedia: boolean): string {
  return [
    "default-src 'none'",
    // React's development build makes its stack traces with eval.
    `script-src 'self' 'nonce-${nonce}'${development ? " 'unsafe-eval'" : ''}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
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
