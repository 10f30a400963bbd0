import type { SignInWay } from '../../contracts/api/session.ts';

/**
 * What every part of the console is sent with. Scripts and styles come from here and from nowhere else, and no text can become
 * markup (trusted types), so that a release's name or a log line on the page stays text.
 */
export const consoleHeaders = (signIn: SignInWay): Readonly<Record<string, string>> => ({
  // Asked for again at each visit, and answered with 304: an update is seen at once.
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'self'",
    // The page exchanges its code for a token there.
    ...(signIn.kind === 'openid' ? [`connect-src 'self' ${new URL(signIn.token).origin}`] : []),
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});
