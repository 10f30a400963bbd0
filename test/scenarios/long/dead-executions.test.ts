import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, expect, it } from 'vitest';
import { scheduledEvent } from '../../../sandbox/aws/start-events.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { redeliver } from '../../support/redeliver.ts';
import { dies, skipTo, waits, withStates } from '../../support/rewritten-machine.ts';
import { statesOf } from '../../support/states.ts';
import { patienceMs, until } from '../../support/until.ts';

const { sandbox, pipeline, recorder } = observedSandbox();
const service = 'chest-xray-mlops';
/** Straight to all the traffic: what is judged on the way is not the question here. */
const unjudged = { Judge: skipTo('RaiseCapacity') };

let release = 0;
const nextVersion = () => {
  release += 1;
  return `v4.0.${release}`;
};

/** The deployment under way. */
async function running(): Promise<string> {
  const states = statesOf(sandbox);
  const stateMachineArn = sandbox.ready.stateMachines.deployment;
  const { executions } = await states.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  states.destroy();
  return executions?.[0]?.executionArn ?? '';
}

/** By the AWS SDK, as anybody may whom IAM lets. */
async function stop(executionArn: string): Promise<void> {
  const states = statesOf(sandbox);
  await states.send(new StopExecutionCommand({ executionArn, error: 'Test', cause: 'The test wants it dead.' }));
  states.destroy();
}

/** One outcome, everything on blue again, and nothing at work. */
async function returned(id: string, outcome: string) {
  const ended = await pipeline.ended(id);
  expect(ended.outcome).toBe(outcome);
  const state = await until('the lock is free', patienceMs, async () => {
    const seen = await pipeline.service();
    return seen.lock.holder === null ? seen : null;
  });
  expect(state).toMatchObject({ frozen: null, environments: { blue: { weight: 100 }, green: { weight: 0 } } });
  expect((await pipeline.load())?.failed).toBe(0);
}

afterEach(() => pipeline.heal());

it('stopped before the lock: it has touched nothing, and the next one goes on', async () => {
  const { workflowRunPayload } = await pipeline.release(nextVersion());
  const answer = await pipeline.deliver(workflowRunPayload);
  const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
  await pipeline.inState(operation, 'awaiting-approval');

  await stop(await running());

  await returned(operation, 'failed');
});

it('dead before it had registered anything, and the event is lost as well: the guardian’s timer finds it', async () => {
  await pipeline.dependency({ dependency: 'eventbridge', fault: 'lost' });
  const operation = await withStates(sandbox, 'deployment', { states: { Begin: dies } }, async () => {
    const { workflowRunPayload } = await pipeline.release(nextVersion());
    const answer = await pipeline.deliver(workflowRunPayload);
    return ((await answer.json()) as { operation: string }).operation; // the webhook's own answer
  });
  await until('its event is lost', patienceMs, async () =>
    (await pipeline.dependencies()).some(({ dependency, spoilt }) => dependency === 'eventbridge' && spoilt > 0),
  );

  await redeliver(sandbox, { functionName: 'sluice-guardian', payload: scheduledEvent() });

  await returned(operation, 'failed');
});

it('failed with States.Runtime while it waits for the sync: no Catch sees that', async () => {
  const id = await withStates(sandbox, 'deployment', { states: { AwaitSync: dies } }, () =>
    pipeline.begin(nextVersion()),
  );

  await returned(id, 'failed');
});

it('timed out between two weights', async () => {
  const change = { states: { Judge: waits }, timeoutSeconds: 15 };
  const id = await withStates(sandbox, 'deployment', change, () => pipeline.begin(nextVersion()));
  await pipeline.weightReached('green', 5);

  await returned(id, 'rolled-back');
});

it('stopped while it bakes, and the event is lost as well: the guardian looks by itself', async () => {
  const id = await withStates(sandbox, 'deployment', { states: unjudged }, () => pipeline.begin(nextVersion()));
  await pipeline.inState(id, 'baking');
  await pipeline.dependency({ dependency: 'eventbridge', fault: 'lost' });

  await stop(await running());

  await returned(id, 'rolled-back');
  const lost = (await pipeline.dependencies()).find(({ dependency }) => dependency === 'eventbridge');
  expect(lost?.spoilt).toBeGreaterThan(0);
});

it('dead in Finalize, before its outcome was written', async () => {
  const states = { ...unjudged, Bake: skipTo('Finalize'), Finalize: dies };
  const id = await withStates(sandbox, 'deployment', { states }, () => pipeline.begin(nextVersion()));

  await returned(id, 'rolled-back');
  expect(recorder.route.some(({ green, fence }) => green === 100 && fence?.operation === id)).toBe(true);
});

it('its machines are deleted, and nobody can rescue it until one is there again', async () => {
  const states = statesOf(sandbox);
  const { deployment, rollback } = sandbox.ready.stateMachines;
  const described = await Promise.all(
    [deployment, rollback].map((stateMachineArn) => states.send(new DescribeStateMachineCommand({ stateMachineArn }))),
  );
  const id = await pipeline.begin(nextVersion());
  await pipeline.weightReached('green', 5);
  const execution = await running();
  for (const stateMachineArn of [deployment, rollback]) {
    await states.send(new DeleteStateMachineCommand({ stateMachineArn }));
  }
  // AWS terminates what runs of a deleted machine at its next transition; the sandbox lets it go on, so it is done here.
  await stop(execution);
  await until('the guardian has tried to start a rescue in vain', patienceMs, async () => {
    const { timeline } = await pipeline.operation(id);
    return timeline.some(({ action, details }) => action === 'start-rescue' && 'failure' in details);
  });

  for (const { name, definition, roleArn } of described) {
    await states.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  }
  states.destroy();

  await returned(id, 'rolled-back');
});

it('a rollback that dies is tried once more; its retry brings everything to its end', async () => {
  const id = await pipeline.begin(nextVersion());
  await pipeline.weightReached('green', 5);
  const states = {
    // The first one dies once the traffic is back; the one that stands in for it goes on.
    VerifyReturn: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $trigger.kind = "dead-execution" %}', Next: 'Diagnose' }],
      Default: 'Dies',
    },
    Dies: dies,
  };

  await withStates(sandbox, 'rollback', { states }, async () => {
    await pipeline.alert({ environment: 'green' }, 'firing', new Date().toISOString());
    await returned(id, 'rolled-back');
  });

  const returns = (await pipeline.operations()).filter(({ related }) => related === id).map(({ outcome }) => outcome);
  // The deployment may have seen by itself that its traffic was gone; a return of its own came too late then.
  expect(returns.filter((outcome) => outcome !== 'superseded').sort()).toEqual(['failed', 'succeeded']);
});

it('a rollback that dies twice freezes the service and pages, once; a person unfreezes it', async () => {
  const id = await pipeline.begin(nextVersion());
  await pipeline.weightReached('green', 5);

  await withStates(sandbox, 'rollback', { states: { VerifyReturn: dies } }, async () => {
    await pipeline.alert({ environment: 'green' }, 'firing', new Date().toISOString());
    await pipeline.endsAs(id, 'frozen');
  });

  const state = await until('the lock is free', patienceMs, async () => {
    const seen = await pipeline.service();
    return seen.lock.holder === null ? seen : null;
  });
  expect(state.frozen).toMatchObject({ reason: expect.stringContaining('died twice') });
  expect(state.environments.blue.weight).toBe(100);
  const pages = await until('the on-call is paged', patienceMs, async () => {
    const sent = (await pipeline.pages()).filter(({ page }) => JSON.stringify(page).includes('died twice'));
    return sent.length > 0 ? sent : null;
  });
  // The event and the sweep may find it in the same instant: whoever receives pages knows by the key that both are one.
  expect(new Set(pages.map(({ page }) => JSON.stringify(page))).size).toBe(1);
  const refused = await pipeline.post('/api/deployments', { service, version: `v4.0.${release}` });
  expect([refused.status, refused.body]).toMatchObject([409, { error: { name: 'ServiceFrozen' } }]);
  const unfrozen = await pipeline.post(`/api/services/${service}/unfreeze`, { reason: 'looked at it' });
  expect(unfrozen.status).toBe(200);
});
