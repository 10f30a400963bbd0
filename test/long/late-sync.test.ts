import { expect, it } from 'vitest';
import { kubectlOf, withoutSelfHeal } from '../support/kubectl.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';

const { sandbox, pipeline } = observedSandbox(...configured({ ...quick, 'deadlines.sync': '45s' }));
const kubectl = kubectlOf(sandbox);

/** Does something again and again, as another controller would, until `work` is done. */
async function besides<T>(again: () => Promise<unknown>, work: Promise<T>): Promise<T> {
  let isDone = false;
  const fighting = (async () => {
    while (!isDone) await again();
  })();
  try {
    return await work;
  } finally {
    isDone = true;
    await fighting;
  }
}

const patch = (kind: string, name: string, namespace: string, change: object) =>
  kubectl('patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(change));

it('Argo CD cannot compare for some seconds, as while its repository server restarts: the deployment waits and succeeds', async () => {
  const id = await pipeline.begin('v6.1.0');
  await pipeline.inState(id, 'syncing');

  const away = () =>
    patch('applications.argoproj.io', 'chest-xray-mlops-prod-green', 'argocd', {
      status: {
        conditions: [
          {
            type: 'ComparisonError',
            message: 'rpc error: code = Unavailable',
            lastTransitionTime: new Date().toISOString(),
          },
        ],
        sync: { status: 'Unknown' },
      },
    });
  for (let times = 0; times < 5; times += 1) await away();
  const ended = await pipeline.ended(id);

  expect(ended).toMatchObject({ outcome: 'succeeded' });
});

it('another controller holds a field of the chart: the deployment ends by naming the object that differs', async () => {
  await withoutSelfHeal(kubectl, 'blue');
  const id = await pipeline.begin('v6.1.1');
  let most = 11;
  const fight = () => {
    most += 1;
    return patch('hpa', 'chest-xray-mlops', 'production-blue', { spec: { maxReplicas: most } });
  };

  const ended = await besides(fight, pipeline.ended(id));

  expect(ended).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(
      /^chest-xray-mlops-prod-blue was not synced and rolled out within 45 s: .*OutOfSync: HorizontalPodAutoscaler production-blue\/chest-xray-mlops/,
    ),
  });
});
