/**
 * What every answer carries. `nonce` marks the inline scripts that Next writes itself; Next reads it from the policy
 * in the request's own headers (https://nextjs.org/docs/app/guides/content-security-policy). `development` opens what
 * hot reloading needs.
 */
export function securityHeaders(nonce: string, development: boolean): Map<string, string> {
  return new Map([
    ['Content-Security-Policy', contentSecurityPolicy(nonce, development)],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()'],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'DENY'],
    ['X-Robots-Tag', 'noindex'],
  ])
}

function contentSecurityPolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'none'",
    // React's development build makes its stack traces with eval.
    `script-src 'self' 'nonce-${nonce}'${development ? " 'unsafe-eval'" : ''}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    // Posts show pictures and sound from wherever their authors keep them.
    "img-src 'self' data: https: http:",
    'media-src https: http:',
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws:' : ''}`,
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
