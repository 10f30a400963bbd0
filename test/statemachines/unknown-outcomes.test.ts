import { describe, expect, it } from 'vitest';
import type { AslCase, RecordedAttempt } from '../../sandbox/stepfunctions/cases/asl-case.ts';
import { caseTools } from '../../sandbox/stepfunctions/cases/case-tools.ts';
import { runCase } from '../../sandbox/stepfunctions/cases/run-case.ts';
import type { Json } from '../../sandbox/stepfunctions/interpreter/json.ts';
import { begunAt } from './support/begun-at.ts';
import { type Machine, type MachineName, machines, tasksBefore } from './support/machines.ts';

const answer = (Payload: Json): RecordedAttempt => ({ result: { StatusCode: 200, Payload } });
/** What nobody expects, with whatever a state may want to read of it. */
const unknown = { outcome: 'made-up', reason: 'for a test', operation: '01J', ending: 'succeeded', cause: 'failed' };

const asExpected = { outcome: true, strict: true };
/** Tasks on the way to an end that are not what a test is about. */
const answers = {
  Freeze: [answer({ outcome: 'ended', ending: 'frozen' })],
  PageFrozen: [answer({ outcome: 'paged' })],
  Report: [answer({ outcome: 'reported' })],
};

const execution = {
  arn: 'arn:aws:states:us-east-1:111111111111:execution:machine:case',
  name: 'case',
  startedAt: '2026-01-01T00:00:00.000Z',
  service: 'web',
};
const invoke = (name: string, Payload: Json): Json => ({ FunctionName: `\${${name}}`, Payload });

/** How an operation ends: its first task, what that is sent, and what follows. */
interface Ending {
  first: string;
  sent(reason: string): Json;
  answered: Json;
  rest: string[];
  output: string;
}

const endedBeforeLock: Ending = {
  first: 'EndBeforeLock',
  sent: (reason) =>
    invoke('operation', {
      action: 'end-before-lock',
      execution,
      service: 'web',
      trigger: {},
      ending: 'failed',
      reason,
    }),
  answered: { StatusCode: 200, Payload: { outcome: 'ended', ending: 'failed' } },
  rest: ['Report', 'Ended'],
  output: 'failed',
};
const rolledBack: Ending = {
  first: 'StartRollback',
  sent: (reason) => ({
    StateMachineArn: `\${rollback}`,
    Name: 'case-return',
    Input: { service: 'web', trigger: { kind: 'failure', service: 'web', operation: '01J', cause: 'fault', reason } },
  }),
  answered: { ExecutionArn: 'arn' },
  rest: ['TakenOver'],
  output: 'taken-over',
};
const frozenFromHere: Ending = {
  first: 'EndAfterReturn',
  sent: (reason) => invoke('operation', { action: 'end-after-return', execution, cause: 'undecided', reason }),
  answered: { StatusCode: 200, Payload: { outcome: 'ended', ending: 'frozen' } },
  rest: ['Report', 'Ended'],
  output: 'frozen',
};
const frozen: Ending = {
  first: 'Freeze',
  sent: (reason) => invoke('operation', { action: 'freeze', execution, service: 'web', trigger: {}, reason }),
  answered: { StatusCode: 200, Payload: { outcome: 'ended', ending: 'frozen' } },
  rest: ['PageFrozen', 'Report', 'Ended'],
  output: 'frozen',
};
const givenUp: Ending = {
  first: 'GiveUp',
  sent: (reason) => invoke('return-traffic', { action: 'give-up', execution, service: 'web', reason }),
  answered: { StatusCode: 200, Payload: { outcome: 'lost', ending: 'failed' } },
  rest: ['GaveUp', 'Freeze', 'PageFrozen', 'Report', 'Ended'],
  output: 'frozen',
};
const paged: Ending = {
  first: 'Page',
  sent: (reason) => invoke('notify', { action: 'page', execution, service: 'web', reason }),
  answered: { StatusCode: 200, Payload: { outcome: 'paged' } },
  rest: ['Paused'],
  output: 'paused',
};

/** Where the Default of a Choice has to lead, by its state. */
const endings: Record<Exclude<MachineName, 'standby'>, Record<string, Ending>> = {
  deployment: {
    UnknownOutcomeBeforeLock: endedBeforeLock,
    UnknownOutcome: rolledBack,
    UnknownOutcomeOfReturn: frozenFromHere,
  },
  traffic: {
    UnknownOutcomeBeforeLock: endedBeforeLock,
    UnknownOutcome: rolledBack,
    UnknownOutcomeOfReturn: frozenFromHere,
  },
  rollback: {
    UnknownOutcomeBeforeLock: endedBeforeLock,
    UnknownOutcome: givenUp,
    UnknownOutcomeOfReturn: frozen,
    UnknownOutcomeOfComparison: paged,
  },
};

/** The Choices that decide before anything was touched; every other one has the lock or is about to return the traffic. */
const beforeLock = new Set([
  'GatheredEvidence',
  'ObservedForeign',
  'CheckedRights',
  'CheckedWayBack',
  'Validated',
  'ApprovalRead',
  'WindowRead',
  'Rechecked',
  'LockAnswered',
  'Planned',
]);

async function run(machine: Machine, task: string, more: Pick<AslCase, 'tasks' | 'expected'>): Promise<unknown> {
  const inputText = JSON.stringify({ service: 'web', trigger: {}, operation: '01J' });
  const recorded = { name: task, definition: begunAt(machine, task), inputText, ...more };
  return runCase(recorded, caseTools);
}

function machineOf(name: MachineName): Machine {
  const machine = machines.get(name);
  if (machine === undefined) throw new Error(`There is no machine ${name}.`);
  return machine;
}

const choicesOf = (machine: Machine) =>
  Object.entries(machine.States).flatMap(([name, { Type, Default = '' }]) =>
    Type === 'Choice' ? tasksBefore(machine, name).map(([task]) => [task, name, Default] as const) : [],
  );

describe.each(['deployment', 'rollback', 'traffic'] as const)('an unknown outcome in the %s machine', (name) => {
  const machine = machineOf(name);

  it.each(choicesOf(machine))(
    'of %s, which %s does not know, ends it safely by %s',
    async (task, choice, byDefault) => {
      const ending = endings[name][byDefault];
      if (ending === undefined) throw new Error(`Nobody said how ${byDefault} ends the operation.`);
      const reason = `${task} returned the unknown outcome "made-up": for a test [UnknownOutcome]`;

      const result = await run(machine, task, {
        tasks: {
          ...answers,
          [task]: [answer(unknown)],
          [ending.first]: [{ parameters: ending.sent(reason), result: ending.answered }],
        },
        expected: {
          status: 'SUCCEEDED',
          output: ending.output === 'paused' ? { outcome: 'paused', reason } : { outcome: ending.output },
          states: ['Here', task, choice, byDefault, ending.first, ...ending.rest],
        },
      });

      expect(result).toEqual(asExpected);
      expect([choice, ending === endedBeforeLock]).toEqual([choice, beforeLock.has(choice)]);
    },
  );
});

it('an unknown outcome in the standby machine fails its execution', async () => {
  const result = await run(machineOf('standby'), 'LowerStandby', {
    tasks: { LowerStandby: [answer(unknown)] },
    expected: {
      status: 'FAILED',
      error: 'UnknownOutcome',
      cause: 'LowerStandby returned the unknown outcome "made-up": for a test [UnknownOutcome]',
      states: ['Here', 'LowerStandby', 'LowerAnswered', 'UnknownOutcome'],
    },
  });

  expect(result).toEqual(asExpected);
});

it('an answer without any outcome ends the operation as an unknown one does', async () => {
  const reason = 'SetWeight returned the unknown outcome "" [UnknownOutcome]';

  const result = await run(machineOf('deployment'), 'SetWeight', {
    tasks: {
      SetWeight: [answer(null)],
      StartRollback: [{ parameters: rolledBack.sent(reason), result: rolledBack.answered }],
    },
    expected: {
      status: 'SUCCEEDED',
      output: { outcome: 'taken-over' },
      states: ['Here', 'SetWeight', 'WeightSet', 'UnknownOutcome', 'StartRollback', 'TakenOver'],
    },
  });

  expect(result).toEqual(asExpected);
});
