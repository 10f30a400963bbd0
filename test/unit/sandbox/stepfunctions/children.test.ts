import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callStates } from '../../../../sandbox/stepfunctions/integrations/states.ts';
import { never, World } from './world.ts';

const context = (world: World) => ({ engine: world.engine, region: 'us-east-1', accountId: '123456789012' });

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

describe('child executions', () => {
  const parent = (suffix: string) => ({
    Child: {
      Type: 'Task',
      Resource: `arn:aws:states:::states:startExecution${suffix}`,
      Arguments: { StateMachineArn: '{% $states.input %}', Input: { a: 1 } },
      End: true,
    },
  });
  const childMachine = async (seconds: number) => {
    const { header } = await world.start({ Nap: { Type: 'Wait', Seconds: seconds, End: true } });
    return header.stateMachineArn;
  };
  const children = (arn: string) =>
    [...world.engine.store.executions.values()].filter(
      ({ header, startedBy }) => header.stateMachineArn === arn && startedBy,
    );
  beforeEach(() => {
    world.answer = (call) => callStates(context(world), call);
  });

  it('.sync:2 waits for the child across a restart and gets its output as JSON', async () => {
    const arn = await childMachine(10);
    const execution = await world.start(parent('.sync:2'), arn);

    await world.restart();
    await world.pass(10);

    expect(world.find(execution).state).toMatchObject({
      status: 'SUCCEEDED',
      output: { value: { Output: { a: 1 }, Status: 'SUCCEEDED' } },
    });
    expect(children(arn)).toHaveLength(1);
  });

  it('.sync children stop with their parent, others do not', async () => {
    const arn = await childMachine(10);
    const bound = await world.start(parent('.sync'), arn);
    const [boundChild] = children(arn);
    await world.start(parent(''), arn);

    await world.engine.input(bound, { kind: 'stop' });
    await world.pass(10);

    expect(boundChild?.state.status).toBe('ABORTED');
    expect(children(arn).map(({ state }) => state.status)).toEqual(['ABORTED', 'SUCCEEDED']);
  });

  it('a start that is repeated because its answer was lost finds the child that it had started', async () => {
    const arn = await childMachine(1);
    world.answer = async (call) => {
      await callStates(context(world), call);
      return never();
    };
    const execution = await world.start(parent(''), arn);
    await world.pass(5); // the child has ended meanwhile: its name alone would be refused

    world.answer = (call) => callStates(context(world), call);
    await world.restart();

    expect(world.find(execution).state.status).toBe('SUCCEEDED');
    expect(children(arn)).toHaveLength(1);
  });
});
