import * as z from 'zod';
import { commitOf, fullName, type Repository } from './github-store.ts';
import { readFileAt } from './tree-files.ts';

export const workflowPath = '.github/workflows/ci.yml';
/** In a commit's tree: the model's metrics that CI measures. */
export const metricsPath = 'model/metrics.json';
/** In a commit's tree: how CI shall turn out, for trying what happens then. */
export const outcomePath = '.github/sandbox-ci.json';

export type ModelMetrics = Readonly<Record<string, number>>;
export const goodMetrics: ModelMetrics = { accuracy: 0.947, recall: 0.968, precision: 0.941, auc: 0.981 };

/** What the CI of a repository builds and proves where a commit says nothing else. */
export interface CiRules {
  /** Image repository that releases are pushed to. */
  readonly image: string;
  /** Path of the workflow that builds a release. */
  readonly workflow: string;
  /** Jobs that succeed; those of another workflow are named as `scan.yml/image`. */
  readonly checks: readonly string[];
  /** The model's metrics; none where there is no model. */
  readonly metrics: ModelMetrics;
  readonly staging: { readonly environment: string; readonly creator: string };
}

export const usualCi = {
  workflow: workflowPath,
  checks: ['test', 'security-scan'],
  metrics: goodMetrics,
  staging: { environment: 'staging', creator: 'github-actions[bot]' },
} as const satisfies Omit<CiRules, 'image'>;

const Metrics = z.record(z.string(), z.number());
const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL'] as const;
const Conclusions = z.enum(['success', 'failure', 'cancelled', 'timed_out', 'neutral', 'skipped']);
const Outcome = z.object({
  /**
   * How each job ends, by its name, or by workflow and name (`scan.yml/image`), which is a run of its own; `test` and `security-scan` succeed
   * unless told otherwise. `after`: seconds for which it is under way.
   */
  checks: z
    .record(z.string(), z.union([Conclusions, z.object({ conclusion: Conclusions, after: z.number() })]))
    .default({}),
  /** State of the deployment to staging. */
  staging: z.enum(['success', 'failure', 'error', 'in_progress', 'pending']).default('success'),
  /** Conclusion of the run as a whole, apart from its jobs. */
  conclusion: z.enum(['success', 'failure', 'cancelled']).default('success'),
  reversible: z.boolean().optional(),
  /** What the registry's scan finds in the image, by severity. */
  findings: z.partialRecord(z.enum(severities), z.number().int().min(0)).default({}),
});

/** How CI turns out; everything is well where nothing is said. */
export type CiOutcome = z.input<typeof Outcome>;

export type ParsedOutcome = z.output<typeof Outcome>;

/** How CI turns out where the commit says nothing. */
export const goodOutcome = (): ParsedOutcome => Outcome.parse({});

/**
 * What a commit's tree says about its CI. A file that cannot be read as what it should be makes the run fail, as it
 * would in a real CI. @throws Error for a commit that is not there.
 */
export function readCiFiles(repository: Repository, sha: string) {
  const commit = commitOf(repository, sha);
  if (commit === undefined) throw new Error(`No commit ${sha} in ${fullName(repository.row)}`);
  const read = (path: string): string | undefined => readFileAt(repository, commit.tree, path)?.toString();
  const outcome = parse(Outcome, read(outcomePath) ?? '{}');
  const measured = read(metricsPath);
  const metrics = measured === undefined ? null : parse(Metrics, measured);
  const isWhole = outcome !== undefined && metrics !== undefined;
  return {
    /** With a leading v; empty when the commit has no file VERSION, or no version in it. */
    version: /^v?(\d[\w.-]*)$/.exec((read('VERSION') ?? '').trim())?.[1]?.replace(/^/, 'v') ?? '',
    outcome: isWhole ? outcome : { ...goodOutcome(), conclusion: 'failure' as const },
    /** Null where the commit has no such file. */
    metrics: metrics === undefined ? {} : metrics,
  };
}

function parse<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export type CiFiles = ReturnType<typeof readCiFiles>;
