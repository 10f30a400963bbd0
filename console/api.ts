import type { ApiError } from '../contracts/api/errors.ts';
import type { ApiOperation } from '../contracts/api/operation.ts';
import type { ApiOverview } from '../contracts/api/overview.ts';
import type { ApiReadings } from '../contracts/api/readings.ts';
import type { SignInWay } from '../contracts/api/session.ts';
import { addressOf } from './places.ts';
import { ask } from './token.ts';

/** What an attempt to look brought. `at` is the server's clock, in ms, when the answer said it. */
export type Look<T> =
  | { kind: 'changed'; value: T; at: number | null }
  | { kind: 'same' }
  | { kind: 'signed-out' }
  | { kind: 'gone'; message: string }
  | { kind: 'unreachable'; message: string };

export type Sent = { kind: 'done' } | { kind: 'refused'; message: string };

/** Longer than this is as good as no answer, in ms. */
const patience = 4_000;
/** For what is put together from all services, or from the records of weeks. */
export const longPatience = 25_000;

/**
 * Asks one address after the other. The server answers 304 as long as nothing changed since the last look at the same thing. An answer that a later
 * question has overtaken is not shown, and so it does not count as seen: else the page would stay as it was if that question fails.
 */
export function createAsker(inquire: typeof ask = ask) {
  let seen: { address: string; etag: string } | null = null;
  let questions = 0;
  return async <T>(address: string, within = patience): Promise<Look<T>> => {
    const question = ++questions;
    try {
      const answer = await inquire(address, {
        cache: 'no-store',
        headers: seen?.address === address ? { 'if-none-match': seen.etag } : {},
        signal: AbortSignal.timeout(within),
      });
      if (answer.status === 304) return { kind: 'same' };
      if (answer.status === 401) {
        seen = null;
        return { kind: 'signed-out' };
      }
      if (!answer.ok) return { kind: answer.status === 404 ? 'gone' : 'unreachable', message: await messageOf(answer) };
      // The API's own answer.
      const value = (await answer.json()) as T;
      const etag = answer.headers.get('etag');
      if (question === questions) seen = etag === null ? null : { address, etag };
      const date = Date.parse(answer.headers.get('date') ?? '');
      return { kind: 'changed', value, at: Number.isNaN(date) ? null : date };
    } catch {
      return { kind: 'unreachable', message: 'Sluice does not answer.' };
    }
  };
}

/** Asks for a service and its operations. */
export function createLookout(inquire: typeof ask = ask) {
  const lookAt = createAsker(inquire);
  return async (wanted: { service: string | null; operation: string | null }) => {
    const look = await lookAt<ApiOverview>(addressOf({ page: 'service', ...wanted }));
    return look.kind === 'changed' ? { kind: look.kind, overview: look.value, at: look.at } : look;
  };
}

/** Asks for something once, such as what a form offers; why not, where there is none. */
export async function askOnce<T>(
  address: string,
  within = longPatience,
): Promise<{ kind: 'found'; value: T } | { kind: 'refused'; message: string }> {
  const answer = await createAsker()<T>(address, within);
  if (answer.kind === 'changed') return { kind: 'found', value: answer.value };
  return { kind: 'refused', message: 'message' in answer ? answer.message : 'You are signed out.' };
}

/**
 * Asks for what both sides measured, as long as that can change: what has ended is asked once more. Answers what is known, which is the same
 * object while nothing changes; null when nothing is.
 */
export function createReadingsLookout(inquire: typeof ask = ask) {
  let seen: { of: string; ended: boolean; etag: string; readings: ApiReadings } | null = null;
  let asking = false;
  return async ({ id, outcome }: Pick<ApiOperation, 'id' | 'outcome'>): Promise<ApiReadings | null> => {
    const known = seen?.of === id ? seen : null;
    if (asking || known?.ended) return known?.readings ?? null;
    asking = true;
    try {
      const answer = await inquire(`/api/operations/${encodeURIComponent(id)}/readings`, {
        cache: 'no-store',
        headers: known === null ? {} : { 'if-none-match': known.etag },
        signal: AbortSignal.timeout(patience),
      });
      if (answer.status === 304 && known !== null) known.ended = outcome !== null;
      if (!answer.ok) return known?.readings ?? null;
      // The API's own answer.
      const readings = (await answer.json()) as ApiReadings;
      seen = { of: id, ended: outcome !== null, etag: answer.headers.get('etag') ?? '', readings };
      return readings;
    } catch {
      return known?.readings ?? null;
    } finally {
      asking = false;
    }
  };
}

export interface Change {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Makes sending it twice harmless where the API takes one. */
  readonly key?: string;
}

/** Asks for a change. */
export async function send({ method, path, body, key }: Change): Promise<Sent> {
  try {
    const answer = await ask(path, {
      method,
      headers: { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return answer.ok ? { kind: 'done' } : { kind: 'refused', message: await messageOf(answer) };
  } catch {
    return {
      kind: 'refused',
      message: 'Sluice did not answer. Whether it was done is not known: look before trying again.',
    };
  }
}

/** How a browser gets in here; null when nobody says. */
export async function readSignInWay(): Promise<SignInWay | null> {
  try {
    const answer = await fetch('/console/sign-in.json', { signal: AbortSignal.timeout(patience) });
    return answer.ok ? ((await answer.json()) as SignInWay) : null;
  } catch {
    return null;
  }
}

/** Why the API refused, with every problem that it found. */
async function messageOf(answer: Response): Promise<string> {
  try {
    // The API's own answer; anything else fails below and is named by its status.
    const { error } = (await answer.json()) as ApiError;
    const problems = (error.problems ?? []).map(({ path, message }) => `${path} ${message}`.trim());
    return [error.message, ...problems].join(' ');
  } catch {
    return `Sluice answered ${answer.status}.`;
  }
}
