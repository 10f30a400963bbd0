import { shortLine } from './one-line.ts';
import { type ReasonCode, reasonCodes } from './reason-codes.ts';

declare const coded: unique symbol;

/** A sentence for people that names its code, as `because` makes it. Whatever freezes, fails, returns or refuses asks for one. */
export type Reason = string & { readonly [coded]: true };

/**
 * A reason with its code at the end, before a full stop. What else to say, such as a command, comes behind it, so that nobody copies the code with it.
 *
 * @example because('ReleaseOnHold', 'v2 is on hold: it was slow', 'Release the hold first: sluice release-hold …')
 * // 'v2 is on hold: it was slow [ReleaseOnHold]. Release the hold first: sluice release-hold …'
 */
export function because(code: ReasonCode, text: string, advice = ''): Reason {
  const told = text.trimEnd();
  const said = reasonCodeOf(told) === code && /\[\w+\]\.?$/.test(told);
  const stop = told.endsWith('.') || advice !== '' ? '.' : '';
  const rest = advice === '' ? '' : ` ${advice}`;
  // The only place that makes a reason of a text.
  return `${told.replace(/\.+$/, '')}${said ? '' : ` [${code}]`}${stop}${rest}` as Reason;
}

/** The same reason with more to say of it; its code stays what it is. */
export const withMore = (reason: Reason, more: string): Reason => `${reason}${more}` as Reason;

/** A stored text, perhaps written before there were codes: with the code that it names, otherwise with this one. */
export const reasonOr = (code: ReasonCode, text: string): Reason => (isReason(text) ? text : because(code, text));

const named = /\[([A-Z][A-Za-z]+)\]/g;

/** Whether a text names its code. */
export const isReason = (text: string): text is Reason => reasonCodeOf(text) !== null;

/** Whether it is one of the list. */
export const isReasonCode = (name: string): name is ReasonCode => Object.hasOwn(reasonCodes, name);

/**
 * The code of a reason; null where it names none. A reason that goes on from another one has both, and the later one is its own. An error that a
 * state machine tells begins with its name, which is its code.
 */
export function reasonCodeOf(text: string | null): ReasonCode | null {
  const found = [...(text ?? '').matchAll(named)].map(([, name = '']) => name).filter(isReasonCode);
  const [, error = ''] = /^([A-Z][A-Za-z]+): /.exec(text ?? '') ?? [];
  return found.at(-1) ?? (isReasonCode(error) ? error : null);
}

/** What a reason said then, up to its code: what it advised may be done already, or no longer help. */
export const withoutAdvice = (reason: string): string => reason.replace(/(?<=\[[A-Z][A-Za-z]+\])\. .*$/s, '');

/** As `shortLine`, with its code kept. */
export function shortReason(reason: Reason, longest: number): Reason {
  const short = shortLine(reason, longest);
  const code = reasonCodeOf(reason);
  if (code === null || reasonCodeOf(short) === code) return short as Reason;
  return because(code, shortLine(reason, longest - code.length - 3));
}
