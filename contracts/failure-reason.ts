import * as z from 'zod';
import { shortLine } from './one-line.ts';

/** Longest reason that is kept, in characters: it goes into records, mails, pages and names of neighbours' errors. */
export const longestReason = 1_000;

/**
 * Why something failed, as a state machine tells it: any text is taken, since no way back may end at the wording of its reason (rule 6). A
 * cause as Lambda writes it, `Name: {"errorMessage": …, "trace": […]}`, becomes `Name: message`, and what is too long is cut.
 */
export const failureReasonSchema = z.string().transform((text) => {
  const told = shortLine(withoutTrace(text.trim()), longestReason);
  return told === '' ? 'No reason was given.' : told;
});

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
