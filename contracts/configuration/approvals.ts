import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { durationSchema, positiveDurationSchema } from '../duration-schema.ts';
import { wholeList } from '../whole-object.ts';
import { mail, text, uniqueBy } from './primitives.ts';

/** When a rule of approval applies; `requiredRules` in core/approvals says how they combine. */
export const approvalOccasions = ['always', 'major', 'hotfix', 'irreversible', 'too-many-commits'] as const;

const ruleSchema = z
  .strictObject({
    role: text,
    /** Mail addresses of `people`. */
    members: z
      .array(mail)
      .min(1, 'must name at least one member')
      .superRefine(uniqueBy((member) => member, 'member')),
    /** How many members must approve. */
    count: z.int().min(1).default(1),
    when: z.enum(approvalOccasions).default('always'),
    /** `signed-in`: possession of a mailbox is not enough, the approver must have signed in. */
    require: z.literal('signed-in').optional(),
  })
  .refine((rule) => rule.count <= rule.members.length, {
    path: ['count'],
    error: 'must not be more than there are members: nobody could approve',
  });

/** One role's share of an approval. */
export type ApprovalRule = Readonly<z.output<typeof ruleSchema>>;

/** `approvals:` of a service. */
export const approvalsSchema = z.strictObject({
  /** The GitHub environment in which the service's repository shows each deployment and how it stands; null: none. */
  environment: text.nullable().default(null),
  expire: positiveDurationSchema.default(parseDuration('24h')),
  remind: positiveDurationSchema.default(parseDuration('4h')),
  /** Whom to tell when it takes too long, before it expires. */
  escalate: z
    .strictObject({ after: durationSchema, to: z.array(mail).min(1) })
    .nullable()
    .default(null),
  /** False: a person who is in several roles counts in each. Otherwise one person counts once for one release. */
  distinct: z.boolean().default(true),
  /** How often a waiting state re-reads its item without a nudge (rule 5). */
  recheck: positiveDurationSchema.default(parseDuration('30m')),
  rules: z
    .array(ruleSchema)
    .refine((rules) => rules.some((rule) => rule.when === 'always'), {
      error: 'must have a rule with `when: always`: nothing goes live unapproved',
      ...wholeList,
    })
    .superRefine(uniqueBy((rule) => `${rule.role} (${rule.when})`, 'rule')),
});
