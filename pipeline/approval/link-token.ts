import { createHash, randomBytes } from 'node:crypto';

/** A new link's token: 256 random bits, fit for a URL. It exists in the mail alone; the store has its hash. */
export const newLinkToken = (): string => randomBytes(32).toString('base64url');

/** What the store knows of a token: SHA-256, hexadecimal. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Whether this could be a token at all; asked before anything is looked up. */
export const looksLikeToken = (text: string): boolean => /^[\w-]{43}$/.test(text);
