import { hours, type Milliseconds, milliseconds, minutes, seconds } from '../duration.ts';
import type { ServiceDocument } from './service-document.ts';

/** How long one call of `observe` may evaluate before it returns to the state machine (DESIGN §5, judgement). */
export const observeCall = seconds(55);

/** One wait of the deployment machine: at most `total` long, looked at every `every`. */
export interface Wait {
  name: string;
  total: Milliseconds;
  every: Milliseconds;
  /**
   * `callback`: a task token or a Wait state between two looks. `observe`: one call of `observe` after the other. `gather`: a Wait state,
   * and everything about the release is read again. `measure`: that, and what is asked of the cluster and of staging's metrics as well.
   */
  turn: 'callback' | 'observe' | 'gather' | 'measure';
}

/** The settings of a service that decide how long its deployment may wait. */
export type WaitSettings = Pick<
  ServiceDocument,
  'validation' | 'approvals' | 'windows' | 'deadlines' | 'health' | 'traffic' | 'objectives' | 'bake'
>;

/** How often evidence that is under way is looked for at most, with the pauses of `evidencePause`. */
export const evidenceLooks = 13;

/**
 * How long to let pass before evidence is looked for again that has been under way for `elapsed`: as long again, in whole seconds as a Wait
 * state takes them. With 30 minutes to wait, between 10 seconds and 4 minutes.
 */
export function evidencePause({ validation }: Pick<WaitSettings, 'validation'>, elapsed: number): Milliseconds {
  const { waitFor } = validation;
  const pause = Math.min(Math.max(elapsed, waitFor / 180), waitFor / 8, waitFor - elapsed);
  return seconds(Math.max(1, Math.ceil(pause / 1_000)));
}

/** Every wait of a deployment in its worst case, in order. */
export function waitsOf(service: WaitSettings): readonly Wait[] {
  const { approvals, windows, deadlines, health, traffic, objectives, bake } = service;
  // beyond its interval, a step waits for an objective or for health that is bad to recover or fail, and for a verdict at all
  const longestFor = Math.max(
    health.pods.unready,
    ...health.checks.map(({ failures }) => (failures - 1) * objectives.every),
    ...objectives.list.filter(({ dryRun }) => !dryRun).map((objective) => objective.for),
  );
  const judged = (total: Milliseconds) => milliseconds(total + longestFor + objectives.inconclusive.deadline);
  const perStep = traffic.steps.flatMap((step): Wait[] => [
    { name: `capacity for ${step} %`, total: deadlines.capacity, every: observeCall, turn: 'observe' },
    { name: `judging ${step} %`, total: judged(traffic.interval), every: observeCall, turn: 'observe' },
  ]);
  return [
    {
      name: 'evidence',
      total: service.validation.waitFor,
      every: milliseconds(service.validation.waitFor / evidenceLooks),
      turn: service.validation.performance === null ? 'gather' : 'measure',
    },
    { name: 'approval', total: approvals.expire, every: approvals.recheck, turn: 'callback' },
    ...(windows.length > 0
      ? [{ name: 'window', total: deadlines.window, every: approvals.recheck, turn: 'callback' } as const]
      : []),
    { name: 'lock', total: deadlines.lock, every: approvals.recheck, turn: 'callback' },
    { name: 'standby capacity', total: deadlines.capacity, every: observeCall, turn: 'observe' },
    { name: 'sync', total: deadlines.sync, every: observeCall, turn: 'observe' },
    { name: 'standby health', total: health.deadline, every: observeCall, turn: 'observe' },
    ...perStep,
    { name: 'a pause', total: deadlines.pause, every: observeCall, turn: 'observe' },
    ...traffic.pauseAfter.map(
      (step): Wait => ({
        name: `a person after ${step} %`,
        total: deadlines.pause,
        every: observeCall,
        turn: 'observe',
      }),
    ),
    { name: 'bake', total: judged(bake), every: observeCall, turn: 'observe' },
    { name: 'final health', total: health.deadline, every: observeCall, turn: 'observe' },
    // Others may take capacity away, once from each environment: a step is then planned and judged anew, and the bake begins again.
    {
      name: 'steps planned anew',
      total: milliseconds(2 * (deadlines.capacity + judged(traffic.interval) + judged(bake))),
      every: observeCall,
      turn: 'observe',
    },
  ];
}

/** Every wait of a switch by hand in its worst case, in order. */
export function switchWaitsOf(service: WaitSettings): readonly Wait[] {
  const { deadlines, health, traffic, bake } = service;
  const wait = (name: string, total: Milliseconds): Wait => ({ name, total, every: observeCall, turn: 'observe' });
  return [
    wait('health of the target', health.deadline),
    wait('capacity', deadlines.capacity),
    wait('the split', deadlines.switch),
    wait('a pause', deadlines.pause),
    wait('judging all the traffic', milliseconds(traffic.interval + bake)),
    wait('final health', health.deadline),
  ];
}

/** Every wait of an observation in its worst case, in order. */
export const observationWaitsOf = ({ validation, deadlines }: WaitSettings): readonly Wait[] => [
  {
    name: 'evidence',
    total: validation.waitFor,
    every: milliseconds(validation.waitFor / evidenceLooks),
    turn: 'gather',
  },
  { name: 'the other pipeline', total: deadlines.observation, every: observeCall, turn: 'observe' },
];

const margin = minutes(30);
const sumOf = (waits: readonly Wait[]): number => waits.reduce((sum, wait) => sum + wait.total, 0);

/** The deadline of an observation as an operation: its waits, and half an hour for the work between (I11). */
export const observationDeadline = (service: WaitSettings): Milliseconds =>
  milliseconds(sumOf(observationWaitsOf(service)) + margin);

/** The deadline of a switch by hand as an operation: all its waits, its rollback, and half an hour for the work between (I11). */
export const switchDeadline = (service: WaitSettings): Milliseconds =>
  milliseconds(sumOf(switchWaitsOf(service)) + service.deadlines.rollback + margin);

/**
 * The deadline of a rollback that returns at once, as an operation, after which the guardian takes its execution for dead: by
 * `deadlines.rollback` the machine itself has the traffic back or the service frozen. What then follows, the database that may have been away
 * and the clean-up, has an hour (I11).
 */
export const rollbackDeadline = ({ deadlines }: Pick<WaitSettings, 'deadlines'>): Milliseconds =>
  milliseconds(deadlines.rollback + hours(1) + margin);

/** The least deadline of a deployment's operation: all its waits, its rollback, and half an hour for the work between (I11). */
export const operationDeadline = (service: WaitSettings): Milliseconds =>
  milliseconds(sumOf(waitsOf(service)) + service.deadlines.rollback + margin);
