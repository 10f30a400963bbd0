import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { type State, withStates } from '../../support/rewritten-machine.ts';
import { statesOf } from '../../support/states.ts';
import { until } from '../../support/until.ts';

const { sandbox, pipeline, recorder } = observedSandbox(...configured({ ...quick, 'traffic.steps': [25, 100] }));

/** A state of the deployment machine as it is installed, but that it calls a function that is not there. */
async function withoutFunction(name: string): Promise<Record<string, State>> {
  const client = statesOf(sandbox);
  const stateMachineArn = sandbox.ready.stateMachines.deployment;
  const { definition = '{}' } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  client.destroy();
  const { States } = JSON.parse(definition) as { States: Record<string, State & { Arguments: object }> }; // our own
  const state = States[name];
  if (state === undefined) throw new Error(`There is no state ${name}.`);
  return { [name]: { ...state, Arguments: { ...state.Arguments, FunctionName: 'sluice-gone' } } };
}

it('a release that nothing can judge is neither returned nor put on hold: it is paused, the on-call is paged, and a person decides', async () => {
  const id = await withStates(sandbox, 'deployment', { states: await withoutFunction('Judge') }, () =>
    pipeline.begin('v6.2.0'),
  );

  const paused = await until('it is paused', 120_000, async () => {
    const operation = await pipeline.operation(id);
    return operation.pausedBecause === null ? null : operation;
  });
  await until('the on-call is paged', 30_000, async () => JSON.stringify(await pipeline.pages()).includes(id));
  expect(paused).toMatchObject({
    outcome: null,
    weights: { blue: 75, green: 25 },
    pausedBecause: expect.stringMatching(/^Sluice could not continue: Lambda\.ResourceNotFoundException: /),
  });
  expect(recorder.route.at(-1)).toMatchObject({ blue: 75, green: 25 });

  await pipeline.post(`/api/operations/${id}/abort`, { reason: 'not tonight' });
  expect(await pipeline.settled(id)).toMatchObject({ outcome: 'aborted' });

  expect(recorder.route.at(-1)).toMatchObject({ blue: 100, green: 0 });
  expect((await pipeline.service()).holds).toEqual([]);
}, 300_000);

it('a release that cannot even be deployed ends its deployment without a hold', async () => {
  const id = await withStates(sandbox, 'deployment', { states: await withoutFunction('VerifyStandby') }, () =>
    pipeline.begin('v6.2.1'),
  );

  expect(await pipeline.settled(id)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^Lambda\.ResourceNotFoundException: /),
  });
  expect((await pipeline.service()).holds).toEqual([]);
}, 300_000);
