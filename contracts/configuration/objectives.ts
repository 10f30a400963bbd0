import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { durationSchema, positiveDurationSchema } from '../duration-schema.ts';
import { readingUnits } from '../words.ts';
import { type BuiltIn, builtIn, builtInNames } from './built-in-objectives.ts';
import { awsRegion, cloudWatchSchema } from './cloudwatch.ts';
import { longestBucket, rest } from './istio-queries.ts';
import { sourceKinds, speaksPromQl } from './metric-sources.ts';
import { objectName, secretName, text, uniqueBy } from './primitives.ts';
import { queryTemplate, queryUrlTemplate } from './template.ts';

/** `istio, prometheus or web` */
const orOf = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

const ways = ['bearer', 'basic', 'sigv4'] as const;

const authSchema = z
  .strictObject({
    /** The secret with the token. */
    bearer: secretName.optional(),
    /** The secret with `user:password`, or with a JSON object of `username` and `password`. */
    basic: secretName.optional(),
    /** The region of an Amazon Managed Service for Prometheus, which is asked with Sluice's own AWS keys. */
    sigv4: awsRegion.optional(),
  })
  .transform((auth, context) => {
    const [kind, another] = ways.filter((one) => auth[one] !== undefined);
    const value = kind && auth[kind];
    if (kind === undefined || value === undefined || another !== undefined) {
      context.addIssue({ code: 'custom', message: 'must have either bearer, basic or sigv4' });
      return z.NEVER;
    }
    return kind === 'sigv4' ? { kind, region: value } : { kind, secret: value };
  });

/** The region of an Amazon Managed Service for Prometheus, by its address; null for any other. An endpoint of a VPC has the same name in its own. */
const amazonRegionOf = (url: string): string | null =>
  /^https?:\/\/(?:[\w-]+\.)*aps-workspaces(?:-fips)?\.([a-z0-9-]+)\./.exec(url)?.[1] ?? null;

/** By what a source knows Sluice. */
export type SourceAuth = Readonly<z.output<typeof authSchema>>;

/** A source of metrics, as `objectives.source` has it. */
export const sourceSchema = z
  .strictObject({
    istio: queryUrlTemplate.optional(),
    /** With `istio`: the workload of the gateway by which requests come in; without it whoever sends them counts. */
    gateway: objectName.optional(),
    prometheus: queryUrlTemplate.optional(),
    web: queryUrlTemplate.optional(),
    cloudwatch: cloudWatchSchema.optional(),
    /** Without it nothing is presented. */
    auth: authSchema.optional(),
    /** Of the server's certificate, as PEM in base64, where no public authority has signed it. */
    certificateAuthority: z
      .base64({ error: 'must be PEM in base64', abort: true })
      .min(1, { error: 'must be PEM in base64', abort: true })
      .refine((text) => atob(text).includes('-----BEGIN CERTIFICATE-----'), {
        error: 'must be PEM in base64, and this holds no certificate: base64 -w0 ca.pem prints it',
      })
      .optional(),
  })
  .transform((source, context) => {
    const { auth, certificateAuthority, cloudwatch } = source;
    const [kind, another] = sourceKinds.filter((one) => source[one] !== undefined);
    if (kind === undefined || another !== undefined) {
      context.addIssue({ code: 'custom', message: `must have either ${orOf(sourceKinds)}` });
      return z.NEVER;
    }
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (cloudwatch !== undefined) {
      for (const field of ['auth', 'certificateAuthority'] as const) {
        if (source[field] !== undefined)
          refuse(field, "is not for cloudwatch, which is asked with Sluice's own AWS keys");
      }
      if (source.gateway !== undefined) refuse('gateway', 'is for istio only: own queries name it themselves');
      return { kind: 'cloudwatch' as const, ...cloudwatch };
    }
    const url = kind === 'cloudwatch' ? undefined : source[kind];
    if (kind === 'cloudwatch' || url === undefined) return z.NEVER;
    const isPlain = url.startsWith('http:') && !/^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]?/.test(url);
    if (isPlain && auth !== undefined) refuse('auth', 'would be sent in clear text: the address must be https');
    if (auth?.kind === 'sigv4' && !speaksPromQl({ kind })) refuse('auth', 'sigv4 is for Prometheus');
    const amazons = amazonRegionOf(url);
    if (amazons !== null && !(auth?.kind === 'sigv4' && auth.region === amazons)) {
      refuse('auth', `must be { sigv4: ${amazons} }: Amazon Managed Service for Prometheus takes nothing else`);
    }
    if (speaksPromQl({ kind }) && /\/api\/v1(\/|$)/.test(url)) {
      refuse(kind, 'must be the address before /api/v1: Sluice adds the rest');
    }
    const access = {
      ...(auth === undefined ? {} : { auth }),
      ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    };
    if (kind === 'istio') return { kind, url, gateway: source.gateway ?? null, ...access };
    if (source.gateway !== undefined) {
      const message = 'is for istio only: own queries name it themselves';
      context.addIssue({ code: 'custom', path: ['gateway'], message });
      return z.NEVER;
    }
    return { kind, url, ...access };
  });

/**
 * Where readings come from. `istio` is a Prometheus that scrapes Istio's own metrics, for which `builtIn` objectives need no queries. For `web`, a query is a
 * JSONata expression on the JSON that the URL answers; for `cloudwatch`, metric math about the metrics that are named there.
 */
export type ObjectiveSource = Readonly<z.output<typeof sourceSchema>>;

/** What a source that has an address wants to be shown. */
export type WebAccess = Pick<
  Exclude<ObjectiveSource, { readonly kind: 'cloudwatch' }>,
  'auth' | 'certificateAuthority'
>;

const aRatio = 'must be below 1: one percent is 0.01';

const compareSchema = z
  .strictObject({
    /** Query for the number of answers in `{{window}}`, which is since the step began; a built-in objective's own unless written. */
    total: queryTemplate.optional(),
    /** Query for how many of them were bad: failed, or took too long. */
    bad: queryTemplate.optional(),
    /** The share of bad answers, 0 to 1, that nobody minds whatever the origin has; `max` unless written, where that is a ratio. `min` says nothing of it. */
    tolerate: z.number().gt(0, 'must be above 0: a single bad answer would be too many').lt(1, aRatio).optional(),
    /**
     * The share of bad answers that a release must be known to be below, with 99 % certainty, before a step passes; until then it is inconclusive.
     * null: what is not known stops nothing.
     */
    notice: z.number().gt(0, 'must be above 0').lt(1, aRatio).nullable().default(null),
  })
  .nullable()
  .optional();

const writtenSchema = z.strictObject({
  name: text,
  /** Where it is measured, written like `objectives.source`, which it is unless written. */
  source: sourceSchema.optional(),
  /** Without it the name says what is measured (`builtIn`), and the source has to be `istio`. */
  query: queryTemplate.optional(),
  /** The bounds, in the query's own unit: a reading above `max` or below `min` is broken, one equal to it is not. One of both has to be there. */
  max: z.number().optional(),
  min: z.number().optional(),
  /** What the query measures, so that messages show its readings with a unit; a ratio (0 to 1) is shown in percent. */
  unit: z.enum(readingUnits).optional(),
  /** How long it may be broken without a break before it fails. */
  for: durationSchema.default(parseDuration('5m')),
  /** Measured, kept and shown, with what it would have done; it decides nothing. Its counts are not compared. */
  dryRun: z.boolean().default(false),
  /**
   * By which counts the target is compared with the origin under the same traffic; null: `max` alone counts (docs/adr/0046). Built-in
   * objectives are compared unless it is null, others where it is written.
   */
  compare: compareSchema,
});

type Written = z.output<typeof writtenSchema>;

const objectiveSchema = writtenSchema
  .superRefine((objective, context) => {
    for (const { path, message } of problemsOf(objective)) context.addIssue({ code: 'custom', path, message });
  })
  .transform((objective) => {
    const unit = objective.unit ?? (objective.query === undefined ? builtIn(objective.name) : null)?.unit;
    return { ...objective, ...(unit === undefined ? {} : { unit }), compare: comparisonOf(objective) };
  });

interface Problem {
  readonly path: string[];
  readonly message: string;
}

function* problemsOf(objective: Written): Iterable<Problem> {
  const { name, query, unit, compare } = objective;
  const known = query === undefined ? builtIn(name) : null;
  if (query === undefined && known === null) {
    yield { path: ['query'], message: `is needed: only ${builtInNames} have one built in, with a source istio` };
    return;
  }
  if (known !== null && unit !== undefined && unit !== known.unit) {
    yield { path: ['unit'], message: `must be ${known.unit}, which the built-in ${name} is measured in` };
  }
  yield* problemsOfMax(objective, known);
  yield* problemsOfMin(objective, known);
  if (compare === null || compare === undefined) return;
  for (const count of known === null || compare.total !== undefined || compare.bad !== undefined ? counts : []) {
    if (compare[count] === undefined)
      yield { path: ['compare', count], message: 'is needed together with the other query' };
  }
  const tolerate = tolerated(objective);
  if (tolerate === null) {
    const message =
      'must be written where `max` is no ratio above 0: the share of bad answers that nobody minds, of which `min` says nothing';
    yield { path: ['compare', 'tolerate'], message };
  } else if (compare.notice != null && compare.notice <= tolerate) {
    const message = `must be above what is tolerated (${tolerate}): a release that has just that would never pass`;
    yield { path: ['compare', 'notice'], message };
  }
}

function* problemsOfMax({ name, min, max, unit }: Written, known: BuiltIn | null): Iterable<Problem> {
  if (max === undefined) {
    if (known !== null) yield { path: ['max'], message: `is needed: the built-in ${name} is bad above its bound` };
    else if (min === undefined)
      yield { path: ['max'], message: 'is needed, or min: without a bound nothing would ever be broken' };
    return;
  }
  if ((unit ?? known?.unit) === 'ratio' && max >= 1) {
    yield { path: ['max'], message: 'would never be broken: a ratio is at most 1. One percent is 0.01' };
  } else if (known !== null && (max < 0 || (known.unit === 'seconds' && max === 0))) {
    yield { path: ['max'], message: known.unit === 'seconds' ? 'must be above 0' : 'must not be negative' };
  } else if (known?.unit === 'seconds' && max * 1_000 > longestBucket) {
    yield {
      path: ['max'],
      message: `must be at most ${longestBucket / 1_000}: it is in seconds, so that 500 ms are 0.5`,
    };
  }
}

function* problemsOfMin({ name, min, max, unit }: Written, known: BuiltIn | null): Iterable<Problem> {
  if (min === undefined) return;
  const path = ['min'];
  if (known !== null) {
    yield { path, message: `is for queries of your own: the built-in ${name} is bad above its bound` };
  } else if (max !== undefined && min >= max) {
    yield { path, message: `must be below max (${max}): every reading would be broken` };
  } else if (unit === 'ratio' && min <= 0) {
    yield { path, message: 'would never be broken: a ratio is at least 0. 99 percent are 0.99' };
  } else if (unit === 'ratio' && min > 1) {
    yield { path, message: 'would always be broken: a ratio is at most 1. 99 percent are 0.99' };
  }
}

const counts = ['total', 'bad'] as const;

/** The share of bad answers that nobody minds; null where nobody says it. */
function tolerated({
  name,
  query,
  max,
  unit,
  compare,
}: Pick<Written, 'name' | 'query' | 'max' | 'unit' | 'compare'>): number | null {
  const known = query === undefined ? builtIn(name) : null;
  if (compare?.tolerate !== undefined) return compare.tolerate;
  if (known?.kind === 'latency') return rest(known.quantile);
  return (unit ?? known?.unit) === 'ratio' && max !== undefined && max > 0 ? max : null;
}

/** Null queries are written by the source. */
function comparisonOf(objective: Written) {
  const { query, compare } = objective;
  const tolerate = tolerated(objective);
  if (compare === null || (compare === undefined && query !== undefined) || tolerate === null) return null;
  const { total = null, bad = null, notice = null } = compare ?? {};
  return { total, bad, tolerate, notice };
}

/** A metric, its bounds, and how long it may be broken. */
export type Objective = Readonly<Omit<z.output<typeof objectiveSchema>, 'query' | 'compare'>> & {
  /** Its place in `objectives.list` of sluice.yaml, from 0 on. */
  readonly at: number;
  readonly query: string;
  readonly compare: null | {
    readonly total: string;
    readonly bad: string;
    readonly tolerate: number;
    readonly notice: number | null;
  };
};

/** Where an objective is measured: where the others of its service are, unless it says otherwise. */
export const sourceOf = (
  { source }: { readonly source: ObjectiveSource },
  objective: { readonly source?: ObjectiveSource | undefined },
): ObjectiveSource => objective.source ?? source;

/** Everything that is measured: what decides, and after it what only runs dry. */
export const measuredObjectives = <T>({
  list,
  dryRun,
}: {
  readonly list: readonly T[];
  readonly dryRun: readonly T[];
}) => [...list, ...dryRun];

const fastSchema = z.strictObject({
  /** Query for the number of answers in `window`; Istio's own counter unless written. */
  answers: queryTemplate.optional(),
  /** Query for how many of them failed; those with a status of 500 and above in Istio's own counter unless written. */
  failures: queryTemplate.optional(),
  /** How far back both look with `{{window}}`; never further than to a release's first traffic (docs/adr/0023). */
  window: positiveDurationSchema.default(parseDuration('1m')),
  /** With fewer answers nothing is called gross. */
  minAnswers: z.int().min(1, 'must be at least 1').default(20),
  /** The share of answers, 0 to 1, that is gross once so many have failed. */
  ratio: z
    .number()
    .gt(0, 'must be above 0: with 0, answers without a failure would return the traffic')
    .max(1, 'must be at most 1: one half is 0.5')
    .default(0.5),
});

/** The fast path where nothing is written about it. */
export const fastDefaults = fastSchema.parse({});

/** `objectives:` of a service. */
export const objectivesSchema = z.strictObject({
  source: sourceSchema,
  /** Time between two evaluations. */
  every: positiveDurationSchema.default(parseDuration('15s')),
  /** How far back queries look with `{{window}}`; never further than to a release's first traffic (docs/adr/0023). */
  window: positiveDurationSchema.default(parseDuration('5m')),
  /** How often Prometheus scrapes what is asked. Only `sluice validate` uses it, to tell whether what is looked back over holds two scrapes. */
  scrapeInterval: positiveDurationSchema.default(parseDuration('15s')),
  /** Query for the number of samples behind the readings. */
  samples: queryTemplate.nullable().default(null),
  /** With fewer samples a verdict is inconclusive. */
  minSamples: z.int().min(0).default(0),
  /** What a verdict that stays inconclusive for `deadline` leads to; `wait` pauses for a person (with the operation's own deadline). */
  inconclusive: z
    .strictObject({
      // biome-ignore lint/suspicious/noThenProperty: the word of sluice.yaml; a string, so nothing can await it
      then: z.enum(['wait', 'return', 'pass']).default('return'),
      deadline: positiveDurationSchema.default(parseDuration('10m')),
    })
    .prefault({}),
  /**
   * The fast path: a release whose answers fail in such numbers is returned by the first look that sees it, whatever `for` and `minSamples`
   * say. On by itself where both counts are known (Istio's own metrics), otherwise once both queries are written; `null` turns it off.
   */
  fast: fastSchema.nullable().optional(),
  list: z
    .array(objectiveSchema)
    .min(1, 'must have at least one objective')
    .refine((list) => list.length === 0 || list.some(({ dryRun }) => !dryRun), {
      error: 'must have one without dryRun: nothing else of it decides anything',
    })
    .superRefine(uniqueBy((objective) => objective.name, 'objective')),
});
