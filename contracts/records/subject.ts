import * as z from 'zod';
import { contributorsSchema } from '../contributor.ts';
import { environmentNameSchema } from '../environment.ts';
import { checkConclusionSchema } from '../evidence.ts';
import { operationKinds } from '../operation.ts';
import { deploymentTypeSchema } from '../trigger.ts';
import { listOf } from './record.ts';

const text = z.string();

/** What has been cut is said: `sha256` is of the whole text, so that what nobody sees here cannot change unseen either. */
const diffSchema = z.object({ text, cut: z.boolean(), sha256: text, files: listOf(text) });

export type SubjectDiff = Readonly<z.output<typeof diffSchema>>;

const pullRequestSchema = z.object({
  number: z.int(),
  title: text,
  /** GitHub login of who opened it; null when that account is gone. */
  author: text.nullable(),
  url: text,
});

export type PullRequest = Readonly<z.output<typeof pullRequestSchema>>;

const changeListSchema = z.object({
  /** Commits since the live release, oldest first. */
  commits: listOf(z.object({ sha: text, subject: text, author: text.nullable() })),
  /** How many there are; more than are listed when the list was cut. */
  total: z.int(),
  /** How many commits of the live release are not in this one. Absent where all are: earlier subjects must keep their hash. */
  behind: z.int().min(1).optional(),
  /** Page on which all of it can be seen. */
  url: text.nullable(),
});

/** What GitHub knows of the way from the live release to this one: gathered with the evidence, kept for the subject. */
export const releaseChangesSchema = z.object({
  /** Commits since the live release; null where nobody could say. */
  changes: changeListSchema.nullable(),
  /** Merged pull requests that these commits came from. Without a default: earlier subjects must keep their hash. */
  pulls: listOf(pullRequestSchema).optional(),
  /** The chart and its values: what runs in the live environment beside what is to run; null where it could not be read. */
  chart: diffSchema.nullable(),
  /** The manifests that Helm makes of both; null where Helm is not there. */
  manifests: diffSchema.nullable(),
  /** What could not be found out, as sentences for the approvers. */
  unknown: listOf(text),
});

export type ReleaseChanges = Readonly<z.output<typeof releaseChangesSchema>>;

/** What Argo CD's Application makes of the commit, as people are shown it; the hash is over all of it. */
export const deliveredSourceSchema = z.object({
  repository: text,
  path: text,
  valueFiles: listOf(text),
  /** `name=value`; the value of what is named like a secret is hidden. */
  parameters: listOf(text),
  /** Values that stand in the Application itself, by line. */
  inline: listOf(text),
  /** What else stands there, by its names. */
  others: listOf(text),
  sha256: text,
});

export type DeliveredSource = Readonly<z.output<typeof deliveredSourceSchema>>;

/**
 * What people decide on when they approve (DESIGN §5, Approvals; I3): everything in it is shown to them, and a decision is for this text and no
 * other. No times of day, so that gathering the same evidence again is the same subject.
 */
export const subjectSchema = z.object({
  operation: text,
  kind: z.enum(operationKinds),
  type: deploymentTypeSchema,
  release: z.object({
    service: text,
    version: text,
    commit: text,
    image: text,
    digest: text,
    chart: text.nullable(),
    /** Git's id of the chart on the branch that it goes to, without `values-release.yaml`. */
    chartTree: text.nullable(),
    reversible: z.boolean(),
  }),
  /** What is live and would be replaced; null where nothing is. */
  live: z.object({ version: text, digest: text, environment: environmentNameSchema }).nullable(),
  evidence: z.object({
    checks: listOf(z.object({ workflow: text, name: text, conclusion: checkConclusionSchema })),
    judged: listOf(z.object({ name: text, result: z.enum(['pass', 'fail', 'inconclusive']), reason: text })),
    staging: text.nullable(),
    model: z.record(text, z.number()),
  }),
  since: releaseChangesSchema,
  /** Where the release is to be written, and what somebody else has written there; null where nobody could look. */
  branch: z
    .object({ environment: environmentNameSchema, head: text, foreign: text.nullable(), proposed: z.boolean() })
    .nullable(),
  /** What the Application adds to the chart. Without a default: earlier subjects must keep their hash. */
  source: deliveredSourceSchema.optional(),
  plan: z.object({
    target: environmentNameSchema.nullable(),
    steps: listOf(z.int()),
    /** ms */
    interval: z.int(),
    bake: z.int(),
    keepWarm: z.int(),
  }),
  /** Who took part and so does not count, and whether that is everybody. Without a default: earlier subjects must keep their hash. */
  contributors: contributorsSchema.omit({ commits: true }).optional(),
  /** What is out of the ordinary, as sentences. */
  risks: listOf(text),
});

export type Subject = Readonly<z.output<typeof subjectSchema>>;

/** Both as items of the table, where their own fields would meet those of its index. */
export const subjectRecordSchema = z.object({ subject: subjectSchema });
export const changesRecordSchema = z.object({
  since: releaseChangesSchema,
  contributors: contributorsSchema.nullable().default(null),
});

/** What was found out of a release beside its evidence. */
export type Gathered = Readonly<z.output<typeof changesRecordSchema>>;
