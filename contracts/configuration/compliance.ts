import * as z from 'zod';
import { repository, text, uniqueBy } from './primitives.ts';

const isPattern = (pattern: string): boolean => {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
};

const changeSchema = z
  .strictObject({
    /** A regular expression over the message of the release's commit and the pull requests that it came from: `CHG-\d+`, or `#(\d+)` with the number of an issue. */
    pattern: text.refine(isPattern, 'must be a regular expression'),
    /** `github`: what is named has to be an issue there, by the number in the first group or in the whole match. null: naming it is enough. */
    lookup: z.enum(['github']).nullable().default(null),
    /** Where the issues are; the service's own repository unless written. */
    repository: repository.optional(),
    /** A label that the issue must have, such as one that only those may set who approve changes. */
    label: text.optional(),
  })
  .superRefine(({ lookup, repository: where, label }, context) => {
    for (const [key, value] of Object.entries({ repository: where, label })) {
      if (lookup === null && value !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: 'needs `lookup: github`: else nothing is looked up' });
      }
    }
  });

/** `validation.compliance:` of a service: what the house wants to find of each release. */
export const complianceSchema = z.strictObject({
  /** The change record; null: none is wanted. */
  change: changeSchema.nullable().default(null),
  /** Files that the release's commit must have: paths in the service's repository. */
  documents: z
    .array(
      z
        .string()
        .regex(/^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))\S+[^/\s]$/, 'must be the path of a file, like docs/model-card.md'),
    )
    .readonly()
    .default([])
    .superRefine(uniqueBy((path) => path, 'document')),
});

export type ComplianceRules = Readonly<z.output<typeof complianceSchema>>;
export type ChangeRule = NonNullable<ComplianceRules['change']>;
