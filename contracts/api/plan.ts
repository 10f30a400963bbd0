import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';
import { givenReason } from '../given-reason.ts';
import { deploymentTypeSchema } from '../trigger.ts';
import { versionSchema } from '../version.ts';
import { approvalSubjectSchema } from './operation.ts';

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** Query of `GET /api/services/:name/plan`. */
export const readPlanSchema = z.strictObject({
  version: versionSchema,
  type: deploymentTypeSchema.default('standard'),
  liveIsOlder: givenReason.nullable().default(null),
});

/** `GET /api/services/:name/plan`: what a deployment would be and do if it were started now. Nothing was started, and nothing was written. */
export const planSchema = z.object({
  service: z.string(),
  version: z.string(),
  type: deploymentTypeSchema,
  /** When it was looked at. */
  at: z.string(),
  /** What would end it, as sentences; empty: it would go ahead, as far as anybody can tell now. */
  refusals: list(z.string()),
  /** What it would wait for besides its approvals and its window, as sentences. */
  waits: list(z.string()),
  /** What it would do to other operations, as sentences. */
  effects: list(z.string()),
  /** What could not be found out, as sentences; the rights of the functions in the cluster among it, for which only they can ask. */
  unknown: list(z.string()),
  /** Null where no release could be found. */
  release: z
    .object({
      commit: z.string(),
      image: z.string(),
      digest: z.string(),
      reversible: z.boolean(),
      author: z.string().nullable(),
      runUrl: z.string(),
    })
    .nullable(),
  /** What has the traffic now; null where nothing is known to be live. */
  live: z.object({ version: z.string(), digest: z.string(), environment: environmentNameSchema }).nullable(),
  /** Where it would go. */
  target: environmentNameSchema.nullable(),
  /** The checks of the validation, judged by the same rule. */
  checks: list(
    z.object({
      name: z.string(),
      result: z.enum(['pass', 'fail', 'inconclusive']),
      reason: z.string(),
      url: z.string().optional(),
    }),
  ),
  /** What approvers would be shown: risks, commits, pull requests, diffs. Null where no release could be found. */
  subject: approvalSubjectSchema.omit({ hash: true }).nullable(),
  /** Null where it is not known who took part. */
  approvals: z
    .object({
      /** `unfillable`: not even everybody who may approve could complete them. */
      state: z.enum(['pending', 'unfillable']),
      /** How long they are waited for, in ms. */
      expireMs: z.int(),
      rules: list(
        z.object({
          role: z.string(),
          count: z.int(),
          require: z.literal('signed-in').nullable(),
          /** Whose approval counts. */
          from: list(z.string()),
        }),
      ),
      /** A sentence for each approver who does not count, and why. */
      notCounting: list(z.string()),
      /** Names that took part and belong to nobody of `people`. */
      unknownAuthors: list(z.string()),
    })
    .nullable(),
  window: z.object({
    state: z.enum(['open', 'closed']),
    text: z.string(),
    /** When it opens or closes; null when it does not within a year. */
    change: z.object({ text: z.string(), at: z.string() }).nullable(),
  }),
  /** Requests a second on both sides together, and how that is known; null where it is not. */
  traffic: z.object({ requestsPerSecond: z.number(), known: z.enum(['measured', 'configured']) }).nullable(),
  steps: list(
    z.object({
      /** Percent of the traffic on the target. */
      weight: z.int(),
      /** Counted from the first step, at the earliest, in ms. */
      beginsMs: z.int(),
      lastsMs: z.int(),
      /** Who lets it go on to the next one: a `person` where `traffic.pauseAfter` says so. */
      goesOn: z.enum(['by-itself', 'person']),
      /** How bad a release it can notice, by objective; empty where the traffic is not known. */
      notices: list(
        z.object({
          objective: z.string(),
          /** The least share of bad answers that is found in 95 of 100; null where none is. */
          share: z.number().nullable(),
          bound: z.number().nullable(),
          text: z.string(),
          /** Whether it finds only what is worse than the objective allows. */
          blind: z.boolean(),
        }),
      ),
    }),
  ),
  bakeMs: z.int(),
  /** From the first step to the end of the bake, at least, in ms. */
  leastMs: z.int(),
  /** How the traffic would go back, in order of time. `person`: only when somebody decides so. */
  ways: list(z.object({ when: z.string(), takes: z.enum(['seconds', 'minutes', 'person']), text: z.string() })),
});

export type ApiPlan = z.output<typeof planSchema>;
