import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { SecretPair } from '../../adapters/secrets/secrets.ts';
import { hours, type Milliseconds } from '../../contracts/duration.ts';
import { type Instant, instant, later } from '../../contracts/instant.ts';
import { sameText } from '../http/bearer.ts';

/** What a ticket is for: a `link` opens one session, a `session` is the cookie. Neither is accepted as the other. */
export type TicketPurpose = 'link' | 'session';

export interface Ticket {
  /** Mail address, lower case. */
  readonly user: string;
  readonly until: Instant;
}

/**
 * Tickets that need no memory, which a function does not have: who and until when, signed with a key made of the API's token. A new
 * token ends them all, once the old one is not accepted any more.
 */
export interface Sessions {
  issue(purpose: TicketPurpose, user: string): Promise<{ value: string; ticket: Ticket }>;
  /** Null for whatever was not issued for this purpose, was altered or is over. */
  verify(purpose: TicketPurpose, value: string): Promise<Ticket | null>;
}

/** How long a session lasts, and how long a link opens one: a shift. */
export const sessionLength: Milliseconds = hours(12);

const payloadSchema = z.strictObject({ user: z.email(), until: z.int() });

export function createSessions(options: {
  readonly apiToken: () => Promise<SecretPair>;
  readonly now: () => Instant;
}): Sessions {
  return {
    async issue(purpose, user) {
      const until = later(options.now(), sessionLength);
      const payload = Buffer.from(JSON.stringify({ user, until })).toString('base64url');
      const { current } = await options.apiToken();
      return { value: `${payload}.${sign(current, purpose, payload)}`, ticket: { user, until } };
    },
    async verify(purpose, value) {
      const [payload, signature, ...rest] = value.split('.');
      if (payload === undefined || signature === undefined || rest.length > 0) return null;
      const { current, previous } = await options.apiToken();
      const genuine = [current, previous ?? current].filter((token) =>
        sameText(signature, sign(token, purpose, payload)),
      );
      if (genuine.length === 0) return null;
      const { user, until } = payloadSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
      return until > options.now() ? { user, until: instant(until) } : null;
    },
  };
}

const sign = (token: string, purpose: TicketPurpose, payload: string): string =>
  createHmac('sha256', token).update(`sluice ${purpose} ${payload}`).digest('base64url');
