import * as z from 'zod';
import { formatDuration, milliseconds } from '../duration.ts';
import { durationSchema } from '../duration-schema.ts';
import { oneLine } from '../one-line.ts';
import { wholeList } from '../whole-object.ts';
import { publicUrl, text, uniqueBy } from './primitives.ts';

/** How many levels an escalation has at most: whoever is on call, the team, its management, the company's. */
export const mostLevels = 4;

/** A telephone number from abroad, so that it can be called from anywhere. */
const telephone = /^\+\d[\d ()./-]{5,}$/;
const channel = /^#[\p{L}\p{N}_.-]+$/u;

/** A way to reach somebody, as people and their devices recognise it. */
const way = z
  .string('must be text: put a telephone number in quotes')
  .trim()
  .superRefine((value, context) => {
    if (telephone.test(value) || channel.test(value) || z.email().safeParse(value).success) return;
    const address = publicUrl.safeParse(value);
    if (address.success) return;
    const isAddress = /^[a-z]+:\/\//i.test(value);
    const message = isAddress
      ? (address.error.issues[0]?.message ?? 'must be an https address')
      : 'must be a telephone number (+1 555 0100), a mail address, an https address, or a #channel';
    context.addIssue({ code: 'custom', message });
  });

const contactSchema = z.strictObject({
  level: z.int().min(1).max(mostLevels, `must be 1 to ${mostLevels}`),
  /** A role rather than a name: who has it changes from week to week. */
  who: text.refine((value) => oneLine(value) === value, 'must be one line'),
  how: z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z
      .array(way)
      .min(1, 'must name at least one way to reach them')
      .superRefine(
        uniqueBy((one) => one, 'way'),
        { when: ({ value }) => Array.isArray(value) },
      ),
  ),
  /** How long after the page this level is called when nobody has answered; at once unless written. */
  after: durationSchema.default(milliseconds(0)),
});

type Contact = z.output<typeof contactSchema>;

/** Level by level without a gap, each called later than the one before. What is wrong for itself is compared with nothing. */
function checkLevels(contacts: readonly Contact[], context: z.RefinementCtx): void {
  const problem = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
  for (const [index, { level, after }] of contacts.entries()) {
    if (Number.isInteger(level) && level <= mostLevels && level !== index + 1) {
      problem([index, 'level'], `must be ${index + 1}: levels are written in the order in which they are called`);
    }
    const before = contacts[index - 1]?.after;
    if (typeof before === 'number' && typeof after === 'number' && after <= before) {
      problem([index, 'after'], `must be longer than that of the level before, ${formatDuration(before)}`);
    }
  }
}

/** Whom to call when something is wrong, level by level. */
export const contactsSchema = z.array(contactSchema).superRefine(checkLevels, wholeList);
