import * as z from 'zod';
import type {
  ActCommand,
  NotifyCommand,
  ObserveCommand,
  OperationCommand,
  ReleaseCommand,
  ReturnTrafficCommand,
} from './commands.ts';
import { environmentNameSchema } from './environment.ts';
import { outcomes } from './operation.ts';
import { isReason } from './reason.ts';
import { failureCauseSchema } from './trigger.ts';

/**
 * What the step of each command may answer: its outcomes, by which the state machines choose, and the fields that they read. Steps and
 * handlers are typed by it; a test compares every `Choice` with it. Steps import only the type, so that no cold start pays for the schemas.
 */

const reason = z.string().refine(isReason, 'must name a reason code');
const weight = z.int().min(0).max(100);
/** Whole seconds that the machine waits before it asks again. */
const seconds = z.int().min(1);
/** Whole seconds for which a rollback has waited by now, all in all; the machine hands them on. */
const waited = z.int().min(0);
/** How the operation ends when the machine goes no further. */
const ending = z.enum(outcomes);
const cause = failureCauseSchema;

const one = <const Name extends string, Shape extends z.core.$ZodLooseShape>(outcome: Name, shape: Shape) =>
  z.object({ outcome: z.literal(outcome), ...shape });
/** Several outcomes that say nothing more. */
const bare = <const Names extends readonly [string, ...string[]]>(...names: Names) =>
  z.object({ outcome: z.literal([...names]) });
/** Several outcomes that give a reason. */
const because = <const Names extends readonly [string, ...string[]]>(...names: Names) =>
  z.object({ outcome: z.literal([...names]), reason });
/** An outcome with which the operation ends before it has touched anything. */
const ends = <const Name extends string, const Ending extends (typeof outcomes)[number]>(
  outcome: Name,
  ...endings: [Ending, ...Ending[]]
) => z.object({ outcome: z.literal(outcome), ending: z.enum(endings), reason });

/** The target is bad, or has no capacity in time, or nobody decided on a pause: the traffic goes back. */
const failed = one('failed', { cause: cause.optional(), reason });
/** A pause is over in which nobody decided, and the origin is not known to be good: the traffic stays, the service freezes (I7). */
const undecided = one('undecided', { cause: z.literal('undecided'), reason });
/** Somebody else changed what the operation had written, which says nothing of the release: the traffic goes back, and nothing is held. */
const drift = one('drift', { cause: z.literal('drift'), reason });
/** What decides how many pods there are could not give the target what the shift needs, which says nothing of the release. */
const noCapacity = one('no-capacity', { cause: z.literal('fault'), reason });
/** The release failed and cannot be rolled back without a person, who has to decide (DESIGN §5, Data). */
const paused = because('paused');

const judged = [
  bare('passed'),
  bare('judging'),
  because('replan', 'aborted'),
  drift,
  failed,
  undecided,
  paused,
] as const;
const ended = one('ended', { ending });
const endedWithId = one('ended', { ending, operation: z.string() });
/** `lost`: nobody knows where the traffic was, or where it could go. */
const movedBack = z.object({
  outcome: z.literal(['returned', 'nothing-to-return', 'lost']),
  ending: z.literal('failed'),
});

/** Both sides are bad, and the one that the traffic left is clearly the less bad one: it goes there once more, and the service freezes. */
const bothBad = one('both-bad', { environment: environmentNameSchema, reason });

type Action = (
  | ReleaseCommand
  | OperationCommand
  | ObserveCommand
  | ActCommand
  | ReturnTrafficCommand
  | NotifyCommand
)['action'];

/** Always a union, also of one member, so that everybody reads it the same way. */
const union = <const Members extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]]>(
  ...members: Members
) => z.discriminatedUnion('outcome', members);

export const resultSchemas = {
  // release
  'gather-evidence': union(
    // `observed`: the same, of a service with `mode: observe`, where another pipeline carries the release in.
    one('gathered', { operation: z.string() }),
    one('observed', { operation: z.string() }),
    // Evidence is under way.
    one('waiting', { operation: z.string(), waitSeconds: seconds }),
    one('refused', {
      operation: z.string(),
      ending: z.enum(['failed-validation', 'superseded', 'aborted', 'would-refuse']),
      reason,
    }),
  ),
  // `waiting`: another operation has found meanwhile that evidence is under way again.
  validate: union(
    bare('passed'),
    one('waiting', { waitSeconds: seconds }),
    ends('refused', 'failed-validation', 'superseded', 'aborted', 'frozen', 'window-closed'),
  ),

  // operation
  'await-approval': union(bare('waiting')),
  'read-approval': union(
    // `subject-changed`: what was asked about is not what would be deployed any more, so that everybody is asked again.
    bare('approved', 'pending', 'subject-changed'),
    ends('aborted', 'aborted'),
    ends('rejected', 'rejected'),
    ends('expired', 'expired'),
    ends('superseded', 'superseded'),
    // A role that is wanted can be filled by nobody: waiting would be for nothing.
    ends('unfillable', 'failed-validation'),
  ),
  'read-window': union(
    bare('open'),
    one('closed', { waitSeconds: seconds }),
    ends('aborted', 'aborted'),
    ends('superseded', 'superseded'),
    ends('window-closed', 'window-closed'),
  ),
  'await-window': union(bare('waiting')),
  'acquire-lock': union(
    bare('acquired'),
    // A switch by hand does not wait for the lock, so that its `held` says how it ends.
    one('held', { ending: z.literal('failed-validation').optional(), reason: reason.optional() }),
    ends('aborted', 'aborted'),
    ends('superseded', 'superseded'),
    ends('frozen', 'frozen'),
    ends('on-hold', 'failed-validation'),
    ends('expired', 'expired'),
  ),
  'await-lock': union(bare('waiting')),
  'finalize-deployment': union(endedWithId),
  'end-before-lock': union(ended),
  'end-after-return': union(ended),
  'hold-release': union(bare('held', 'nothing-to-hold')),
  // `no-traffic`: its target has none, so that there is nothing to decide.
  'pause-for-fault': union(bare('paused', 'no-traffic', 'aborted')),
  'finalize-rollback': union(endedWithId),
  freeze: union(ended),
  'begin-switch': union(one('begun', { operation: z.string() })),
  'plan-standby': union(one('planned', { waitSeconds: seconds })),

  // act and return-traffic, each of itself
  'check-rights': union(bare('checked'), ends('refused', 'failed'), ends('aborted', 'aborted')),

  // observe
  'observe-live': union(bare('observed')),
  recheck: union(
    bare('ready', 'window-closed', 'live-changed', 'evidence-old'),
    ends('superseded', 'superseded'),
    ends('aborted', 'aborted'),
    ends('frozen', 'frozen'),
    ends('on-hold', 'failed-validation'),
  ),
  'observe-foreign': union(
    bare('observing'),
    ends('ended', 'would-succeed', 'would-roll-back', 'inconclusive', 'expired', 'aborted'),
  ),
  'await-sync': union(bare('synced', 'syncing', 'not-started', 'needs-refresh'), because('aborted', 'failed'), drift),
  'verify-standby': union(bare('passed', 'checking'), because('aborted', 'failed')),
  // `replan`: somebody else took away the capacity that the step rests on, which is then put right (docs/adr/0025).
  // The target is judged while it waits, where it has traffic already.
  // `pausing`: it has just been paused, for which a person is paged once; then it is waited on.
  'await-capacity': union(
    bare('ready', 'waiting'),
    because('aborted', 'replan', 'pausing'),
    drift,
    failed,
    undecided,
    paused,
  ),
  judge: union(...judged),
  bake: union(...judged),
  'await-decision': union(
    bare('waiting'),
    // A person lets it go on; it is judged from here on as if the step had just begun.
    one('resumed', { weight }),
    because('aborted'),
    drift,
    failed,
    undecided,
  ),
  'keep-split': union(
    // `passed`: all the traffic is on the target and was judged good for long enough. `changed`: the person wants another weight now.
    bare('passed', 'keeping', 'changed'),
    one('expired', { cause: z.literal('expired'), reason }),
    because('sent-back', 'replan', 'aborted'),
    drift,
    failed,
    undecided,
    paused,
  ),
  'post-validate': union(bare('passed', 'checking', 'changed'), because('aborted'), drift, failed, paused),
  'await-target': union(
    one('ready', { waited }),
    one('waiting', { waited }),
    // `failed`: the rollback's time is over. The traffic stays where it is and the service freezes.
    because('failed', 'aborted'),
    // Its time is over, and what goes to the destination is lost there: the other side takes everything, and the service freezes.
    bothBad,
  ),
  'verify-return': union(
    // With a reason where the outcome has to say more than why the traffic went back.
    one('verified', { reason: reason.optional() }),
    one('verifying', { waited }),
    // The service freezes; the traffic stays where it is.
    because('unverified', 'fence-lost', 'aborted'),
    bothBad,
  ),
  diagnose: union(bare('diagnosed')),
  'compare-sides': union(one('one-bad', { environment: environmentNameSchema, reason }), because('undecided')),
  // `urgent`: an emergency, which waits for no approval (I3).
  'plan-rollback': union(
    bare('planned'),
    one('urgent', { recheckSeconds: seconds }),
    ends('refused', 'failed-validation'),
  ),

  // act
  // `not-approved`: what is about to be written is not what was approved.
  'prepare-standby': union(
    bare('prepared'),
    because('aborted', 'mixed-weights'),
    one('not-approved', { cause: z.literal('drift'), reason }),
    noCapacity,
  ),
  'prepare-switch': union(bare('prepared'), ends('aborted', 'aborted'), ends('refused', 'failed-validation')),
  // `foreign-commit`: somebody else has written on the branch, which says nothing of the release. `not-approved`: as above.
  'deploy-release': union(
    bare('deployed'),
    because('aborted'),
    one('foreign-commit', { cause: z.literal('drift'), reason }),
    one('not-approved', { cause: z.literal('drift'), reason }),
  ),
  'raise-capacity': union(
    one('raised', { weight, seq: z.int().min(1) }),
    bare('done'),
    because('aborted'),
    drift,
    noCapacity,
  ),
  // `failed`: the capacity came and went until its time was over.
  'set-weight': union(bare('set'), because('not-ready', 'failed', 'aborted'), drift),
  // `pause`: seconds to let pass before it is looked at, so that no round comes at once after another.
  'ensure-target': union(one('ensured', { pause: seconds, waited })),
  'clean-up': union(bare('cleaned', 'nothing-to-clean')),
  // `warm`: `keepWarm` is not over, and it has to wait on; only what an abort had kept warm may be lowered.
  'lower-standby': union(bare('lowered', 'nothing-to-lower', 'warm'), because('left-alone')),

  // return-traffic
  'return-traffic': union(
    bare('planned'),
    ends('refused', 'failed-validation'),
    // `unrecorded`: the traffic is back, and the database does not know it yet. `undecided`, `irreversible`: it stays where it is.
    because('returned', 'nothing-to-return', 'unrecorded', 'cold', 'undecided', 'irreversible', 'ignored', 'paused'),
  ),
  reconcile: union(because('reconciled', 'overtaken')),
  'give-up': union(movedBack),
  'give-way': union(movedBack),
  'keep-warm': union(bare('warm')),
  'look-at-token': union(bare('lasts', 'ends-soon', 'unknown')),

  // notify
  'request-approval': union(z.object({ outcome: z.literal(['requested', 'not-required']), recheckSeconds: seconds })),
  'remind-approvers': union(bare('reminded', 'not-pending', 'not-due')),
  report: union(bare('reported', 'reported-before', 'rejected', 'nobody')),
  page: union(bare('paged', 'paged-before')),
} as const satisfies Record<Action, z.ZodDiscriminatedUnion>;

/**
 * What the step of a command answers.
 *
 * @example
 * async function setWeight(deps: ActDeps, …): Promise<ResultOf<'set-weight'>>
 */
export type ResultOf<Command extends Action> = z.output<(typeof resultSchemas)[Command]>;

/** How a function that the state machines call is built: it answers what its commands' steps may answer, and nothing else. */
export type CreateHandler<Deps, Command extends { action: Action }> = (
  deps: Deps,
) => (event: unknown) => Promise<ResultOf<Command['action']>>;
