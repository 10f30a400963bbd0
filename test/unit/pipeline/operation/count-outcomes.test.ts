import { beforeEach, describe, expect, it, vi } from 'vitest';
import { because } from '../../../../contracts/reason.ts';
import { keepEffects } from '../../../../functions/runtime/store-effects.ts';
import { bestEffortNow } from '../../../../pipeline/operation/best-effort.ts';
import { countingOutcomes } from '../../../../pipeline/operation/count-outcomes.ts';
import { endOperation } from '../../../../pipeline/operation/end-operation.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift, returned } from '../support/observing.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
let lines: object[];
beforeEach(async () => {
  world = await createWorld();
  lines = [];
});

const counting = (publish = (line: object) => void lines.push(line)) =>
  countingOutcomes(world, {
    ...{ installation: 'sluice', publish },
    bestEffort: bestEffortNow({ dependency: 'DynamoDB', attempted: 'counting', log: world.log }),
  });
const succeeded = { outcome: 'succeeded', reason: 'It has all of the traffic.' } as const;

describe('an operation that ends', () => {
  it('is counted once, however often its end is delivered', async () => {
    const { operation } = await registerDeployment(world, { name: 'one' });

    await endOperation(counting(), operation, succeeded);
    await endOperation(counting(), operation, succeeded);
    await endOperation(counting(), { ...operation, outcome: 'succeeded' }, succeeded);

    expect(lines).toEqual([
      expect.objectContaining({
        ...{ Installation: 'sluice', Service: world.service.name, operation: operation.id },
        ...{ EndedDeployments: 1, SucceededDeployments: 1 },
      }),
    ]);
  });

  it('as a return counts the change that it took back as failed, once', async () => {
    const { id, route } = await inShift(world);
    const back = await returned(world, route as FakeRoute, id);
    const rolledBack = { outcome: 'rolled-back', reason: because('AlertFiring', 'HighErrorRate fires') } as const;

    await endOperation(counting(), { id: back.id, outcome: null }, succeeded);
    await endOperation(counting(), { id, outcome: null }, rolledBack);

    expect(lines).toMatchObject([
      { operation: back.id, Returns: 1, FailedChanges: 0 },
      { operation: id, EndedDeployments: 1, FailedChanges: 1 },
    ]);
  });

  it('is a bare line of the function that ends it, written once its work is done', async () => {
    const { operation } = await registerDeployment(world, { name: 'one' });
    const nobody = 'http://127.0.0.1:9';
    const environment = {
      ...{ SLUICE_TABLE: 'sluice', SLUICE_EVENT_BUS: 'sluice', SLUICE_AUDIT_BUCKET: 'audit', AWS_REGION: 'us-east-1' },
      ...{ AWS_ENDPOINT_URL_EVENTBRIDGE: nobody, AWS_ENDPOINT_URL_S3: nobody },
      ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
    };
    const { deps, publishKept } = keepEffects(environment, world);
    const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const written = () => output.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('_aws'));
    try {
      await endOperation(deps, operation, succeeded);
      expect(written()).toEqual([]);
      await publishKept();

      expect(written()).toEqual([expect.stringMatching(/^\{"_aws":.*"EndedDeployments":1.*\}\n$/)]);
    } finally {
      output.mockRestore();
    }
  });

  it('has ended all the same where nothing can be counted', async () => {
    const { operation } = await registerDeployment(world, { name: 'one' });
    const broken = counting(() => {
      throw new Error('EPIPE');
    });

    expect(await endOperation(broken, operation, succeeded)).toBe('succeeded');
    expect(world.logged).toContainEqual(expect.objectContaining({ message: expect.stringContaining('counting') }));
  });
});
