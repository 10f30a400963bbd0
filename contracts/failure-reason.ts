import * as z from 'zod';
import { oneLine, shortLine } from './one-line.ts';
import { isReason, type Reason, reasonOr, shortReason } from './reason.ts';
import type { ReasonCode } from './reason-codes.ts';

/** Longest reason that is kept, in characters: it goes into records, mails, pages and names of dependencies' errors. */
export const longestReason = 1_000;

/**
 * Why something failed, as a state machine tells it: any text is taken, since no way back may end at the wording of its reason (rule 6). A
 * cause as Lambda writes it, `Name: {"errorMessage": …, "trace": […]}`, becomes `Name: message`, what is too long is cut, and what names no code gets
 * one.
 */
export const failureReasonSchema = z.string().transform(faultReason);

/** The same as stored. Earlier records have no code and are read as they are. */
export const recordedFailureSchema = z.string().transform((text) => {
  const told = oneLine(withoutTrace(text.trim()));
  if (told === '') return 'No reason was given.';
  return isReason(told) ? shortReason(told, longestReason) : shortLine(told, longestReason);
});

/** A text of a state machine, or of a record, as a reason with a code. */
export function faultReason(text: string): Reason {
  const told = recordedFailureSchema.parse(text);
  return shortReason(reasonOr(codeOfFault(told), told), longestReason);
}

/** For an error without a code of its own, and for texts written before there were codes. */
function codeOfFault(told: string): ReasonCode {
  const [, name = null] = /^([A-Z][A-Za-z]*(?:\.[A-Za-z]+)?):(?: |$)/.exec(told) ?? [];
  if (name === null) return 'Unclassified';
  return name.includes('.') || /(Error|Exception)$/.test(name) ? 'TaskFailed' : 'Unclassified';
}

const lambdaCauseSchema = z.object({ errorMessage: z.string().min(1) });

function withoutTrace(text: string): string {
  const start = text.indexOf('{');
  if (start === -1) return text;
  try {
    const { data } = lambdaCauseSchema.safeParse(JSON.parse(text.slice(start)));
    return data === undefined ? text : text.slice(0, start) + data.errorMessage;
  } catch {
    return text;
  }
}
