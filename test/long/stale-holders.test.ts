import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { kubectlOf } from '../support/kubectl.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { historyOf, redeliver, type SentTask, tasksOf } from '../support/redeliver.ts';
import { waits, withStates } from '../support/rewritten-machine.ts';
import { statesOf } from '../support/states.ts';
import { patienceMs, until } from '../support/until.ts';

const { sandbox, pipeline, recorder } = observedSandbox(...configured({ ...quick, 'traffic.steps': [5, 50, 100] }));
afterEach(() => pipeline.heal());
const service = 'chest-xray-mlops';

let release = 0;
const nextVersion = () => {
  release += 1;
  return `v6.0.${release}`;
};
const kubectl = kubectlOf(sandbox);
const live = () => recorder.route.at(-1);

describe('a function that is held up until a rollback has returned the traffic (I12)', () => {
  /** Holds the next such request of a deployment up, aborts that once it is on its way, and waits until it has arrived. */
  async function heldUp(dependency: 'kubernetes' | 'github', match: string, skip = 0) {
    await pipeline.dependency({ dependency, fault: 'slow', delayMs: 4_000, match, skip, times: 1 });
    const id = await pipeline.begin(nextVersion());
    await until('the request is on its way', patienceMs, async () => {
      const state = (await pipeline.dependencies()).find((one) => one.dependency === dependency);
      return state?.spoilt === 1;
    });
    const sent = Date.now();
    // Not an alert: before there is traffic, one about the target means nothing.
    expect((await pipeline.post(`/api/operations/${id}/abort`, { reason: 'the test stops it' })).status).toBe(202);
    const operation = await pipeline.settled(id);
    await until('the late request has arrived', patienceMs, async () => Date.now() - sent > 5_000);
    expect(operation.outcome).toBe('aborted');
    expect(live()).toMatchObject({ blue: 100, green: 0 });
    return operation;
  }

  it('its weight is refused', async () => {
    // The claim and the first step go through.
    const { id } = await heldUp('kubernetes', '^PATCH .*/virtualservices/', 2);

    expect(recorder.route.filter(({ fence }) => fence?.operation === id).every(({ green }) => green <= 5)).toBe(true);
  });

  it('its capacity is refused', async () => {
    await heldUp('kubernetes', '^PATCH .*production-green/horizontalpodautoscalers/');

    const minimum = await kubectl(
      'get',
      'hpa',
      service,
      '-n',
      'production-green',
      '-o',
      'jsonpath={.spec.minReplicas}',
    );
    expect(minimum).toBe('1');
  });

  it('its commit goes nowhere, and its sync is refused', async () => {
    const { id } = await heldUp('github', '^PATCH .*/git/refs/heads');

    const { environments } = await pipeline.service();
    expect(environments).toMatchObject({ blue: { version: 'v2.0.5' }, green: { version: 'v2.0.5' } });
    // A commit of it that arrives late changes nothing: the Application is pinned to the one of before.
    const pinned = await kubectl(
      'get',
      'application',
      `${service}-prod-green`,
      '-n',
      'argocd',
      '-o',
      'jsonpath={.spec.source.targetRevision}',
    );
    const { commit } = await pipeline.github<{ commit: { message: string } }>(
      `/commits/${pinned}`,
      pipeline.deployRepository,
    );
    expect(commit.message).not.toContain(id);
  });
});

describe('tasks of a deployment that come once more, or late (I10, I12)', () => {
  /** Everything that a task could change, as others see it. */
  async function outside() {
    const minimums = await Promise.all(
      ['blue', 'green'].map((name) =>
        kubectl('get', 'hpa', service, '-n', `production-${name}`, '-o', 'jsonpath={.spec.minReplicas}'),
      ),
    );
    const commits = await pipeline.github<{ sha: string }[]>(
      '/commits?sha=env/green&per_page=100',
      pipeline.deployRepository,
    );
    const { environments } = await pipeline.service();
    return { writes: recorder.route.length, minimums, commits: commits.map(({ sha }) => sha), environments };
  }

  /** A deployment whose execution waits where `Finalize` would be, and that task. */
  async function beforeFinalize() {
    const id = await withStates(sandbox, 'deployment', { states: { Finalize: waits } }, () =>
      pipeline.begin(nextVersion()),
    );
    const execution = await runningExecution();
    await until('it waits where Finalize would be', patienceMs, async () =>
      (await historyOf(sandbox, execution)).some((event) => event.stateEnteredEventDetails?.name === 'Finalize'),
    );
    const tasks = await tasksOf(sandbox, execution);
    const [first] = tasks;
    if (first === undefined) throw new Error('It has sent no task.');
    const finalize: SentTask = {
      functionName: first.functionName.replace('sluice-release', 'sluice-operation'),
      payload: { ...first.payload, action: 'finalize-deployment' },
    };
    return { id, tasks, finalize };
  }

  async function runningExecution(): Promise<string> {
    const states = statesOf(sandbox);
    const stateMachineArn = sandbox.ready.stateMachines.deployment;
    const { executions } = await states.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
    states.destroy();
    return executions?.[0]?.executionArn ?? '';
  }

  it('those of the same epoch have no second effect, a late Finalize is refused, and after the return all are', async () => {
    const { id, tasks, finalize } = await beforeFinalize();
    // What it asks before it has the lock changes nothing, whenever it comes.
    const acts = tasks.filter(
      ({ functionName, payload }) => functionName.endsWith('sluice-act') && payload.action !== 'check-rights',
    );
    expect(acts.filter(({ payload }) => payload.action === 'set-weight')).toHaveLength(3);
    const before = await outside();

    for (const task of acts.filter(({ payload }) => payload.action === 'set-weight' && payload.weight !== 100)) {
      expect(await redeliver(sandbox, task)).toEqual({ error: 'StaleHolder' });
    }
    for (const task of acts.filter(({ payload }) => payload.action !== 'prepare-standby')) {
      await redeliver(sandbox, task);
    }
    expect(await outside()).toEqual(before);

    // Its first write says that it finalizes; the second one, its outcome, is held up until after the return.
    const heldUp = { dependency: 'dynamodb', fault: 'slow', delayMs: 5_000, match: 'UpdateItem$', times: 1 } as const;
    await pipeline.dependency({ ...heldUp, skip: 1 });
    const late = redeliver(sandbox, finalize);
    await until('its outcome is on its way', patienceMs, async () =>
      (await pipeline.dependencies()).some(({ dependency, spoilt }) => dependency === 'dynamodb' && spoilt === 1),
    );
    const emergency = { service, version: 'last-known-good', reason: 'now', emergency: true };
    expect((await pipeline.post('/api/rollbacks', emergency)).status).toBe(202);

    expect(await late).toEqual({ error: expect.stringMatching(/LockLost|DependencyUnavailable/) });
    await pipeline.settlesAs(id, 'rolled-back');
    expect(live()).toMatchObject({ blue: 100, green: 0 });

    const after = await outside();
    for (const task of acts) expect(await redeliver(sandbox, task)).toEqual({ error: 'LockLost' });
    expect(await redeliver(sandbox, finalize)).toMatchObject({ answer: { ending: 'rolled-back' } });
    expect(await outside()).toEqual(after);
    expect((await pipeline.operation(id)).outcome).toBe('rolled-back');
  });
});
