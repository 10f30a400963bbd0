import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retryableErrorNames } from '../../contracts/errors.ts';
import {
  overdueErrors,
  takenOverErrors,
  timeoutErrors,
  transientLambdaErrors,
} from '../../contracts/workflow-errors.ts';
import type { AslCase, RecordedAttempt } from '../../sandbox/stepfunctions/cases/asl-case.ts';
import { caseTools } from '../../sandbox/stepfunctions/cases/case-tools.ts';
import { runCase } from '../../sandbox/stepfunctions/cases/run-case.ts';
import type { Json } from '../../sandbox/stepfunctions/interpreter/json.ts';
import { begunAt } from './support/begun-at.ts';
import { type Machine, type MachineName, machines, type State } from './support/machines.ts';

const inputText = JSON.stringify({ service: 'web', trigger: {}, operation: '01J', environment: 'blue' });
const asExpected = { outcome: true, strict: true };
const answer = (Payload: Json): RecordedAttempt => ({ result: { StatusCode: 200, Payload } });
const fault = (error: string): RecordedAttempt => ({ error, cause: 'no' });
const faults = (error: string, times: number): RecordedAttempt[] => Array.from({ length: times }, () => fault(error));

/** What Lambda's Invoke may answer instead of running a function, as AWS writes it in its client: name, and whose fault it is. */
const invokeErrors = [
  ...readFileSync(
    join(
      dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-lambda/package.json')),
      'dist-types/commands/InvokeCommand.d.ts',
    ),
    'utf8',
  ).matchAll(/@throws \{@link (\w+)\} \((client|server) fault\)/g),
].map(([, name, whose]) => ({ name: `Lambda.${name}`, whose }));

/** What a person has to mend at the function itself; another attempt meets it again. */
const broken = [
  'Lambda.InvalidRuntimeException',
  'Lambda.InvalidSecurityGroupIDException',
  'Lambda.InvalidSubnetIDException',
  'Lambda.InvalidZipFileException',
  'Lambda.KMSDisabledException',
  'Lambda.KMSInvalidStateException',
  'Lambda.KMSNotFoundException',
];

const passing = [...retryableErrorNames, ...transientLambdaErrors];

const lambdaTasks = [...machines].flatMap(([machine, { States }]) =>
  Object.entries(States)
    .filter(([, { Arguments }]) => Arguments?.Payload !== undefined)
    .map(([task, state]) => ({ machine, task, state })),
);
const isReturn = ({ Arguments }: State) =>
  Arguments?.FunctionName === `\${return-traffic}` && Arguments.Payload?.action !== 'check-rights';
const isCallback = ({ Resource = '' }: State) => Resource.endsWith('.waitForTaskToken');

function machineOf(name: MachineName): Machine {
  const machine = machines.get(name);
  if (machine === undefined) throw new Error(`There is no machine ${name}.`);
  return machine;
}

/** Runs one task alone, with nothing but its Retry between it and its end. */
function runAlone(name: MachineName, task: string, attempts: RecordedAttempt[], expected: AslCase['expected']) {
  const machine = machineOf(name);
  const { Begin } = machine.States;
  const { Catch: _, Assign: __, Output: ___, ...state } = machine.States[task] ?? { Type: 'missing' };
  const States = {
    Begin: { ...Begin, Type: 'Pass', Next: 'Done' },
    [task]: { ...state, Next: 'Done' },
    Done: { Type: 'Succeed', Output: 'done' },
  };
  const definition = begunAt({ ...machine, StartAt: 'Begin', States }, task);
  return runCase({ name: task, definition, inputText, tasks: { [task]: attempts }, expected }, caseTools);
}
const done = { status: 'SUCCEEDED', output: 'done' } as const;

/** Runs one task alone until it has met these faults; a task that waits for a callback is then taken over, since nobody calls back here. */
function meets(name: MachineName, task: string, state: State, met: RecordedAttempt[]) {
  return isCallback(state)
    ? runAlone(name, task, [...met, fault('StaleHolder')], { status: 'FAILED', error: 'StaleHolder', cause: 'no' })
    : runAlone(name, task, [...met, answer({ outcome: 'done' })], done);
}

/** Runs a machine from one of its tasks on. */
function run(name: MachineName, task: string, more: Pick<AslCase, 'tasks' | 'expected'>) {
  return runCase({ name: task, definition: begunAt(machineOf(name), task), inputText, ...more }, caseTools);
}

/** As `Begin` names it to the tasks. */
const execution = {
  arn: 'arn:aws:states:us-east-1:111111111111:execution:machine:case',
  name: 'case',
  service: 'web',
  startedAt: '2026-01-01T00:00:00.000Z',
};

it('what AWS calls its own fault when it invokes a function is known to pass, or to need a person', () => {
  const own = invokeErrors.filter(({ whose }) => whose === 'server').map(({ name }) => name);

  expect(own.length).toBeGreaterThan(10);
  expect(own.filter((name) => !passing.some((known) => known === name)).sort()).toEqual(broken);
});

describe.each(lambdaTasks)('$task of the $machine machine', ({ machine, task, state }) => {
  it('is tried again after every fault that passes, for minutes', async () => {
    expect(await meets(machine, task, state, passing.map(fault))).toEqual(asExpected);
  });

  it('is tried again after a timeout, unless that is how it waits', async () => {
    const timeouts = isCallback(state) ? timeoutErrors.filter((name) => name !== 'States.Timeout') : timeoutErrors;

    expect(await meets(machine, task, state, timeouts.map(fault))).toEqual(asExpected);
  });

  it.each([...takenOverErrors, ...overdueErrors])('is not tried again after %s (I11, I12)', async (error) => {
    const once = { status: 'FAILED', error, cause: 'no' } as const;

    expect(await runAlone(machine, task, [fault(error), answer({ outcome: 'done' })], once)).toEqual(asExpected);
  });
});

describe.each(lambdaTasks.filter(({ state }) => isReturn(state)))(
  '$task of the $machine machine',
  ({ machine, task }) => {
    const others = ['Runtime.ImportModuleError', 'Function.ResponseSizeTooLarge', 'TypeError', 'DependencyRefused'];

    it.each([...new Set([...invokeErrors.map(({ name }) => name), ...others])])(
      'returns the traffic even after %s',
      async (error) => {
        const attempts = [...faults(error, 3), answer({ outcome: 'returned' })];

        expect(await runAlone(machine, task, attempts, done)).toEqual(asExpected);
      },
    );
  },
);

it('the traffic is returned in the rollback machine, in those that hand over to it, and where it gives up or gives way', () => {
  const found = lambdaTasks.filter(({ state }) => isReturn(state)).map(({ machine, task }) => `${machine}: ${task}`);

  expect(found.sort()).toEqual([
    'deployment: ReturnTraffic',
    'rollback: GiveUp',
    'rollback: GiveWay',
    'rollback: Reconcile',
    'rollback: ReconcileLate',
    'rollback: ReturnCompared',
    'rollback: ReturnTraffic',
    'traffic: ReturnTraffic',
  ]);
});

it.each(['ReturnTraffic', 'EnsureTarget', 'AwaitTarget'])(
  'a rollback whose time is over in %s freezes the service and pages (I11)',
  async (task) => {
    const result = await run('rollback', task, {
      tasks: {
        [task]: [fault('DependencyUnavailable'), fault('DeadlineExceeded')],
        Freeze: [
          {
            parameters: {
              FunctionName: `\${operation}`,
              Payload: { action: 'freeze', execution, service: 'web', trigger: {}, reason: 'DeadlineExceeded: no' },
            },
            ...answer({ outcome: 'ended', ending: 'frozen' }),
          },
        ],
        PageFrozen: [answer({ outcome: 'paged' })],
        Report: [answer({ outcome: 'reported' })],
      },
      expected: {
        status: 'SUCCEEDED',
        output: { outcome: 'frozen' },
        states: ['Here', task, 'Freeze', 'PageFrozen', 'Report', 'Ended'],
      },
    });

    expect(result).toEqual(asExpected);
  },
);

describe('a return that cannot be recorded', () => {
  const away = 'DependencyUnavailable';
  const paged = (reason: string): RecordedAttempt => ({
    parameters: {
      FunctionName: `\${notify}`,
      Payload: { action: 'page', execution, service: 'web', reason },
    },
    ...answer({ outcome: 'paged' }),
  });

  it('is told people after two minutes, and recorded when the database answers within the hour', async () => {
    const result = await run('rollback', 'Reconcile', {
      tasks: {
        Reconcile: faults(away, 25),
        PageUnrecorded: [
          paged(
            '; all of the traffic went back, but Sluice could not record that yet and tries again for an hour [DatabaseAway]: DependencyUnavailable: no',
          ),
        ],
        ReconcileLate: [...faults(away, 240), answer({ outcome: 'overtaken', reason: 'later' })],
      },
      expected: {
        status: 'SUCCEEDED',
        output: { outcome: 'ignored', reason: 'later' },
        states: ['Here', 'Reconcile', 'PageUnrecorded', 'ReconcileLate', 'ReconciledLate', 'Ignored'],
      },
    });

    expect(result).toEqual(asExpected);
  });

  it('is told people when not even the freeze is, and left to the guardian', async () => {
    const result = await run('rollback', 'ReconcileLate', {
      tasks: {
        ReconcileLate: [...faults(away, 241)],
        Freeze: faults(away, 25),
        PageUnfrozen: [
          paged('DependencyUnavailable: no; the service could not be frozen [FreezeFailed]: DependencyUnavailable: no'),
        ],
      },
      expected: {
        status: 'FAILED',
        error: 'NotFrozen',
        cause: 'The freeze could not be recorded [FreezeFailed].',
        states: ['Here', 'ReconcileLate', 'Freeze', 'PageUnfrozen', 'NotFrozen'],
      },
    });

    expect(result).toEqual(asExpected);
  });
});

describe('a task that cannot run blames no release', () => {
  /** Those of a deployment that has the lock. */
  const withLock = lambdaTasks
    .filter(({ machine, state }) => machine === 'deployment' && state.Catch?.[0]?.ErrorEquals.includes('LockLost'))
    .map(({ task }) => task)
    .filter((task) => !['ReturnTraffic', 'PauseForFault', 'AwaitDecision'].includes(task));
  const reason = 'Broken: no';
  const startedBecause = (cause: string, why: string): RecordedAttempt => ({
    parameters: {
      StateMachineArn: `\${rollback}`,
      Name: 'case-return',
      Input: {
        service: 'web',
        trigger: { kind: 'failure', service: 'web', operation: '01J', cause, reason: why },
      },
    },
    result: { ExecutionArn: 'arn' },
  });
  const takenOver = { status: 'SUCCEEDED', output: { outcome: 'taken-over' } } as const;

  it('is judged so in every task of a deployment that has the lock', () => {
    expect(withLock.sort()).toEqual([
      'AwaitCapacity',
      'AwaitSync',
      'Bake',
      'DeployRelease',
      'Finalize',
      'Judge',
      'PostValidate',
      'PrepareStandby',
      'RaiseCapacity',
      'SetWeight',
      'VerifyStandby',
    ]);
  });

  it.each(withLock)('%s: with traffic on the release it pauses, pages, and waits for a person', async (task) => {
    const result = await run('deployment', task, {
      tasks: {
        [task]: [fault('Broken')],
        PauseForFault: [answer({ outcome: 'paused' })],
        PagePaused: [answer({ outcome: 'paged' })],
        AwaitDecision: [answer({ outcome: 'aborted', reason: 'by ana' })],
        StartRollback: [startedBecause('failed', 'by ana')],
      },
      expected: {
        ...takenOver,
        states: [
          'Here',
          task,
          'PauseForFault',
          'FaultAnswered',
          'PagePaused',
          'AwaitDecision',
          'DecisionAnswered',
          'StartRollback',
          'TakenOver',
        ],
      },
    });

    expect(result).toEqual(asExpected);
  });

  it.each(withLock)('%s: without traffic the deployment ends by a fault', async (task) => {
    const result = await run('deployment', task, {
      tasks: {
        [task]: [fault('Broken')],
        PauseForFault: [answer({ outcome: 'no-traffic' })],
        StartRollback: [startedBecause('fault', reason)],
      },
      expected: {
        ...takenOver,
        states: ['Here', task, 'PauseForFault', 'FaultAnswered', 'StartRollback', 'TakenOver'],
      },
    });

    expect(result).toEqual(asExpected);
  });

  it('a deployment that cannot even be paused goes back by a fault', async () => {
    const result = await run('deployment', 'Judge', {
      tasks: {
        Judge: [fault('Broken')],
        PauseForFault: [fault('Broken')],
        StartRollback: [startedBecause('fault', reason)],
      },
      expected: { ...takenOver, states: ['Here', 'Judge', 'PauseForFault', 'StartRollback', 'TakenOver'] },
    });

    expect(result).toEqual(asExpected);
  });

  it('goes on by itself when the fault passes before anybody was paged', async () => {
    const result = await run('deployment', 'Judge', {
      tasks: {
        Judge: [...faults('Lambda.ResourceNotReadyException', 24), answer({ outcome: 'failed', reason: 'slow' })],
        StartRollback: [startedBecause('failed', 'slow')],
      },
      expected: { ...takenOver, states: ['Here', 'Judge', 'Judged', 'StartRollback', 'TakenOver'] },
    });

    expect(result).toEqual(asExpected);
  });

  it('a pause that nothing can look at leaves the traffic where it is (I7)', async () => {
    const result = await run('deployment', 'AwaitDecision', {
      tasks: {
        AwaitDecision: [fault('Broken')],
        StartRollback: [startedBecause('undecided', '; nobody could decide on the pause [PauseUndecided]: Broken: no')],
      },
      expected: { ...takenOver, states: ['Here', 'AwaitDecision', 'StartRollback', 'TakenOver'] },
    });

    expect(result).toEqual(asExpected);
  });

  it.each(['KeepSplit', 'RaiseCapacity', 'SetWeight', 'PostValidate', 'PrepareSwitch'])(
    '%s: a switch by hand goes back by a fault',
    async (task) => {
      const result = await run('traffic', task, {
        tasks: { [task]: [fault('Broken')], StartRollback: [startedBecause('fault', reason)] },
        expected: { ...takenOver, states: ['Here', task, 'StartRollback', 'TakenOver'] },
      });

      expect(result).toEqual(asExpected);
    },
  );
});

it.each(['deployment', 'traffic'] as const)(
  '%s: a return that was begun already is not begun again',
  async (machine) => {
    const taken: RecordedAttempt = { error: 'StepFunctions.ExecutionAlreadyExistsException', cause: 'It runs.' };

    const result = await run(machine, 'StartRollback', {
      tasks: { StartRollback: [taken] },
      expected: {
        ...{ status: 'SUCCEEDED', output: { outcome: 'taken-over' } },
        states: ['Here', 'StartRollback', 'TakenOver'],
      },
    });

    expect(result).toEqual(asExpected);
  },
);
