import { beforeEach, describe, expect, it } from 'vitest';
import type { Right } from '../../../../core/cluster/rights.ts';
import { checkRights } from '../../../../pipeline/release/check-rights.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

async function checked(name: 'act' | 'return-traffic', lacks: (right: Right) => boolean, abort = false) {
  const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
  if (abort) await world.store.operations.update(operation.id, { abort: { actor: 'ana@example.com', reason: 'no' } });
  const asked: Right[] = [];
  const cluster = () => ({
    ...fakeCluster({ blue: 100, green: 0 }),
    accessReviews: {
      missing: async (rights: readonly Right[]) => {
        asked.push(...rights);
        return rights.filter(lacks);
      },
    },
  });
  const outcome = await checkRights({ ...world, cluster }, name, execution);
  const stored = await world.store.operations.read(operation.id);
  return { outcome, asked, check: stored?.checks.find((one) => one.name === `rights of the function ${name}`) };
}

describe('before anybody is asked to approve', () => {
  it('each function asks the cluster for all that it will do there, and approvers see the answer', async () => {
    const { outcome, asked, check } = await checked('return-traffic', () => false);

    expect(outcome).toEqual({ outcome: 'checked' });
    expect(asked).toContainEqual({
      verb: 'patch',
      group: 'networking.istio.io',
      resource: 'virtualservices',
      subresource: '',
      namespace: 'production',
      name: 'chest-xray-mlops',
    });
    expect(check).toMatchObject({ result: 'pass', advisory: true, reason: expect.stringContaining('in production') });
    expect(check?.url).toBe('https://us-east-1.console.aws.amazon.com/eks/clusters/production?region=us-east-1');
  });

  it('act asks for capacity, by its subresource, and for the survey of every route', async () => {
    const { asked } = await checked('act', () => false);

    expect(asked).toContainEqual(
      expect.objectContaining({
        verb: 'patch',
        resource: 'deployments',
        subresource: 'scale',
        namespace: 'production-green',
      }),
    );
    expect(asked).toContainEqual(
      expect.objectContaining({ verb: 'list', resource: 'virtualservices', namespace: '', name: '' }),
    );
  });

  it('an operation that could not be taken back ends, with what is missing and what to do', async () => {
    const { outcome, check } = await checked('return-traffic', ({ verb }) => verb === 'patch');

    expect(outcome).toEqual({
      outcome: 'refused',
      ending: 'failed',
      reason: expect.stringMatching(
        /^The function return-traffic lacks rights .*: it may not patch virtualservices\.networking\.istio\.io chest-xray-mlops in production \[RightsMissing\]\. .*`sluice cluster-roles production` with kubectl, then start it again\.$/,
      ),
    });
    expect(check?.result).toBe('fail');
  });

  it('nothing is asked where somebody has aborted it', async () => {
    const { outcome, asked } = await checked('act', () => true, true);

    expect(outcome).toEqual({ outcome: 'aborted', ending: 'aborted', reason: 'no [Aborted]' });
    expect(asked).toEqual([]);
  });
});
