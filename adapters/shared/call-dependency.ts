import { setTimeout as pause } from 'node:timers/promises';
import type { Milliseconds } from '../../contracts/duration.ts';
import { DependencyUnavailable, SluiceError } from '../../contracts/errors.ts';
import { unavailable } from './dependency-errors.ts';

/** What a caller may say about one call: its total budget, and a signal that ends it earlier. */
export interface CallOptions {
  /** Budget for the whole call: connecting, retries and reading the answer included. */
  readonly within?: Milliseconds;
  readonly signal?: AbortSignal;
}

export interface DependencyCall extends CallOptions {
  /** Who is asked, as a person would say it: `Kubernetes`, `GitHub`, `Step Functions`. */
  readonly dependency: string;
  /** What is attempted, without secrets: `GET /apis/…`. */
  readonly attempted: string;
  readonly within: Milliseconds;
  /** Only a `read` is tried again here; a write is retried by the state machine, which re-reads first. */
  readonly retry: 'safe' | 'never';
}

const readAttempts = 3;
const firstPause = 40;

/**
 * Runs one call to a dependency under a deadline (I11). `work` gets a signal that ends with the budget; should it ignore
 * the signal, the call ends all the same. A read that failed for a passing reason is tried up to three times while there
 * is budget left.
 *
 * @throws {DependencyUnavailable} when the budget ran out, or whatever `work` throws.
 */
export async function callDependency<T>(call: DependencyCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const timer = setTimeout(
    () => ending.abort(unavailable({ ...call, reason: `no answer within ${call.within} ms` })),
    call.within,
  );
  const endEarly = () => ending.abort(unavailable({ ...call, reason: 'the caller ended the call' }));
  if (call.signal?.aborted) endEarly();
  call.signal?.addEventListener('abort', endEarly, { once: true });
  try {
    return await Promise.race([attempts(call, ending.signal, work), aborted(ending.signal)]);
  } catch (error) {
    // An aborted request fails with the library's own error; the reason that we aborted with says more.
    if (ending.signal.aborted) throw ending.signal.reason;
    if (error instanceof SluiceError) throw error;
    throw unavailable({ ...call, reason: describeCause(error), cause: error });
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', endEarly);
  }
}

async function attempts<T>(
  call: DependencyCall,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await work(signal);
    } catch (error) {
      const passing = error instanceof DependencyUnavailable || !(error instanceof SluiceError);
      if (call.retry === 'never' || !passing || attempt >= readAttempts || signal.aborted) throw error;
      await pause(firstPause * attempt, undefined, { signal });
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The innermost reason of a network error: `ECONNREFUSED` says more than `fetch failed`. */
export function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return describeCause(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return code !== null && !error.message.includes(code) ? `${code}: ${error.message}` : error.message || error.name;
}
