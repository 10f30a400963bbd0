import { CliError, exitCodes } from '../exit.ts';

/** What one check found. */
export interface Finding {
  /** What ought to be so. */
  readonly what: string;
  /** `unknown`: it could not be looked at. */
  readonly state: 'ok' | 'missing' | 'unknown';
  /** What is there instead, or why nobody knows. */
  readonly detail: string | null;
  /** What to do. */
  readonly fix: string | null;
}

export const ok = (what: string): Finding => ({ what, state: 'ok', detail: null, fix: null });

export const missing = (what: string, detail: string, fix: string): Finding => ({
  what,
  state: 'missing',
  detail,
  fix,
});

export const unknown = (what: string, detail: string): Finding => ({ what, state: 'unknown', detail, fix: null });

/** Whether it is so, and what to do when not. */
export const check = (what: string, holds: 'holds' | 'fails', detail: string, fix: string): Finding =>
  holds === 'holds' ? ok(what) : missing(what, detail, fix);

/** What `look` finds; that it was refused, or could not look. */
export async function looked(what: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof CliError && error.exitCode === exitCodes.refused) {
      return [missing(what, error.message, error.advice ?? '')];
    }
    return [unknown(what, error instanceof Error ? error.message : String(error))];
  }
}
