import { describe, expect, it } from 'vitest';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import {
  evidenceLooks,
  observeCall,
  operationDeadline,
  rollbackDeadline,
} from '../../contracts/configuration/waits.ts';
import { hours, seconds } from '../../contracts/duration.ts';
import { mostRounds } from '../../core/rollback/time-left.ts';
import { mostTimesAsked } from '../../pipeline/approval/await-approval.ts';
import { readFixture } from '../unit/pipeline/support/world.ts';
import { type Machine, machines, type State, testedBy } from './support/machines.ts';

/** A step from a state to the next one: by a task's end, by a caught error, or by the outcome that a Choice tests. */
interface Step {
  from: string;
  to: string;
  /** `State: outcome`, `State: error …`, or `State`. */
  name: string;
}

function stepsOf({ States }: Pick<Machine, 'States'>): Step[] {
  return Object.entries(States).flatMap(([from, { Next, Default, Choices = [], Catch = [] }]) => [
    ...(Next === undefined ? [] : [{ from, to: Next, name: from }]),
    ...(Default === undefined ? [] : [{ from, to: Default, name: `${from}: unknown` }]),
    ...Choices.flatMap(({ Condition, Next: to }) =>
      (testedBy(Condition) ?? ['?']).map((outcome) => ({ from, to, name: `${from}: ${outcome}` })),
    ),
    ...Catch.map(({ ErrorEquals, Next: to }) => ({ from, to, name: `${from}: error ${ErrorEquals.join(' ')}` })),
  ]);
}

/** Every cycle that comes through no state twice, once. */
function cyclesOf(machine: Pick<Machine, 'States'>): Step[][] {
  const names = Object.keys(machine.States);
  const steps = Map.groupBy(stepsOf(machine), ({ from }) => from);
  const cycles: Step[][] = [];
  names.forEach((start, rank) => {
    const walk = (at: string, path: Step[]): void => {
      for (const step of steps.get(at) ?? []) {
        if (step.to === start) cycles.push([...path, step]);
        else if (names.indexOf(step.to) > rank && !path.some(({ from }) => from === step.to))
          walk(step.to, [...path, step]);
      }
    };
    walk(start, []);
  });
  return cycles;
}

/** What ends a cycle. */
interface Bound {
  /** Until when at most, ms after it was entered first. */
  time: (service: ServiceConfiguration) => number;
  /** How often it is gone round within that time. */
  rounds: (service: ServiceConfiguration) => number;
  /** Why no round comes at once after another, or what is used up with each. */
  because: 'pauses' | 'callback' | 'long look' | 'counted';
}

/** One call of `observe` looks for all of its patience before it answers that it has to be called again. */
const looks = (time: Bound['time']): Bound => ({
  time,
  rounds: (service) => Math.ceil(time(service) / observeCall),
  because: 'long look',
});
const pauses = (seconds_: number, time: Bound['time']): Bound => ({
  time,
  rounds: (service) => Math.ceil(time(service) / seconds(seconds_)),
  because: 'pauses',
});
/** As often as that in all, each within the operation's deadline, after which the guardian ends it. */
const counted = (rounds: Bound['rounds']): Bound => ({
  time: (service) => service.deadlines.operation,
  rounds,
  because: 'counted',
});
const judged = ({ objectives, traffic, bake }: ServiceConfiguration) =>
  Math.max(traffic.interval, bake) +
  Math.max(...objectives.list.map((one) => one.for)) +
  objectives.inconclusive.deadline;
/** People decide so often in one operation; each waits for the one before. */
const people = 50;

/**
 * The step of each cycle that cannot be taken for ever, and what bounds it. A cycle without one of these steps is unbounded. Names are those of
 * the states; what is in a fragment has the same bound in every machine.
 */
const bounds: Record<string, Bound> = {
  // The pauses grow (evidencePause).
  'GatheredEvidence: waiting': {
    time: ({ validation }) => validation.waitFor,
    rounds: () => evidenceLooks,
    because: 'pauses',
  },
  // Another operation has gathered newer evidence of the same release in between.
  'Validated: waiting': {
    time: ({ validation }) => validation.waitFor,
    rounds: () => evidenceLooks,
    because: 'pauses',
  },

  'ObservedForeign: observing': looks(({ deadlines }) => deadlines.observation),

  // approvals, windows and turns
  'ApprovalRead: pending': {
    time: ({ approvals }) => approvals.expire,
    rounds: ({ approvals }) => Math.ceil(approvals.expire / approvals.recheck) + people,
    because: 'callback',
  },
  'ApprovalRead: subject-changed': counted(() => mostTimesAsked),
  'LockAnswered: held': {
    time: ({ deadlines }) => deadlines.lock,
    rounds: ({ deadlines, approvals }) => Math.ceil(deadlines.lock / approvals.recheck) + people,
    because: 'callback',
  },
  // It waits until the window opens or for `recheck`, whichever is sooner.
  'WindowRead: closed': {
    time: ({ deadlines }) => deadlines.window,
    rounds: ({ deadlines, approvals, windows }) =>
      Math.ceil(deadlines.window / approvals.recheck) + windows.length * 7 + people,
    because: 'callback',
  },
  // Each needs a window to close, another operation to succeed, or evidence to grow old, in the moment of the last look.
  'Rechecked: window-closed': counted(() => 7),
  'Rechecked: live-changed': counted(() => people),
  'Rechecked: evidence-old': counted(({ deadlines, validation }) => Math.ceil(deadlines.operation / validation.maxAge)),

  // the standby side
  'SyncAnswered: syncing': looks(({ deadlines }) => deadlines.sync),
  'SyncAnswered: not-started': pauses(3, ({ deadlines }) => deadlines.sync),
  'SyncAnswered: needs-refresh': pauses(3, ({ deadlines }) => deadlines.sync),
  'StandbyVerified: checking': looks(({ health }) => health.deadline),

  // the shift
  'CapacityAnswered: waiting': looks(({ deadlines }) => deadlines.capacity + deadlines.pause),
  // Each needs another alert, after a person or the end of the one before let it go on.
  'CapacityAnswered: pausing': counted(() => people),
  'WeightSet: not-ready': pauses(3, ({ deadlines }) => deadlines.capacity),
  // A minimum that others lower is put right once for each environment.
  'CapacityAnswered: replan': counted(() => 2),
  'Judged: replan': counted(() => 2),
  'Baked: replan': counted(() => 2),
  'SplitKept: replan': counted(() => 2),
  'Judged: judging': looks((service) => judged(service) + service.deadlines.pause),
  // The next weight is always a greater one.
  'Judged: passed': counted(({ traffic }) => traffic.steps.length),
  'Baked: judging': looks((service) => judged(service) + service.deadlines.pause),
  'PostValidated: checking': looks(({ health }) => health.deadline),
  'ShiftVerified: checking': looks(({ health }) => health.deadline),
  'DecisionAnswered: waiting': looks(({ deadlines }) => deadlines.pause),
  'DecisionAnswered: resumed': counted(() => people),
  'SplitKept: keeping': looks((service) => service.deadlines.switch + judged(service) + service.deadlines.pause),
  'SplitKept: changed': counted(() => people),
  'PostValidated: changed': counted(() => people),

  // the way back
  'TargetAnswered: waiting': looks(({ deadlines }) => deadlines.rollback),
  'TargetAnswered: ready': {
    time: ({ deadlines }) => deadlines.rollback,
    rounds: ({ deadlines }) => mostRounds(deadlines.rollback),
    because: 'pauses',
  },
  'ReturnVerified: verifying': looks(({ health }) => health.deadline),

  // the standby machine
  'LowerAnswered: warm': pauses(30, ({ standby, deadlines }) => standby.keepWarm + deadlines.capacity),
};

const observe = `\${observe}`;
const all = [...machines].map(([name, machine]) => ({ name, machine, cycles: cyclesOf(machine) }));
const boundsOn = (cycle: readonly Step[]) =>
  cycle.flatMap(({ name }) => (bounds[name] === undefined ? [] : [bounds[name]]));
/** Events in the history for one time round: a task that calls a function has five, every other state two. */
const eventsOf = ({ States }: Machine, cycle: readonly Step[]) =>
  cycle.reduce((sum, { from }) => sum + (States[from]?.Type === 'Task' ? 5 : 2), 0);
const words = (cycle: readonly Step[]) => cycle.map(({ name }) => name).join(' → ');

describe.each(all)('the $name machine', ({ name, machine, cycles }) => {
  it('has no cycle without a step that is bounded in time and in rounds (I11)', () => {
    expect(cycles.filter((cycle) => boundsOn(cycle).length === 0).map(words)).toEqual([]);
    expect(cycles.length).toBeGreaterThan(0);
  });

  it('comes through something that takes time wherever a cycle is bounded by a pause, a callback or a long look', () => {
    const takesTime = ({ from, name: step }: Step): boolean => {
      const state: State | undefined = machine.States[from];
      const before = Object.values(machine.States).find(({ Next }) => Next === from);
      return (
        state?.Type === 'Wait' ||
        state?.Resource?.endsWith('.waitForTaskToken') === true ||
        (bounds[step]?.because === 'long look' && before?.Arguments?.FunctionName === observe)
      );
    };
    const idle = cycles.filter(
      (cycle) => boundsOn(cycle).every(({ because }) => because !== 'counted') && !cycle.some(takesTime),
    );

    expect(idle.map(words)).toEqual([]);
  });

  it('stays within the history and the time of an execution, however long a cycle goes on', async () => {
    const [service] = (await readFixture()).services;
    if (service === undefined) throw new Error('the fixture has no service');
    const found = cycles.map((cycle) => {
      const [bound] = boundsOn(cycle).toSorted((a, b) => a.rounds(service) - b.rounds(service));
      const rounds = bound?.rounds(service) ?? Number.POSITIVE_INFINITY;
      return { cycle: words(cycle), events: rounds * eventsOf(machine, cycle), time: bound?.time(service) ?? 0 };
    });

    expect(found.filter(({ events }) => !(events < 25_000))).toEqual([]);
    expect(found.filter(({ time }) => !(time < seconds(machine.TimeoutSeconds ?? 0)))).toEqual([]);
    if (name === 'rollback') {
      const onTheWayBack = found.filter(({ cycle }) => /TargetAnswered|ReturnVerified/.test(cycle));
      expect(onTheWayBack.length).toBeGreaterThan(2);
      expect(onTheWayBack.filter(({ time, events }) => time > service.deadlines.rollback || events > 5_000)).toEqual(
        [],
      );
    }
  });

  it('ends every retry of a task', () => {
    const endless = Object.entries(machine.States).filter(([, { Retry = [] }]) =>
      Retry.some(({ MaxAttempts }) => !(Number(MaxAttempts) <= 240)),
    );

    expect(endless.map(([state]) => state)).toEqual([]);
  });
});

it('names no bound that no cycle has', () => {
  const taken = new Set(all.flatMap(({ cycles }) => cycles.flatMap((cycle) => cycle.map(({ name }) => name))));

  expect(Object.keys(bounds).filter((step) => !taken.has(step))).toEqual([]);
});

it('gives the guardian a deadline of each operation, after which it is dead even if it runs', async () => {
  const [service] = (await readFixture()).services;
  if (service === undefined) throw new Error('the fixture has no service');

  expect(service.deadlines.operation).toBeGreaterThanOrEqual(operationDeadline(service));
  expect(rollbackDeadline(service)).toBeGreaterThan(service.deadlines.rollback + service.health.deadline);
  expect(rollbackDeadline(service)).toBeLessThan(service.deadlines.rollback + hours(2));
});

it('finds a cycle that is not bounded, such as two rules that never agree', () => {
  const States = {
    Ask: { Type: 'Task', Next: 'Answered' },
    Answered: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.outcome = "cold" %}', Next: 'Await' }],
      Default: 'End',
    },
    Await: { Type: 'Task', Next: 'Ask' },
    End: { Type: 'Succeed' },
  } as unknown as Machine['States']; // only what a walk reads

  const [cycle = []] = cyclesOf({ States });

  expect(words(cycle)).toBe('Ask → Answered: cold → Await');
  expect(boundsOn(cycle)).toEqual([]);
});
