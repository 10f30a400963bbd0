import * as z from 'zod';
import { consequences } from '../consequence.ts';
import { contributorsSchema } from '../contributor.ts';
import { environmentNameSchema } from '../environment.ts';
import { operationKinds, operationStates, outcomes } from '../operation.ts';
import { triggerSchema } from '../trigger.ts';
import { foreignChangeSchema } from './branch.ts';
import { measuredBesideSchema } from './measured.ts';
import { listOf, timeText } from './record.ts';
import { deliveredSourceSchema } from './subject.ts';

/** The identity of the release that an operation is about: it is set once, and whatever is gathered later is compared with it. */
const releaseReferenceSchema = z.object({
  version: z.string(),
  commit: z.string(),
  /** `sha256:…` of the image. */
  digest: z.string(),
  /** Git's id of the chart on the branch of the environment that it is to go to, without `values-release.yaml`; null before that was looked at. */
  chartTree: z.string().nullable().default(null),
});

export type ReleaseReference = Readonly<z.output<typeof releaseReferenceSchema>>;

const checkResultSchema = z.object({
  /** Looked at for people who decide: it refuses nothing, says something else by the minute, and is no part of what they approve. */
  advisory: z.literal(true).optional(),
  /** Compares the release with what is live: made anew once another release is, and no part of what they approve. */
  besideLive: z.literal(true).optional(),
  name: z.string(),
  result: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string(),
  at: timeText,
  /** Where a person can look further. */
  url: z.string().optional(),
  /** Of what is looked at after the bake: what a failure leads to (`postDeployment`). */
  onFailure: z.enum(consequences).optional(),
});

/** One check as people see it. */
export type CheckResult = Readonly<z.output<typeof checkResultSchema>>;

const observationSchema = z.object({
  /** What Sluice would have done before it moved any traffic, a sentence each. */
  plan: listOf(z.string()),
  /** The weights whenever they, or what runs behind them, were seen to change, oldest first. `share`: percent of the traffic on the release. */
  seen: listOf(z.object({ at: timeText, weights: z.object({ blue: z.number(), green: z.number() }), share: z.int() })),
  /** What Sluice would have done instead of going on, oldest first; one of each kind. `share`: as it was then. */
  decisions: listOf(z.object({ kind: z.enum(['pause', 'return']), at: timeText, share: z.int(), reason: z.string() })),
});

/** What an observation has seen of another pipeline, and what Sluice would have done. */
export type Observation = Readonly<z.output<typeof observationSchema>>;

const containerSchema = z.object({ name: z.string(), image: z.string() });

const desiredSplitSchema = z.object({
  /** Percent on the target; 0: everything back on the origin. */
  weight: z.int(),
  /** A split is sent back at this instant (rule 5); all the traffic on the target stays there once it is judged good. */
  until: timeText,
  actor: z.string(),
  reason: z.string(),
});

const promotionSchema = z.object({
  /** `next`: the rest of the step with `weight`; `all`: of every step that is left. */
  to: z.enum(['next', 'all']),
  /** Percent on the target when it was asked for. */
  weight: z.int(),
  actor: z.string(),
  reason: z.string(),
  at: timeText,
});

/** Which steps a person wants skipped; another request replaces it. */
export type Promotion = Readonly<z.output<typeof promotionSchema>>;

/** Where a person wants the traffic during a switch by hand; another request replaces it. */
export type DesiredSplit = Readonly<z.output<typeof desiredSplitSchema>>;

/**
 * What is remembered of an operation. Times are RFC 3339 text.
 *
 * A field that decides something must be right: an odd one makes the record unreadable, and whoever needs it does without the record or
 * fails. A field that is only shown to people is replaced by its default (`catch`), so that no rescue is held up by a check's odd wording.
 */
export const operationRecordSchema = z.object({
  id: z.string(),
  kind: z.enum(operationKinds),
  service: z.string(),
  trigger: triggerSchema,
  /** Who or what asked for it: a person's mail, a GitHub login, `alertmanager`, `sluice`. */
  actor: z.string(),
  executionArn: z.string(),
  startedAt: timeText,
  /** The instant at which the operation is over even if its execution no longer runs (rule 5). */
  deadline: timeText,
  state: z.enum(operationStates),
  outcome: z.enum(outcomes).nullable(),
  reason: z.string().nullable().default(null).catch(null),
  endedAt: timeText.nullable().default(null),
  /** When its audit's head was put where nobody can change it; null before that, and where no audit is anchored. */
  anchoredAt: timeText.nullable().default(null),
  release: releaseReferenceSchema.nullable().default(null),
  /** When the release's commit was made: what lead time is counted from. Null where nobody has read it, and in earlier records. */
  committedAt: timeText.nullable().default(null).catch(null),
  /** Each state that it entered, and when, oldest first; earlier records have none. */
  phases: listOf(z.object({ state: z.enum(operationStates), at: timeText }))
    .default([])
    .catch([]),
  /** What was live when it was last looked at, read from the cluster (rule 8). */
  live: z
    .object({ version: z.string(), digest: z.string(), environment: environmentNameSchema })
    .nullable()
    .default(null),
  /** What it and the live release had measured on staging, when that was looked at; null where nothing is to be measured. */
  measured: measuredBesideSchema.nullable().default(null).catch(null),
  /** Who took part in the release and in what came in since the live one; null while nobody has looked, and for a rollback. */
  contributors: contributorsSchema.nullable().default(null),
  /** Set when the route is claimed. */
  origin: environmentNameSchema.nullable().default(null),
  target: environmentNameSchema.nullable().default(null),
  epoch: z.int().nullable().default(null),
  /** Pods of the origin before the shift: it keeps them (I8). */
  originReplicas: z.int().nullable().default(null),
  /** The commit on the target's environment branch, and the one that it replaced. */
  gitCommit: z.string().nullable().default(null),
  /** The containers that Argo CD had synced at the commit: names and images, by which each weight judges the pods. */
  approved: z
    .object({ containers: listOf(containerSchema), initContainers: listOf(containerSchema) })
    .nullable()
    .default(null),
  /** The commit that the target's Application was at before: where a return pins it again. */
  formerCommit: z.string().nullable().default(null),
  /** Of a rollback: until when the target of the aborted deployment keeps its capacity; null where that was lowered at once. */
  keptWarmUntil: timeText.nullable().default(null),
  /** The commit that the standby's Application was at when the live release was looked at. */
  standbyCommit: z.string().nullable().default(null),
  /** What the standby's Application adds to the commit, when the live release was looked at, and why that is nothing to approve. */
  standbySource: z
    .object({
      source: deliveredSourceSchema,
      /** Whether the Application of the live side adds something else. */
      differs: z.boolean(),
      problem: z.string().nullable(),
    })
    .nullable()
    .default(null)
    .catch(null),
  /** The head of the standby's branch as its approvers see it, and what somebody else has written there; null before anybody looked. */
  branch: z
    .object({
      environment: environmentNameSchema,
      head: z.string(),
      change: foreignChangeSchema.nullable(),
      /** A person has put exactly this head before the approvers. */
      proposed: z.boolean(),
    })
    .nullable()
    .default(null),
  /** When the first weight was about to rise on the target; null means it never had traffic. */
  shiftedAt: timeText.nullable().default(null),
  /** When the capacity for the weight that comes next was asked for; a pause begins it anew. Null while none was. */
  capacitySince: timeText.nullable().default(null),
  /** Weights as last seen or written by this operation. */
  weights: z.object({ blue: z.int(), green: z.int() }).nullable().default(null),
  checks: listOf(checkResultSchema).default([]).catch([]),
  /** Set for a switch by hand only. */
  desired: desiredSplitSchema.nullable().default(null),
  /** State of the running judgement, carried from tick to tick: whoever judges has its schema and reads it (pipeline/shift, pipeline/return). */
  judgement: z.unknown().default(null),
  /** When the state that waits now began, so that deadlines outlive an execution. */
  stateSince: timeText,
  /** Who let it pass its windows, and why; null where nobody did. */
  windowOverride: z.object({ actor: z.string(), reason: z.string(), at: timeText }).nullable().default(null),
  /** When it first found evidence still under way, and what that is; null and empty while it waits for none. */
  evidenceAwaitedSince: timeText.nullable().default(null),
  evidenceAwaited: listOf(z.string()).default([]).catch([]),
  /** What its sync or its rollout is held up by, and when that was seen; null while it goes as it should, or was never looked at. */
  syncAwaited: z.object({ what: z.string(), at: timeText }).nullable().default(null).catch(null),
  /** When it first found the lock held; null while it never had to wait. */
  lockAwaitedSince: timeText.nullable().default(null),
  /** The operation that this one returns (a rollback), or that returned this one. */
  related: z.string().nullable().default(null),
  /** The operation that took its lock to return its traffic: from then on its own execution cannot end it any more (I12). */
  returnedBy: z.string().nullable().default(null),
  /** Who asked to end it early, and why. */
  abort: z.object({ actor: z.string(), reason: z.string() }).nullable().default(null),
  /** Which steps are skipped, and who wants that; null where none are. */
  promotion: promotionSchema.nullable().default(null),
  /** The weight after whose step a person was asked last (`traffic.pauseAfter`); null while nobody was. */
  askedAfter: z.int().nullable().default(null),
  /** Why the shift does not go on for now (I7); null when it does. */
  pausedBecause: z.string().nullable().default(null),
  /** Since when; a pause has a deadline too (I11). */
  pausedAt: timeText.nullable().default(null),
  /** When the last pause was ended: what stands on the route from before is over. */
  resumedAt: timeText.nullable().default(null),
  /** What others have changed meanwhile, each recorded once, and `restored …` for what was put right once (rule 8). */
  drifts: listOf(z.string()).default([]),
  /** Of an observation, once it has looked; null for all others. */
  observation: observationSchema.nullable().default(null),
  /** Findings about the failing side: events, logs, pod states. */
  diagnosis: listOf(z.string()).default([]).catch([]),
});

export type OperationRecord = Readonly<z.output<typeof operationRecordSchema>>;
