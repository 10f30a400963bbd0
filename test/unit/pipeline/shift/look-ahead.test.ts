import { beforeEach, describe, expect, it } from '@jest/globals';
import { postDeploymentSchema } from '../../../../contracts/configuration/post-deployment.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { observing } from '../support/observing.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const onBlue = { blue: 100, green: 0 };
const fence = { epoch: 1, seq: 1, operation: 'before', origin: 'blue' as const, weights: onBlue };

async function begun(errors: number | 'unreachable', loaded: readonly string[]) {
  const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
  const postDeployment = postDeploymentSchema.parse({ monitoring: { rules: ['HighErrorRate'], alertmanager: false } });
  const rules = async () => ({ kind: 'value' as const, value: loaded.map((name) => ({ name, failure: null })) });
  const { sides, handle } = observing(
    world,
    new FakeRoute(onBlue, fence),
    { ...world.service, postDeployment },
    { metrics: { rules } },
  );
  sides.errors.blue = errors;
  const outcome = await handle({ action: 'observe-live', execution });
  const checks = (await world.store.operations.read(operation.id))?.checks ?? [];
  return { outcome, found: (name: string) => checks.find((check) => check.name === name) };
}

describe('before anybody is asked to approve', () => {
  it('it is seen whether a shift could be judged, by what is live, and who would notice', async () => {
    const { outcome, found } = await begun(0.002, ['HighErrorRate']);

    expect(outcome).toEqual({ outcome: 'observed' });
    expect(found('metrics of blue')).toMatchObject({
      result: 'pass',
      reason: expect.stringContaining('Error rate 0.2 %'),
      url: expect.stringMatching(/^https:\/\/prometheus\.production\.example\.com\/graph\?/),
    });
    expect(found('alert rules')).toMatchObject({ result: 'pass' });
    expect(found('alert rules')).not.toHaveProperty('onFailure');
  });

  it('it is inconclusive while nothing answers, and refuses nothing', async () => {
    const { outcome, found } = await begun('unreachable', []);

    expect(outcome).toEqual({ outcome: 'observed' });
    expect(found('metrics of blue')).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringContaining('source unreachable'),
    });
    expect(found('alert rules')).toMatchObject({ result: 'fail', reason: 'not loaded: HighErrorRate' });
  });
});
