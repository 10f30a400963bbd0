import { beforeEach, describe, expect, it } from 'vitest';
import type { ValidationRules } from '../../../../contracts/configuration/validation.ts';
import { subjectNow } from '../../../../pipeline/approval/approval-subject.ts';
import { readSummary } from '../../../../pipeline/approval/deployment-summary.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { planDeployment } from '../../../../pipeline/release/plan-deployment.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { observing } from '../support/observing.ts';
import { FakeSource, planning, releasing } from '../support/releasing.ts';
import { createWorld, executionOf, registerGood, type World } from '../support/world.ts';

const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}` };
const onBlue = { blue: 100, green: 0 };
const fence = { epoch: 1, seq: 1, operation: 'before', origin: 'blue' as const, weights: onBlue };

let world: World;
let fake: FakeSource;
beforeEach(async () => {
  world = await createWorld();
  fake = new FakeSource();
  asksFor({ accuracy: { min: 0.92, atLeast: 0.98 }, recall: { min: 0.95 } });
});

function asksFor(model: ValidationRules['model']): void {
  Object.assign(world.service, { validation: { ...world.service.validation, model } });
}

const isLive = (accuracy: number | null) =>
  registerGood(world, {
    ...live,
    model: accuracy === null ? null : { name: 'chest-xray', metrics: { accuracy } },
  });

/** What the state machine does until approvals are asked for: gathered, looked at, validated. The release has an accuracy of 0.94. */
async function validated(name = 'one') {
  const release = releasing(world, fake);
  const { handle } = observing(world, new FakeRoute(onBlue, fence));
  await release.gather(name);
  await handle({ action: 'observe-live', execution: executionOf(name) });
  return release.validate(name);
}

const operation = async () => {
  const found = await world.store.operations.read(idOf(executionOf('one')));
  if (found === null) throw new Error('there is no operation');
  return found;
};
const besideLive = 'model accuracy beside the live release';
const check = async () => (await operation()).checks.find(({ name }) => name === besideLive);

const plan = () =>
  planDeployment({ ...planning(world, fake), cluster: () => fakeCluster(onBlue) }, world.service, {
    ...{ version: 'v2.1.0', type: 'standard', liveIsOlder: null, actor: 'ana@example.com' },
  });

describe('the model of a release beside the live one', () => {
  it('goes on within its margin, and approvers see how it stands', async () => {
    await isLive(0.95);

    expect(await validated()).toEqual({ outcome: 'passed' });
    const reason = '0.94, at least 0.931; 0.95 with v2.0.0';
    expect(await check()).toMatchObject({ result: 'pass', reason });
    const { checks } = await readSummary(world.store, await operation(), world.service);
    expect(checks).toContainEqual({ name: besideLive, value: `passed: ${reason}` });
    expect((await plan()).checks).toContainEqual(expect.objectContaining({ name: besideLive, result: 'pass', reason }));
  });

  it('is refused below its margin although it keeps its bound, in the same words by a plan', async () => {
    await isLive(0.98);
    const words = `${besideLive}: 0.94, 0.98 with v2.0.0: at least 0.98 times that, 0.96, is needed`;

    const planned = await plan();
    const answer = await validated();

    expect(answer).toMatchObject({
      ...{ outcome: 'refused', ending: 'failed-validation', reason: expect.stringContaining(words) },
    });
    expect(planned.refusals).toEqual([expect.stringContaining(words)]);
    expect((await operation()).checks).toContainEqual(
      expect.objectContaining({ name: 'model accuracy', result: 'pass' }),
    );
  });

  it.each([
    ['tells of no model', () => isLive(null)],
    ['is not on record', async () => {}],
  ])('goes by its bounds alone where the live release %s, and people see that', async (_, prepare) => {
    await prepare();

    expect((await plan()).checks).toContainEqual(
      expect.objectContaining({ name: besideLive, result: 'inconclusive', advisory: true }),
    );
  });

  it('stops nothing where nothing is known of the live model', async () => {
    await isLive(null);

    expect(await validated()).toEqual({ outcome: 'passed' });
    expect(await check()).toMatchObject({ result: 'inconclusive', advisory: true });
  });

  it('is no part of what people approve: that stays once another model is live', async () => {
    await isLive(0.95);
    await validated();
    const hash = async () => (await subjectNow(world.store, await operation(), world.service))?.hash;
    const before = await hash();
    const known = await world.store.releases.read(world.service.name, live.digest);
    if (known === null) throw new Error('nothing is known of it');
    const model = { name: 'chest-xray', metrics: { accuracy: 0.9 } };
    await world.store.releases.put(world.service.name, known.release, { ...known.evidence, model });

    await validated();

    expect(await check()).toMatchObject({ reason: expect.stringContaining('0.9 with v2.0.0') });
    expect(await hash()).toBe(before);
  });

  it('is not compared where no margin is written', async () => {
    asksFor({ accuracy: { min: 0.92 } });
    await isLive(0.99);

    expect(await validated()).toEqual({ outcome: 'passed' });
    expect(await check()).toBeUndefined();
  });
});
